-- The tables of the file. Times are milliseconds since 1970, in UTC.
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

-- What people mute on a page, until a day that is written 2026-12-31.
create table if not exists mute (
    id text primary key,
    code text not null,
    environment text not null,
    reason text not null,
    until text not null,
    muted_by text not null,
    seen integer not null
);

-- What alerts remember of an environment, and what is to be told on a route.
create table if not exists watch (
    route text not null,
    environment text not null,
    remembered text not null,
    primary key (route, environment)
);

create table if not exists notice (
    id text primary key,
    route text not null,
    due_at integer not null,
    body text not null,
    tries integer not null default 0,
    held_until integer not null default 0,
    told_at integer
);
