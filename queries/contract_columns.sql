-- The columns of Prisma 8's own tables, which the catalog shows whatever the role may read.
-- Params:  none
-- Returns: rows.ContractColumn, none where Prisma 8 was never here
-- Cost:    catalog only
select
    cast(c.relname as text) as table_name,
    cast(a.attname as text) as column_name,
    has_schema_privilege(n.oid, 'usage')
    and has_column_privilege(c.oid, a.attnum, 'select')
    and not row_security_active(c.oid) as readable
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
where
    n.nspname = 'prisma_contract'
    and c.relname in ('marker', 'ledger')
    and c.relkind in ('r', 'p')
    and a.attnum > 0
    and not a.attisdropped
order by c.relname, a.attnum
