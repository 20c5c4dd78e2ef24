-- 1:1 with a compulsory key: an employee has one badge, and a badge has an employee.
create table "Employee" (id text primary key, name text not null, "deletedAt" timestamp(3));
create table "Badge" (
    id text primary key,
    "employeeId" text not null constraint "Badge_employeeId_fkey" references "Employee" on update cascade on delete cascade
);
create unique index "Badge_employeeId_key" on "Badge" ("employeeId");
create table "Shift" (id text primary key, "employeeId" text not null);
create index "Shift_employeeId_idx" on "Shift" ("employeeId");
create table "Visitor" (id text primary key);

-- parent
insert into "Employee" (id, name) values (:key, 'Ann');

-- child
insert into "Badge" values (:new, :key);

-- trace
insert into "Shift" values (:new, :key);

-- other
insert into "Visitor" values (:key);
