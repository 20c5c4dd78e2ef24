-- The indexes of some schemas, those of constraints too, but not those of partitions.
-- Params:  schemas text[], held bigint[]
-- Returns: rows.CatalogIndex, one per index; `definition` begins with USING
-- Cost:    catalog only; 3,000 indexes in about 60 ms; waits for a locked table not in `held`
select
    cast(i.indexrelid as bigint) as oid,
    cast(i.indrelid as bigint) as relation,
    cast(n.nspname as text) as schema,
    cast(t.relname as text) as table,
    cast(c.relname as text) as name,
    i.indisunique as is_unique,
    i.indisprimary as is_primary,
    -- the column exists from PostgreSQL 15 on
    coalesce(cast(to_jsonb(i) ->> 'indnullsnotdistinct' as boolean), false) as nulls_not_distinct,
    i.indisvalid and i.indisready as valid,
    substring(pg_get_indexdef(i.indexrelid) from ' USING (.*)$') as definition,
    cast(m.amname as text) as method,
    array(
        select k.attnum
        from unnest(cast(i.indkey as int2[])) with ordinality as k (attnum, place)
        where k.place <= i.indnkeyatts
        order by k.place
    ) as numbers,
    array(
        select pg_get_indexdef(i.indexrelid, cast(g.place as integer), false)
        from generate_series(1, i.indnkeyatts) as g (place)
        order by g.place
    ) as terms,
    pg_get_expr(i.indpred, i.indrelid) as predicate,
    i.indisexclusion as exclusion,
    exists(
        select 1
        from pg_catalog.pg_constraint as k
        where i.indexrelid = k.conindid and k.contype in ('p', 'u', 'x')
    ) as of_constraint,
    cast(c.relfilenode as bigint) as file,
    cast(c.relpages as bigint) as pages
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
inner join pg_catalog.pg_class as t on i.indrelid = t.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_am as m on c.relam = m.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and cast(i.indrelid as bigint) <> all(cast(:held as bigint[]))
    and t.relname <> '_prisma_migrations'
    and t.relkind in ('r', 'p', 'm')
    and not c.relispartition
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_class' as regclass)
            and d.objid = t.oid
            and d.deptype = 'e'
    )
order by n.nspname, c.relname
