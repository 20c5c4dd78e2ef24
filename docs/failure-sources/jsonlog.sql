-- Lets the dashboard read the constraint violations in the server's own jsonlog, and nothing else.
-- PostgreSQL 15 or newer. Run it as a superuser, once in each database to be diagnosed.
-- A value is shown only where the column's name ends in "id": no address, no name, no token.
-- pg_temp stands last in each search_path: left out it would be first, and the caller's own tables
-- and types would be taken for the catalog's by what runs as a superuser.

create schema if not exists ops;
do $$
begin
    if exists (
        select 1
        from pg_catalog.pg_namespace as n
        inner join pg_catalog.pg_roles as o on n.nspowner = o.oid
        left join pg_catalog.aclexplode(n.nspacl) as a
            on a.privilege_type = 'CREATE' and a.grantee <> n.nspowner
        where n.nspname = 'ops' and (not o.rolsuper or a.grantee is not null)
    ) then
        raise exception 'others may create in the schema ops, and could change what runs here as a superuser: '
            'rename that schema, or make a superuser its owner and revoke create on it';
    end if;
end $$;

-- A part of the log as text, whatever bytes are in it; a NUL is what a crash may leave.
create or replace function ops.log_text(part bytea) returns text
language plpgsql immutable strict set search_path = pg_catalog, pg_temp as $$
begin
    return convert_from(part, 'LATIN1');
exception when others then
    return convert_from(decode(replace(encode(part, 'escape'), '\000', ''), 'escape'), 'LATIN1');
end $$;

-- A line as JSON; null where a crash cut it off or it is still being written.
create or replace function ops.log_line(line text) returns json
language plpgsql immutable strict set search_path = pg_catalog, pg_temp as $$
begin
    begin
        return cast(convert_from(convert_to(line, 'LATIN1'), 'UTF8') as json);
    exception when others then
        return cast(line as json);
    end;
exception when others then
    return null;
end $$;

-- The newest files, up to so many bytes together; of the oldest of them only its end.
create or replace function ops.log_parts(max_bytes bigint)
returns table (name text, start bigint, length bigint, log_bytes bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
    select f.name, f.size - least(f.size, max_bytes - f.newer), least(f.size, max_bytes - f.newer), f.total
    from (
        select
            l.name,
            l.size,
            cast(sum(l.size) over (order by l.modification desc, l.name desc) - l.size as bigint) as newer,
            cast(sum(l.size) over () as bigint) as total
        from pg_ls_logdir() as l
        where l.name like '%.json'
    ) as f
    where f.newer < max_bytes
$$;

create or replace function ops.log_part(name text, start bigint, length bigint) returns text
language sql volatile set search_path = pg_catalog, pg_temp as $$
    select ops.log_text(
        pg_read_binary_file(current_setting('log_directory') || '/' || name, start, length, true)
    )
$$;

create or replace function ops.log_time(line json) returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp as $$
    -- without the zone's abbreviation, which has several meanings (IST, CST)
    select cast(regexp_replace(line ->> 'timestamp', ' [^ ]+$', '') as timestamp)
        at time zone current_setting('log_timezone')
$$;

create or replace function ops.constraint_violations_tail(max_bytes bigint default 16777216)
returns table (
    id text,
    failed_at timestamptz,
    code text,
    constraint_name text,
    table_name text,
    operation text,
    key_column text,
    key_value text
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with lines as (
        -- a line begins behind whatever a crash left unfinished before it; to look for that is slow
        select
            case
                when l.line like '{"timestamp":"%' and l.line not like '_%{"timestamp":"%' then l.line
                else substring(l.line from '^.*(\{"timestamp":".*)$')
            end as line
        from ops.log_parts(max_bytes) as p
        cross join string_to_table(ops.log_part(p.name, p.start, p.length), E'\n') as l (line)
        where l.line like '%"state_code":"23%'
    ),
    -- materialized, or else a line is read anew for each of its fields
    parsed as materialized (
        select ops.log_line(s.line) as j
        from lines as s
    ),
    violations as materialized (
        select
            v.j,
            v.j ->> 'message' as message,
            regexp_match(
                v.j ->> 'detail',
                '^Key \(([^)]*)\)=\((.*)\) (?:is not present in|is still referenced from|already exists)'
            ) as key
        from parsed as v
        where v.j ->> 'dbname' = current_database() and v.j ->> 'error_severity' = 'ERROR'
    )
    select
        (v.j ->> 'session_id') || ':' || (v.j ->> 'line_num'),
        ops.log_time(v.j),
        v.j ->> 'state_code',
        coalesce(
            substring(v.message from 'constraint "([^"]*)"'),
            substring(v.message from 'null value in column "([^"]*)"')
        ),
        coalesce(
            substring(v.message from '^(?:insert or update|update or delete) on table "([^"]*)"'),
            substring(v.message from 'of relation "([^"]*)"'),
            (
                select cast(t.relname as text)
                from pg_catalog.pg_index as x
                inner join pg_catalog.pg_class as i on x.indexrelid = i.oid
                inner join pg_catalog.pg_class as t on x.indrelid = t.oid
                where i.relname = substring(v.message from 'unique constraint "([^"]*)"')
                limit 1
            )
        ),
        case when v.message like 'update or delete%' then 'update or delete' else 'insert or update' end,
        trim(both '"' from v.key[1]),
        case when v.key[1] ~* '^[^,]*id"?$' then v.key[2] end
    from violations as v
$$;

-- How far back that reaches.
create or replace function ops.constraint_violations_reach_of(max_bytes bigint default 16777216)
returns table (covered_from timestamptz, log_bytes bigint, read_bytes bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with starts as (
        select
            p.log_bytes,
            p.length,
            (
                select min(ops.log_time(ops.log_line(l.line)))
                from string_to_table(ops.log_part(p.name, p.start, least(p.length, 262144)), E'\n') as l (line)
                where l.line like '{"timestamp":"%'
            ) as first_at
        from ops.log_parts(max_bytes) as p
    )
    select min(s.first_at), max(s.log_bytes), cast(sum(s.length) as bigint)
    from starts as s
$$;

create or replace view ops.constraint_violations as
select * from ops.constraint_violations_tail();

create or replace view ops.constraint_violations_reach as
select * from ops.constraint_violations_reach_of();

revoke all on all functions in schema ops from public;
grant usage on schema ops to deployment_dashboard;
grant select on ops.constraint_violations, ops.constraint_violations_reach to deployment_dashboard;
grant execute on function ops.constraint_violations_tail(bigint) to deployment_dashboard;
grant execute on function ops.constraint_violations_reach_of(bigint) to deployment_dashboard;
