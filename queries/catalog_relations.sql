-- The tables, views and composite types of some schemas, and what decides how they work.
-- Params:  schemas text[], held bigint[]
-- Returns: rows.CatalogRelation, one per relation that belongs to no extension
-- Cost:    catalog only; 1,000 relations in about 10 ms; waits for a locked view not in `held`
select
    cast(c.oid as bigint) as oid,
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as name,
    cast(c.relkind as text) as kind,
    cast(c.relpersistence as text) as persistence,
    c.relrowsecurity as row_security,
    c.relforcerowsecurity as forced_row_security,
    array(
        select u.option
        from unnest(c.reloptions) as u (option)
        order by u.option
    ) as options,
    pg_get_partkeydef(c.oid) as partition_key,
    pg_get_expr(c.relpartbound, c.oid) as bound,
    array(
        select cast(cast(i.inhparent as regclass) as text)
        from pg_catalog.pg_inherits as i
        where c.oid = i.inhrelid
        order by i.inhseqno
    ) as parents,
    case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
    cast(c.relfilenode as bigint) as file,
    cast(c.reltuples as double precision) as estimate,
    cast(c.relpages as bigint) as pages
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and cast(c.oid as bigint) <> all(cast(:held as bigint[]))
    and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
    and c.relname <> '_prisma_migrations'
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_class' as regclass)
            and d.objid = c.oid
            and d.deptype = 'e'
    )
order by n.nspname, c.relname
