-- Lets the dashboard read the constraint violations in the server's own csvlog, and nothing else.
-- PostgreSQL 14 or newer. Run it as a superuser, once in each database to be diagnosed.
-- All seven files have to exist: README.md says how to make them, and how to have the server use them.
-- A value is shown only where the column's name ends in "id": no address, no name, no token.

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
create extension if not exists file_fdw schema ops;
create server if not exists deployment_dashboard_log foreign data wrapper file_fdw;

do $$
declare
    day text;
begin
    foreach day in array array['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] loop
        execute format(
            'create foreign table if not exists ops.%I (
                log_time text, user_name text, database_name text, process_id int,
                connection_from text, session_id text, session_line_num bigint, command_tag text,
                session_start_time text, virtual_transaction_id text, transaction_id bigint,
                error_severity text, sql_state_code text, message text, detail text, hint text,
                internal_query text, internal_query_pos int, context text, query text,
                query_pos int, location text, application_name text, backend_type text,
                leader_pid int, query_id bigint
            ) server deployment_dashboard_log options (filename %L, format ''csv'')',
            'log_' || lower(day),
            current_setting('log_directory') || '/pg-' || day || '.csv'
        );
    end loop;
end $$;

create or replace view ops.constraint_violations with (security_barrier) as
with lines as (
    select * from ops.log_sun union all
    select * from ops.log_mon union all
    select * from ops.log_tue union all
    select * from ops.log_wed union all
    select * from ops.log_thu union all
    select * from ops.log_fri union all
    select * from ops.log_sat
),
violations as (
    select
        l.*,
        regexp_match(
            l.detail,
            '^Key \(([^)]*)\)=\((.*)\) (?:is not present in|is still referenced from|already exists)'
        ) as key
    from lines as l
    where
        l.sql_state_code like '23%'
        and l.error_severity = 'ERROR'
        and l.database_name = current_database()
)
select
    v.session_id || ':' || v.session_line_num as id,
    -- without the zone's abbreviation, which has several meanings (IST, CST)
    cast(regexp_replace(v.log_time, ' [^ ]+$', '') as timestamp)
        at time zone current_setting('log_timezone') as failed_at,
    v.sql_state_code as code,
    coalesce(
        substring(v.message from 'constraint "([^"]*)"'),
        substring(v.message from 'null value in column "([^"]*)"')
    ) as constraint_name,
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
    ) as table_name,
    case
        when v.message like 'update or delete%' then 'update or delete' else 'insert or update'
    end as operation,
    trim(both '"' from v.key[1]) as key_column,
    case when v.key[1] ~* '^[^,]*id"?$' then v.key[2] end as key_value
from violations as v;

grant usage on schema ops to deployment_dashboard;
grant select on ops.constraint_violations to deployment_dashboard;
