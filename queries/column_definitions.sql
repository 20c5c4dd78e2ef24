-- Columns of a table by name, written as "alter table … add column" wants them.
-- Params:  child_oid bigint, names text[]
-- Returns: rows.ColumnDefinition, one per column that is there
-- Cost:    catalog only
select
    cast(a.attname as text) as name,
    format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as definition
from pg_catalog.pg_attribute as a
left join pg_catalog.pg_attrdef as d
    on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attgenerated = ''
where
    a.attrelid = cast(cast(:child_oid as bigint) as oid)
    and a.attname = any(cast(:names as text[]))
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum
