-- What this role could do beyond reading: the proof, or not, that only reading is possible.
-- Params:  none
-- Returns: rows.Power, one per power
-- Cost:    catalog only, about 15 ms
with me as (
    select
        r.oid,
        r.rolname,
        r.rolsuper,
        r.rolcreaterole,
        r.rolcreatedb,
        r.rolreplication,
        r.rolbypassrls
    from pg_catalog.pg_roles as r
    where r.rolname = current_user
),

relations as (
    select
        c.oid,
        c.relkind,
        c.relowner,
        n.nspname || '.' || c.relname as name
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    where
        c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and n.nspname <> 'information_schema'
        and n.nspname not like 'pg\_%'
),

powers as (
    select
        'superuser' as power,
        cast(m.rolname as text) as object
    from me as m
    where m.rolsuper
    union all
    select
        'create roles' as power,
        cast(m.rolname as text) as object
    from me as m
    where m.rolcreaterole
    union all
    select
        'create databases' as power,
        cast(m.rolname as text) as object
    from me as m
    where m.rolcreatedb
    union all
    select
        'replication' as power,
        cast(m.rolname as text) as object
    from me as m
    where m.rolreplication
    union all
    select
        'membership' as power,
        cast(r.rolname as text) as object
    from pg_catalog.pg_roles as r
    cross join me as m
    where
        r.rolname in (
            'pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program',
            'pg_signal_backend', 'pg_checkpoint', 'pg_maintain', 'pg_create_subscription',
            'pg_database_owner', 'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin',
            'neon_superuser', 'supabase_admin', 'postgres'
        )
        and r.oid <> m.oid
        and pg_has_role(r.oid, 'member')
    union all
    select
        'ownership' as power,
        x.name as object
    from relations as x
    where pg_has_role(x.relowner, 'member')
    union all
    -- the case keeps the planner from asking about relations of another kind
    select
        'write rows' as power,
        x.name as object
    from relations as x
    where
        case
            when x.relkind in ('r', 'p', 'v', 'f')
                then
                    has_table_privilege(
                        x.oid, 'insert, update, delete, truncate, trigger, references'
                    )
                    or has_any_column_privilege(x.oid, 'insert, update, references')
            else false
        end
    union all
    select
        'move a sequence' as power,
        x.name as object
    from relations as x
    where
        case
            when x.relkind = 'S' then has_sequence_privilege(x.oid, 'update, usage')
            else false
        end
    union all
    select
        'create in schema' as power,
        cast(n.nspname as text) as object
    from pg_catalog.pg_namespace as n
    where
        n.nspname <> 'information_schema'
        and n.nspname not like 'pg\_%'
        and has_schema_privilege(n.oid, 'create')
    union all
    select
        'create in database' as power,
        cast(current_database() as text) as object
    where has_database_privilege(current_database(), 'create')
    union all
    select
        'run a security definer function' as power,
        n.nspname || '.' || p.proname as object
    from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on p.pronamespace = n.oid
    where
        p.prosecdef
        -- these only read the log (docs/failure-sources), which not being volatile enforces
        and not (
            p.provolatile in ('s', 'i')
            and p.proname in ('constraint_violations_tail', 'constraint_violations_reach_of')
        )
        and n.nspname <> 'information_schema'
        and n.nspname not like 'pg\_%'
        and has_function_privilege(p.oid, 'execute')
    union all
    select
        'use a foreign server' as power,
        cast(s.srvname as text) as object
    from pg_catalog.pg_foreign_server as s
    where has_server_privilege(s.oid, 'usage')
)

select
    w.power,
    w.object
from powers as w
order by w.power, w.object
limit 200
