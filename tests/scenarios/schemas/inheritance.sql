-- A table inherits from the parent: its rows are no parents to the key, though a select shows them.
create table "Asset" (id text primary key, name text not null);
create table "Video" (seconds integer, primary key (id)) inherits ("Asset");
create table "Caption" (
    id text primary key,
    "assetId" text not null constraint "Caption_assetId_fkey" references "Asset" on update cascade on delete cascade
);
create index "Caption_assetId_idx" on "Caption" ("assetId");
create table "Download" (id text primary key, "assetId" text not null);
create index "Download_assetId_idx" on "Download" ("assetId");

-- parent
insert into "Asset" values (:key, 'Trailer');

-- child
insert into "Caption" values (:new, :key);

-- trace
insert into "Download" values (:new, :key);

-- other
insert into "Video" (id, name) values (:key, 'Teaser');
