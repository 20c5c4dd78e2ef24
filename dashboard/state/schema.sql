-- The history's tables. Times are milliseconds since 1970, in UTC.
-- An environment is in the same condition look after look: each is kept once, under the text that
-- spells it out.
create table if not exists place (
    id integer primary key,
    environment text not null,
    address text not null,
    unique (environment, address)
);

create table if not exists condition (
    id integer primary key,
    spelled text not null unique,
    status text not null,
    unavailable text
);

create table if not exists finding (
    condition integer not null references condition (id) on delete cascade,
    code text not null,
    severity text not null,
    muted integer not null,
    times integer not null,
    primary key (condition, code, severity, muted)
) without rowid;

create table if not exists entry (
    id integer primary key,
    place integer not null references place (id),
    at integer not null,
    ms real,
    condition integer not null references condition (id)
);

create index if not exists entry_by_time on entry (place, at, ms);

create index if not exists entry_by_condition on entry (condition, place, at);

create table if not exists measure (
    entry integer not null references entry (id) on delete cascade,
    name text not null,
    value integer not null,
    precision text not null,
    primary key (entry, name)
) without rowid;
