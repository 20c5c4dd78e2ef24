-- The columns of every foreign key of the application's tables, and the indexes led by them.
-- Params:  none
-- Returns: rows.ForeignKeyColumns, one per constraint
-- Cost:    catalog only; 3,000 keys of 1,000 tables in about 90 ms
with recursive domains as (
    select
        t.oid,
        t.typbasetype as base
    from pg_catalog.pg_type as t
    where t.typtype = 'd'
    union all
    select
        o.oid,
        t.typbasetype as base
    from domains as o
    inner join pg_catalog.pg_type as t on o.base = t.oid
    where t.typtype = 'd'
),

-- what a domain is over in the end
bases as (
    select
        o.oid,
        o.base
    from domains as o
    inner join pg_catalog.pg_type as t on o.base = t.oid
    where t.typtype <> 'd'
),

keys as (
    select
        c.oid,
        c.conrelid,
        c.confrelid,
        c.conkey,
        c.confkey,
        cr.relkind = 'p' as child_partitioned,
        pr.relkind = 'p' as parent_partitioned
    from pg_catalog.pg_constraint as c
    inner join pg_catalog.pg_class as cr on c.conrelid = cr.oid
    inner join pg_catalog.pg_class as pr on c.confrelid = pr.oid
    inner join pg_catalog.pg_namespace as n on cr.relnamespace = n.oid
    where
        c.contype = 'f'
        and c.conparentid = 0
        and n.nspname <> 'information_schema'
        and n.nspname not like 'pg\_%'
        -- an extension's tables are not the application's
        and not exists (
            select 1
            from pg_catalog.pg_depend as d
            where
                d.classid = cast('pg_catalog.pg_class' as regclass)
                and d.objid = c.conrelid
                and d.deptype = 'e'
        )
),

places as (
    select
        k.oid,
        k.conrelid,
        k.confrelid,
        u.child,
        u.parent,
        u.place
    from keys as k
    cross join lateral unnest(k.conkey, k.confkey) with ordinality as u (child, parent, place)
),

-- from PostgreSQL 18 on, NOT NULL need not hold for the rows that were there before
unchecked as (
    select
        n.conrelid,
        n.conkey[1] as attnum
    from pg_catalog.pg_constraint as n
    where n.contype = 'n' and not n.convalidated
),

columns as (
    select
        s.oid,
        array_agg(cast(ct.typname as text) order by s.place) as child_types,
        array_agg(cast(pt.typname as text) order by s.place) as parent_types,
        array_agg(format_type(p.atttypid, p.atttypmod) order by s.place) as parent_declared,
        bool_and(a.attnotnull and n.attnum is null) as not_null
    from places as s
    inner join pg_catalog.pg_attribute as a on s.conrelid = a.attrelid and s.child = a.attnum
    inner join pg_catalog.pg_attribute as p on s.confrelid = p.attrelid and s.parent = p.attnum
    left join bases as ab on a.atttypid = ab.oid
    left join bases as pb on p.atttypid = pb.oid
    inner join pg_catalog.pg_type as ct on coalesce(ab.base, a.atttypid) = ct.oid
    inner join pg_catalog.pg_type as pt on coalesce(pb.base, p.atttypid) = pt.oid
    left join unchecked as n on a.attrelid = n.conrelid and a.attnum = n.attnum
    group by s.oid
),

indexes as (
    select
        k.oid,
        bool_or(i.indisvalid and i.indisready and i.indislive) as indexed,
        bool_or(
            i.indisvalid
            and i.indisready
            and i.indislive
            and i.indisunique
            and i.indnkeyatts = cardinality(k.conkey)
        ) as is_unique,
        array_agg(cast(c.relname as text) order by c.relname) filter (
            where not i.indisvalid
        ) as invalid,
        array_agg(cast(c.relname as text) order by c.relname) filter (
            where
            not i.indisvalid
            and i.indisunique
            and i.indnkeyatts = cardinality(k.conkey)
        ) as invalid_unique
    from keys as k
    inner join pg_catalog.pg_index as i on k.conrelid = i.indrelid
    inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
    inner join pg_catalog.pg_am as m on c.relam = m.oid
    where
        m.amname in ('btree', 'hash')
        and i.indpred is null
        and i.indnkeyatts >= cardinality(k.conkey)
        -- the columns of the key come first, in whatever order
        and (cast(i.indkey as int2[]))[0:cardinality(k.conkey) - 1] @> k.conkey
    group by k.oid
)

select
    cast(k.oid as bigint) as oid,
    l.child_types,
    l.parent_types,
    l.parent_declared,
    l.not_null,
    coalesce(x.is_unique, false) as is_unique,
    coalesce(x.indexed, false) as indexed,
    coalesce(x.invalid, cast('{}' as text[])) as invalid,
    coalesce(x.invalid_unique, cast('{}' as text[])) as invalid_unique,
    k.child_partitioned,
    k.parent_partitioned,
    pg_get_constraintdef(k.oid) as definition
from keys as k
inner join columns as l on k.oid = l.oid
left join indexes as x on k.oid = x.oid
order by k.oid
