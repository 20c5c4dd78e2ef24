-- What the catalog has under the names that scripts mention, whatever the role may read.
-- Params:  names text[]
-- Returns: rows.CatalogObject, one per object of these names
-- Cost:    catalog only: index probes by name, and of each whether something depends on it
with named as (
    select unnest(cast(:names as text[])) as name
),

relations as (
    select
        c.oid,
        cast(c.relname as text) as name,
        cast(n.nspname as text) as schema,
        cast(t.relname as text) as owner,
        k.oid is not null as by_constraint
    from named as m
    inner join pg_catalog.pg_class as c on m.name = c.relname
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    left join pg_catalog.pg_index as i on c.oid = i.indexrelid
    left join pg_catalog.pg_class as t on i.indrelid = t.oid
    left join pg_catalog.pg_constraint as k on c.oid = k.conindid and k.contype in ('p', 'u', 'x')
)

select
    'relation' as kind,
    r.schema,
    r.name,
    '' as of,
    r.owner,
    r.by_constraint,
    r.by_constraint
    or exists (
        select 1
        from pg_catalog.pg_depend as d
        left join pg_catalog.pg_constraint as k
            on d.classid = cast('pg_catalog.pg_constraint' as regclass) and d.objid = k.oid
        where
            d.refclassid = cast('pg_catalog.pg_class' as regclass)
            and d.refobjid = r.oid
            and d.deptype = 'n'
            and k.conrelid is distinct from r.oid
    ) as needed
from relations as r
union all
select
    'column' as kind,
    r.schema,
    cast(a.attname as text) as name,
    r.name as of,
    r.name as owner,
    false as by_constraint,
    exists(
        select 1
        from pg_catalog.pg_depend as d
        left join pg_catalog.pg_constraint as k
            on d.classid = cast('pg_catalog.pg_constraint' as regclass) and d.objid = k.oid
        where
            d.refclassid = cast('pg_catalog.pg_class' as regclass)
            and d.refobjid = r.oid
            and d.refobjsubid = a.attnum
            and d.deptype = 'n'
            and k.conrelid is distinct from r.oid
    ) as needed
from relations as r
inner join pg_catalog.pg_attribute as a on r.oid = a.attrelid
inner join named as m on a.attname = m.name
where r.owner is null and a.attnum > 0 and not a.attisdropped
union all
select
    'constraint' as kind,
    r.schema,
    cast(k.conname as text) as name,
    r.name as of,
    r.name as owner,
    false as by_constraint,
    exists(
        select 1
        from pg_catalog.pg_constraint as f
        where f.contype = 'f' and f.conindid = k.conindid and k.contype in ('p', 'u')
    ) as needed
from relations as r
inner join pg_catalog.pg_constraint as k on r.oid = k.conrelid
inner join named as m on k.conname = m.name
union all
select
    'type' as kind,
    cast(n.nspname as text) as schema,
    cast(t.typname as text) as name,
    '' as of,
    null as owner,
    false as by_constraint,
    exists(
        select 1
        from pg_catalog.pg_depend as d
        where
            d.refclassid = cast('pg_catalog.pg_type' as regclass)
            and d.refobjid = t.oid
            and d.deptype = 'n'
    ) as needed
from named as m
inner join pg_catalog.pg_type as t on m.name = t.typname
inner join pg_catalog.pg_namespace as n on t.typnamespace = n.oid
union all
select
    'label' as kind,
    cast(n.nspname as text) as schema,
    cast(e.enumlabel as text) as name,
    cast(t.typname as text) as of,
    cast(t.typname as text) as owner,
    false as by_constraint,
    false as needed
from named as m
inner join pg_catalog.pg_type as t on m.name = t.typname
inner join pg_catalog.pg_namespace as n on t.typnamespace = n.oid
inner join pg_catalog.pg_enum as e on t.oid = e.enumtypid
union all
select
    'schema' as kind,
    '' as schema,
    cast(n.nspname as text) as name,
    '' as of,
    null as owner,
    false as by_constraint,
    false as needed
from named as m
inner join pg_catalog.pg_namespace as n on m.name = n.nspname
union all
select
    'extension' as kind,
    '' as schema,
    cast(e.extname as text) as name,
    '' as of,
    null as owner,
    false as by_constraint,
    false as needed
from named as m
inner join pg_catalog.pg_extension as e on m.name = e.extname
order by kind, schema, of, name
