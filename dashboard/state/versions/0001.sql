-- The history, as the file of one process has it. Times are milliseconds since 1970, in UTC.
-- An entry's number begins with its time: so entries and measures of a day are a partition each,
-- which partitions.py makes and drops.
create table version (
    number integer not null
);

create table place (
    id bigint generated always as identity primary key,
    environment text collate "C" not null,
    address text collate "C" not null,
    unique (environment, address)
);

create table condition (
    id bigint generated always as identity primary key,
    spelled text collate "C" not null,
    status text collate "C" not null,
    unavailable text collate "C"
);

-- what is spelled out may be longer than one index takes
create unique index condition_once on condition (md5(spelled));

create index condition_spelled on condition using hash (spelled);

create table finding (
    condition bigint not null references condition (id) on delete cascade,
    code text collate "C" not null,
    severity text collate "C" not null,
    muted integer not null,
    times integer not null,
    primary key (condition, code, severity, muted)
);

create sequence entry_number;

create table entry (
    id bigint not null,
    place bigint not null references place (id),
    at bigint not null,
    ms double precision,
    condition bigint not null references condition (id),
    primary key (id)
) partition by range (id);

create index entry_by_time on entry (place, at, ms);

create index entry_by_condition on entry (condition, place, at);

create table measure (
    entry bigint not null,
    name text collate "C" not null,
    value bigint not null,
    precision text collate "C" not null,
    primary key (entry, name)
) partition by range (entry);

create table day (
    start bigint primary key,
    thinned boolean not null default false
);
