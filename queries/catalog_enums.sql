-- The enums of some schemas, with their labels.
-- Params:  schemas text[]
-- Returns: rows.CatalogEnum, one per enum
-- Cost:    catalog only
select
    cast(t.oid as bigint) as oid,
    cast(n.nspname as text) as schema,
    cast(t.typname as text) as name,
    array(
        select cast(e.enumlabel as text)
        from pg_catalog.pg_enum as e
        where t.oid = e.enumtypid
        order by e.enumsortorder
    ) as labels
from pg_catalog.pg_type as t
inner join pg_catalog.pg_namespace as n on t.typnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and t.typtype = 'e'
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_type' as regclass)
            and d.objid = t.oid
            and d.deptype = 'e'
    )
order by n.nspname, t.typname
