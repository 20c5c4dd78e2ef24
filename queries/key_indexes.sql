-- The indexes that lead with the child's key column, usable or not.
-- Params:  child_oid bigint, column_name text
-- Returns: rows.KeyIndex, one per index
-- Cost:    catalog only
select
    cast(c.relname as text) as name,
    i.indnkeyatts = 1 as alone,
    i.indisunique as is_unique,
    i.indisvalid and i.indisready and i.indislive as usable,
    i.indpred is not null as partial
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
inner join pg_catalog.pg_attribute as a on i.indrelid = a.attrelid and i.indkey[0] = a.attnum
where
    i.indrelid = cast(cast(:child_oid as bigint) as oid)
    and a.attname = cast(:column_name as text)
order by c.relname
