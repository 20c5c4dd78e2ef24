-- The key refers to a slug, which is unique beside the id.
create table "Site" (
    id text primary key,
    slug text not null,
    title text not null
);
create unique index "Site_slug_key" on "Site" (slug);
create table "Post" (
    id text primary key,
    "siteSlug" text not null constraint "Post_siteSlug_fkey" references "Site" (slug) on update cascade on delete cascade
);
create index "Post_siteSlug_idx" on "Post" ("siteSlug");
create table "PageView" (id bigserial primary key, "siteSlug" text not null);
create index "PageView_siteSlug_idx" on "PageView" ("siteSlug");
create table "Redirect" (id text primary key, slug text not null unique);

-- parent
insert into "Site" (id, slug, title) values ('site_' || :key, :key, 'Journal');

-- child
insert into "Post" values (:new, :key);

-- trace
insert into "PageView" ("siteSlug") values (:key);

-- other
insert into "Redirect" values ('redirect_' || :key, :key);
