-- The indexes that lead with the child's key columns, in whatever order, usable or not.
-- Params:  child_oid bigint, names text[]
-- Returns: rows.KeyIndex, one per index
-- Cost:    catalog only
select
    cast(c.relname as text) as name,
    i.indnkeyatts = cardinality(cast(:names as text[])) as alone,
    i.indisunique as is_unique,
    i.indisvalid and i.indisready and i.indislive as usable,
    i.indpred is not null as partial
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
where
    i.indrelid = cast(cast(:child_oid as bigint) as oid)
    and (
        select count(*)
        from unnest(cast(i.indkey as smallint[])) with ordinality as k (attnum, place)
        inner join pg_catalog.pg_attribute as a
            on i.indrelid = a.attrelid and k.attnum = a.attnum
        where
            k.place <= least(i.indnkeyatts, cardinality(cast(:names as text[])))
            and a.attname = any(cast(:names as text[]))
    ) = cardinality(cast(:names as text[]))
order by c.relname
