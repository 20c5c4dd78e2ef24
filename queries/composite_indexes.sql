-- The indexes of several columns that rows can be searched by.
-- Params:  none
-- Returns: rows.CompositeIndex, one per index of a table with a foreign key of several columns
-- Cost:    catalog only
select
    cast(i.indrelid as bigint) as table_oid,
    array(
        select cast(a.attname as text)
        from unnest(cast(i.indkey as smallint[])) with ordinality as k (attnum, place)
        inner join pg_catalog.pg_attribute as a
            on i.indrelid = a.attrelid and k.attnum = a.attnum
        where k.place <= i.indnkeyatts
        order by k.place
    ) as columns,
    i.indisunique as is_unique
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
inner join pg_catalog.pg_am as m on c.relam = m.oid
where
    i.indisvalid
    and i.indisready
    and i.indpred is null
    and i.indexprs is null
    and i.indnkeyatts > 1
    and m.amname = 'btree'
    and i.indrelid in (
        select e.oid
        from pg_catalog.pg_constraint as k
        cross join lateral unnest(array[k.conrelid, k.confrelid]) as e (oid)
        where k.contype = 'f' and cardinality(k.conkey) > 1
    )
order by i.indrelid, c.relname
