-- The triggers that somebody made on the tables of some schemas.
-- Params:  schemas text[], held bigint[]
-- Returns: rows.CatalogTrigger, one per trigger, without a partition's copies
-- Cost:    catalog only; waits for a locked table not in `held`
select
    cast(g.oid as bigint) as oid,
    cast(c.oid as bigint) as relation,
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as table,
    cast(g.tgname as text) as name,
    cast(g.tgenabled as text) as enabled,
    pg_get_triggerdef(g.oid) as definition
from pg_catalog.pg_trigger as g
inner join pg_catalog.pg_class as c on g.tgrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and cast(g.tgrelid as bigint) <> all(cast(:held as bigint[]))
    and not g.tgisinternal
    -- the column exists from PostgreSQL 13 on
    and coalesce(to_jsonb(g) ->> 'tgparentid', '0') = '0'
    and c.relname <> '_prisma_migrations'
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_class' as regclass)
            and d.objid = c.oid
            and d.deptype = 'e'
    )
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_trigger' as regclass)
            and d.objid = g.oid
            and d.deptype = 'e'
    )
order by n.nspname, c.relname, g.tgname
