-- What changes with whatever anybody commits, and how many connections are left to others.
-- Params:  none
-- Returns: rows.DatabaseState, 1 row; no snapshot where equal ones do not mean equal contents
-- Cost:    catalog only
select
    case
        -- a standby does not list what runs on its primary; YugabyteDB has no transaction numbers
        when
            not pg_is_in_recovery() and version() not like '%-YB-%'
            -- what nobody may read just now is found out by reading it
            and not exists (
                select 1
                from pg_catalog.pg_locks as l
                where
                    l.database = d.oid and l.locktype = 'relation'
                    and l.mode = 'AccessExclusiveLock'
            )
            then cast(txid_current_snapshot() as text)
    end as snapshot,
    pg_postmaster_start_time() as started_at,
    cast(d.oid as bigint) as database_oid,
    cast(
        cast(current_setting('max_connections') as integer)
        - cast(current_setting('superuser_reserved_connections') as integer)
        - (select count(*) from pg_catalog.pg_stat_activity)
        as integer
    ) as connections_left
from pg_catalog.pg_database as d
where d.datname = current_database()
