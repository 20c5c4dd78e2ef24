-- The domains of some schemas, with their checks.
-- Params:  schemas text[]
-- Returns: rows.CatalogDomain, one per domain
-- Cost:    catalog only
select
    cast(t.oid as bigint) as oid,
    cast(n.nspname as text) as schema,
    cast(t.typname as text) as name,
    format_type(t.typbasetype, t.typtypmod) as base,
    t.typnotnull as not_null,
    t.typdefault as default_value,
    array(
        select pg_get_constraintdef(k.oid)
        from pg_catalog.pg_constraint as k
        where t.oid = k.contypid and k.contype = 'c'
        order by k.conname
    ) as checks
from pg_catalog.pg_type as t
inner join pg_catalog.pg_namespace as n on t.typnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and t.typtype = 'd'
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_type' as regclass)
            and d.objid = t.oid
            and d.deptype = 'e'
    )
order by n.nspname, t.typname
