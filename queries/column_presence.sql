-- Whether the table and column that an error text names exist here, in whatever letter case.
-- What stands before a column and is no table here is an alias, and does not narrow it.
-- Params:  schema text or null, table_name text or null, column_name text or null
-- Returns: rows.ColumnPresence, those that are spelled like that first; no column asked: a
--          table's columns
-- Cost:    catalog only
with named as (
    select exists(
        select 1
        from pg_catalog.pg_class as t
        where lower(cast(t.relname as text)) = lower(cast(:table_name as text))
    ) as table_known
)

select
    cast(c.relname as text) as table_name,
    cast(a.attname as text) as column_name,
    (
        (cast(:column_name as text) is null or a.attname = :column_name)
        and (not t.table_known or c.relname = :table_name)
    ) as exact
from named as t
cross join pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
where
    c.relkind in ('r', 'p', 'v')
    and not a.attisdropped
    and a.attnum > 0
    and n.nspname <> 'information_schema'
    and n.nspname not like 'pg\_%'
    and (cast(:schema as text) is null or n.nspname = :schema)
    and (
        lower(cast(c.relname as text)) = lower(cast(:table_name as text))
        or (cast(:column_name as text) is not null and not t.table_known)
    )
    and (
        cast(:column_name as text) is null
        or lower(cast(a.attname as text)) = lower(cast(:column_name as text))
    )
order by exact desc, c.relname asc, a.attname asc
limit 20
