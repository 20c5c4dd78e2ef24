-- The transactions of this database that are open now, and whether those of others show.
-- Params:  none
-- Returns: rows.Transactions, 1 row; without the privilege only the role's own are known
-- Cost:    one pass over the sessions
select
    pg_has_role('pg_read_all_stats', 'usage') as sees_all,
    count(*) as transactions,
    cast(
        extract(epoch from max(clock_timestamp() - a.xact_start)) as double precision
    ) as longest_s,
    (array_agg(a.pid order by a.xact_start))[1] as pid,
    (array_agg(cast(a.application_name as text) order by a.xact_start))[1] as application
from pg_catalog.pg_stat_activity as a
where
    a.datname = current_database()
    and a.xact_start is not null
    and a.backend_type = 'client backend'
    and cast(a.application_name as text) <> 'deployment-dashboard'
