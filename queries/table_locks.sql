-- Who holds a table of some schemas now, or waits for it, by what they hold it with.
-- Params:  schemas text[]
-- Returns: rows.TableLock, one per table, mode and whether it was granted
-- Cost:    the table of locks; whose transaction is how old, as far as the role may see it
select
    cast(l.relation as bigint) as oid,
    cast(l.mode as text) as mode,
    l.granted,
    count(*) as sessions,
    -- of others it shows with the privileges of pg_read_all_stats
    cast(
        extract(epoch from max(clock_timestamp() - a.xact_start)) as double precision
    ) as longest_s,
    (array_agg(l.pid order by a.xact_start, l.pid))[1] as pid,
    (array_agg(cast(a.application_name as text) order by a.xact_start, l.pid))[1] as application
from pg_catalog.pg_locks as l
inner join pg_catalog.pg_database as d on l.database = d.oid
inner join pg_catalog.pg_class as c on l.relation = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
left join pg_catalog.pg_stat_activity as a on l.pid = a.pid
where
    d.datname = current_database()
    and l.locktype = 'relation'
    and n.nspname = any(cast(:schemas as text[]))
    and c.relkind in ('r', 'p', 'm')
    and coalesce(cast(a.application_name as text), '') <> 'deployment-dashboard'
group by l.relation, l.mode, l.granted
order by l.relation, l.mode, l.granted
