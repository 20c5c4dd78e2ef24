-- What processes share: who asks whom, what was answered, and lists of ids. Moments are the
-- server's own, so that a process whose clock is wrong harms nobody.
create table replica (
    holder text collate "C" primary key,
    until timestamptz not null
);

create table lease (
    place text collate "C" primary key,
    holder text collate "C",
    until timestamptz
);

create table answer (
    kind text collate "C" not null,
    place text collate "C" not null,
    serial bigint not null,
    holder text collate "C" not null,
    asked_at timestamptz not null,
    body bytea not null,
    primary key (kind, place)
);

create index answer_by_serial on answer (serial);

create sequence answer_serial;

create table kept_list (
    name text collate "C" primary key,
    content text not null,
    environment text collate "C",
    kept_by text[] not null,
    until timestamptz not null
);

-- Who asked for what, as it is also written on standard output. Nothing changes or removes a line.
create table audit (
    run text collate "C" not null,
    serial bigint not null,
    kept_at timestamptz not null default clock_timestamp(),
    line text not null,
    primary key (run, serial)
);

create function audit_is_appended_to() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is only ever appended to';
end
$$;

create trigger audit_is_appended_to before update or delete or truncate on audit
for each statement execute function audit_is_appended_to();
