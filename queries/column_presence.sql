-- Whether the table and column that an error text names exist here.
-- Params:  schema text or null, table_name text or null, column_name text or null
-- Returns: rows.ColumnPresence, one per match; no column asked: one per table
-- Cost:    catalog only
select
    cast(c.relname as text) as table_name,
    cast(a.attname as text) as column_name
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
where
    c.relkind in ('r', 'p', 'v')
    and not a.attisdropped
    and a.attnum > 0
    and n.nspname <> 'information_schema'
    and n.nspname not like 'pg\_%'
    and (cast(:schema as text) is null or n.nspname = :schema)
    and (cast(:table_name as text) is null or c.relname = :table_name)
    and (cast(:column_name as text) is null or a.attname = :column_name)
order by c.relname, a.attname
limit 20
