-- Columns that play a role in a look-up, and whether an index answers for them.
-- Params:  names text[], the conventional column names
-- Returns: rows.Column: columns so called, unique alone, of a foreign key or called like one
-- Cost:    catalog only
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

indexes as (
    select
        i.indrelid,
        i.indkey[0] as attnum,
        -- an index of another collation does not answer for equality
        bool_or(i.indcollation[0] = ia.attcollation) as equality,
        bool_or(
            i.indcollation[0] = ia.attcollation and i.indisunique and i.indnkeyatts = 1
        ) as alone,
        bool_or(o.opcname like '%pattern_ops' or coll.collname in ('C', 'POSIX')) as pattern
    from pg_catalog.pg_index as i
    inner join pg_catalog.pg_class as ic on i.indexrelid = ic.oid
    inner join pg_catalog.pg_am as am on ic.relam = am.oid
    inner join pg_catalog.pg_opclass as o on i.indclass[0] = o.oid
    inner join pg_catalog.pg_attribute as ia
        on i.indrelid = ia.attrelid and i.indkey[0] = ia.attnum
    left join pg_catalog.pg_collation as coll on i.indcollation[0] = coll.oid
    where
        i.indisvalid
        and i.indisready
        and i.indpred is null
        and am.amname = 'btree'
    group by i.indrelid, i.indkey[0]
),

-- the columns of all foreign keys, gathered once: there may be thousands
referring as (
    select
        k.conrelid as relid,
        unnest(k.conkey) as attnum
    from pg_catalog.pg_constraint as k
    where k.contype = 'f'
    union all
    select
        k.confrelid as relid,
        unnest(k.confkey) as attnum
    from pg_catalog.pg_constraint as k
    where k.contype = 'f'
),

stems as (
    select distinct regexp_replace(c.relname, 's$', '') as stem
    from pg_catalog.pg_constraint as k
    inner join pg_catalog.pg_class as c on k.confrelid = c.oid
    where k.contype = 'f'
),

-- what may hold the same as a foreign key's columns is called like them, or like its parent
called as (
    select a.attname as name
    from referring as r
    inner join pg_catalog.pg_attribute as a on r.relid = a.attrelid and r.attnum = a.attnum
    union
    select cast(lower(left(s.stem, 1)) || substr(s.stem, 2) || 'Id' as name) as name
    from stems as s
    union
    select cast(lower(regexp_replace(s.stem, '([a-z0-9])([A-Z])', '\1_\2', 'g')) || '_id' as name)
    from stems as s
)

select
    cast(a.attrelid as bigint) as table_oid,
    cast(a.attname as text) as name,
    cast(tn.nspname as text) as type_schema,
    cast(t.typname as text) as type_name,
    a.attnotnull as not_null,
    has_column_privilege(a.attrelid, a.attnum, 'select') as readable,
    coalesce(x.equality, false) as indexed,
    coalesce(x.alone, false) as is_unique,
    coalesce(x.pattern or (x.attnum is not null and d.datcollate in ('C', 'POSIX')), false)
        as prefix_indexed,
    -- by what the default depends on: to print it would wait for a lock on the table
    a.attidentity <> '' or exists (
        select 1
        from pg_catalog.pg_depend as p
        inner join pg_catalog.pg_class as q on p.refobjid = q.oid
        where
            p.classid = cast('pg_catalog.pg_attrdef' as regclass)
            and p.objid = s.oid
            and p.refclassid = cast('pg_catalog.pg_class' as regclass)
            and q.relkind = 'S'
    ) as counted
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c on a.attrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
-- a domain is compared as what it is over
left join domains as o
    on
        a.atttypid = o.oid
        and not exists (
            select 1
            from pg_catalog.pg_type as b
            where b.oid = o.base and b.typtype = 'd'
        )
inner join pg_catalog.pg_type as t on coalesce(o.base, a.atttypid) = t.oid
inner join pg_catalog.pg_namespace as tn on t.typnamespace = tn.oid
inner join pg_catalog.pg_database as d on d.datname = current_database()
left join indexes as x on a.attrelid = x.indrelid and a.attnum = x.attnum
left join pg_catalog.pg_attrdef as s on a.attrelid = s.adrelid and a.attnum = s.adnum
where
    c.relkind in ('r', 'p')
    and (
        not c.relispartition
        or exists (
            select 1
            from pg_catalog.pg_constraint as k
            where
                k.contype = 'f'
                and k.conparentid = 0
                and c.oid in (k.conrelid, k.confrelid)
        )
    )
    and a.attnum > 0
    and not a.attisdropped
    and n.nspname <> 'information_schema'
    and n.nspname not like 'pg\_%'
    and has_schema_privilege(n.oid, 'usage')
    and (
        a.attname = any(cast(:names as text[]))
        or a.attname in (select l.name from called as l)
        or x.alone
        or (a.attrelid, a.attnum) in (
            select
                r.relid,
                r.attnum
            from referring as r
        )
    )
order by a.attrelid, a.attnum
