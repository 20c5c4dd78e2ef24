-- A relation to itself: a category lies in another one, a root in none.
create table "Shop" (id text primary key);
create table "Category" (
    id text primary key,
    title text not null,
    "parentID" text constraint "Category_parentID_fkey" references "Category" on update cascade on delete cascade
);
create index "Category_parentID_idx" on "Category" ("parentID");
create table "CategoryView" (id serial primary key, "parentID" text not null);
create index "CategoryView_parentID_idx" on "CategoryView" ("parentID");

-- parent
insert into "Category" (id, title) values (:key, 'Garden');

-- child
insert into "Category" (id, title, "parentID") values (:new, 'Chairs', :key);

-- trace
insert into "CategoryView" ("parentID") values (:key);

-- other
insert into "Shop" values (:key);
