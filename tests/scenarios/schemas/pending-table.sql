-- The child table is made by a migration that is not applied yet.
create table "Survey" (id text primary key, title text not null);
create table "Author" (id text primary key);

-- parent
insert into "Survey" values (:key, 'Lunch');

-- other
insert into "Author" values (:key);

-- pending
create table "Answer" (id text primary key, "surveyId" text not null);
create index "Answer_surveyId_idx" on "Answer" ("surveyId");
alter table "Answer" add constraint "Answer_surveyId_fkey" foreign key ("surveyId")
    references "Survey" (id) on delete cascade on update cascade;
