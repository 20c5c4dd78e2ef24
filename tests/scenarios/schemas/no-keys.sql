-- relationMode = "prisma": the relations are the client's, and the database has no foreign key.
create table "Team" (id text primary key, name text not null);
create table "Member" (id text primary key, "teamId" text not null);
create index "Member_teamId_idx" on "Member" ("teamId");

-- parent
insert into "Team" values (:key, 'Crew');

-- child
insert into "Member" values (:new, :key);
