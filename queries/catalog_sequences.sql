-- The sequences of some schemas, those of columns too, without where they stand.
-- Params:  schemas text[]
-- Returns: rows.CatalogSequence, one per sequence
-- Cost:    catalog only
select
    cast(c.oid as bigint) as oid,
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as name,
    format_type(s.seqtypid, null) as type,
    s.seqstart as start,
    s.seqincrement as increment,
    s.seqmin as lowest,
    s.seqmax as highest,
    s.seqcache as cache,
    s.seqcycle as cycle,
    cast(o.relation as bigint) as owner,
    cast(o.number as integer) as owner_number,
    coalesce(o.internal, false) as of_identity
from pg_catalog.pg_sequence as s
inner join pg_catalog.pg_class as c on s.seqrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
left join lateral (
    select
        d.refobjid as relation,
        d.refobjsubid as number,
        d.deptype = 'i' as internal
    from pg_catalog.pg_depend as d
    where
        d.classid = cast('pg_catalog.pg_class' as regclass)
        and c.oid = d.objid
        and d.refclassid = cast('pg_catalog.pg_class' as regclass)
        and d.deptype in ('a', 'i')
) as o on true
where
    n.nspname = any(cast(:schemas as text[]))
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_class' as regclass)
            and d.objid = c.oid
            and d.deptype = 'e'
    )
order by n.nspname, c.relname
