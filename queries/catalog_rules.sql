-- The rewrite rules on the relations of some schemas, apart from what makes a view one.
-- Params:  schemas text[], held bigint[]
-- Returns: rows.CatalogRule, one per rule
-- Cost:    catalog only; waits for a locked table not in `held`
select
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as table,
    cast(r.rulename as text) as name,
    cast(r.ev_enabled as text) as enabled,
    pg_get_ruledef(r.oid) as definition
from pg_catalog.pg_rewrite as r
inner join pg_catalog.pg_class as c on r.ev_class = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and cast(r.ev_class as bigint) <> all(cast(:held as bigint[]))
    and r.rulename <> '_RETURN'
order by n.nspname, c.relname, r.rulename
