-- The child is partitioned by month: its key is that of every partition.
create table "Device" (id text primary key, label text not null);
create table "Reading" (
    id text not null,
    "deviceId" text not null,
    "takenAt" timestamp(3) not null default current_timestamp,
    primary key (id, "takenAt"),
    constraint "Reading_deviceId_fkey" foreign key ("deviceId")
        references "Device" (id) on update cascade on delete cascade
) partition by range ("takenAt");
create index "Reading_deviceId_idx" on "Reading" ("deviceId");
create table "Reading_2026" partition of "Reading" for values from ('2026-01-01') to ('2027-01-01');
create table "Reading_rest" partition of "Reading" default;
create table "Alarm" (id text primary key, "deviceId" text not null);
create index "Alarm_deviceId_idx" on "Alarm" ("deviceId");
create table "Gateway" (id text primary key);

-- parent
insert into "Device" values (:key, 'Boiler');

-- child
insert into "Reading" (id, "deviceId") values (:new, :key);

-- trace
insert into "Alarm" values (:new, :key);

-- other
insert into "Gateway" values (:key);
