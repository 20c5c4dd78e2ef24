-- Which server, database and role answered, and whether the schema asked for is there.
-- Params:  schema text, or null for the server's default
-- Returns: rows.Server, 1 row
-- Cost:    catalog only
with asked as (
    select
        coalesce(
            cast(:schema as text),
            (
                select cast(n.nspname as text)
                from pg_catalog.pg_namespace as n
                where n.nspname in (current_user, 'public')
                order by n.nspname = 'public'
                limit 1
            )
        ) as name
)

select
    current_setting('server_version') as version,
    cast(d.datname as text) as database,
    cast(d.oid as bigint) as database_oid,
    pg_postmaster_start_time() as started_at,
    cast(current_user as text) as role,
    a.name as default_schema,
    cast(:schema as text) is null or s.oid is not null as schema_exists,
    coalesce(has_schema_privilege(s.oid, 'usage'), false) as schema_usable,
    has_function_privilege('pg_catalog.pg_control_system()', 'execute')
        as system_identifier_readable
from pg_catalog.pg_database as d
cross join asked as a
left join pg_catalog.pg_namespace as s on a.name = s.nspname
where d.datname = current_database()
