-- The row security policies on the tables of some schemas, whoever they are for.
-- Params:  schemas text[], held bigint[]
-- Returns: rows.CatalogPolicy, one per policy
-- Cost:    catalog only; waits for a locked table not in `held`
select
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as table,
    cast(p.polname as text) as name,
    cast(p.polcmd as text) as command,
    p.polpermissive as permissive,
    pg_get_expr(p.polqual, p.polrelid) as using_expression,
    pg_get_expr(p.polwithcheck, p.polrelid) as check_expression
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on p.polrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and cast(p.polrelid as bigint) <> all(cast(:held as bigint[]))
order by n.nspname, c.relname, p.polname
