-- The application's schemas, and whether this role, or every role, may use them.
-- Params:  none
-- Returns: rows.Schema, one per schema
-- Cost:    catalog only
select
    cast(n.nspname as text) as name,
    has_schema_privilege(n.oid, 'usage') as usable,
    has_schema_privilege('public', n.oid, 'usage') as usable_by_all
from pg_catalog.pg_namespace as n
where
    n.nspname <> 'information_schema'
    and n.nspname not like 'pg\_%'
order by n.nspname
