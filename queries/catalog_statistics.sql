-- The extended statistics that somebody made in some schemas.
-- Params:  schemas text[], held bigint[]
-- Returns: rows.CatalogStatistics, one per object
-- Cost:    catalog only
select
    cast(n.nspname as text) as schema,
    cast(s.stxname as text) as name,
    pg_get_statisticsobjdef(s.oid) as definition
from pg_catalog.pg_statistic_ext as s
inner join pg_catalog.pg_namespace as n on s.stxnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and cast(s.stxrelid as bigint) <> all(cast(:held as bigint[]))
order by n.nspname, s.stxname
