-- The extensions of the database, and the schemas that their functions and types are in.
-- Params:  none
-- Returns: rows.CatalogExtension, one per extension
-- Cost:    catalog only
select
    cast(e.extname as text) as name,
    cast(n.nspname as text) as schema
from pg_catalog.pg_extension as e
inner join pg_catalog.pg_namespace as n on e.extnamespace = n.oid
where e.extname <> 'plpgsql'
order by e.extname
