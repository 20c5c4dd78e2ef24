-- Prisma's implicit many-to-many: a join table without a key of its own, columns A and B.
create table "Document" (id text primary key, title text not null);
create table "Tag" (id text primary key, name text not null unique);
create table "_DocumentToTag" (
    "A" text not null constraint "_DocumentToTag_A_fkey" references "Document" on update cascade on delete cascade,
    "B" text not null constraint "_DocumentToTag_B_fkey" references "Tag" on update cascade on delete cascade,
    constraint "_DocumentToTag_AB_pkey" primary key ("A", "B")
);
create index "_DocumentToTag_B_index" on "_DocumentToTag" ("B");
create table "Export" (id text primary key, "documentId" text not null);
create index "Export_documentId_idx" on "Export" ("documentId");
insert into "Tag" values ('tag_1', 'draft');

-- parent
insert into "Document" values (:key, 'Minutes');

-- child
insert into "_DocumentToTag" values (:key, 'tag_1');

-- trace
insert into "Export" values (:new, :key);

-- other
insert into "Tag" values (:key, :key);
