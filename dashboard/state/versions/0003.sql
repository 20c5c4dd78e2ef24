-- What people mute on a page, and what alerts remember: the same tables as in the file.
create table mute (
    id text collate "C" primary key,
    code text collate "C" not null,
    environment text collate "C" not null,
    reason text not null,
    until text collate "C" not null,
    muted_by text not null,
    seen integer not null
);

create table watch (
    route text collate "C" not null,
    environment text collate "C" not null,
    remembered text not null,
    primary key (route, environment)
);

create table notice (
    id text collate "C" primary key,
    route text collate "C" not null,
    due_at bigint not null,
    body text not null,
    tries integer not null default 0,
    held_until bigint not null default 0,
    told_at bigint
);
