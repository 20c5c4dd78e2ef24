-- Every foreign key of the application's tables, and what decides whether it is really enforced.
-- Params:  child_oid bigint, or null for all tables
-- Returns: rows.ForeignKey, one per constraint
-- Cost:    catalog only; 3,000 keys of 1,000 tables in about 50 ms
with recursive keys as (
    select
        c.*,
        cn.nspname as child_schema,
        cr.relname as child_table
    from pg_catalog.pg_constraint as c
    inner join pg_catalog.pg_class as cr on c.conrelid = cr.oid
    inner join pg_catalog.pg_namespace as cn on cr.relnamespace = cn.oid
    where
        c.contype = 'f'
        and c.conparentid = 0
        -- a range: also a plan that is kept for any value can use the index
        and c.conrelid >= cast(coalesce(cast(:child_oid as bigint), 0) as oid)
        and c.conrelid <= cast(coalesce(cast(:child_oid as bigint), 4294967295) as oid)
        and cn.nspname <> 'information_schema'
        and cn.nspname not like 'pg\_%'
),

-- with those of its partitions, which are the key's, too
parts as (
    select
        k.oid as root,
        k.oid,
        k.conrelid,
        k.confrelid
    from keys as k
    union all
    select
        s.root,
        p.oid,
        p.conrelid,
        p.confrelid
    from parts as s
    inner join pg_catalog.pg_constraint as p on s.oid = p.conparentid
    where p.conparentid <> 0
),

triggers as (
    select
        s.root,
        bool_and(t.tgenabled in ('O', 'A')) filter (where s.conrelid = t.tgrelid)
            as child_triggers_on,
        bool_and(t.tgenabled in ('O', 'A')) filter (where s.confrelid = t.tgrelid)
            as parent_triggers_on
    from parts as s
    inner join pg_catalog.pg_trigger as t on s.oid = t.tgconstraint
    group by s.root
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

columns as (
    select
        s.oid,
        array_agg(cast(a.attname as text) order by s.place) as child_columns,
        array_agg(cast(p.attname as text) order by s.place) as parent_columns
    from places as s
    inner join pg_catalog.pg_attribute as a on s.conrelid = a.attrelid and s.child = a.attnum
    inner join pg_catalog.pg_attribute as p on s.confrelid = p.attrelid and s.parent = p.attnum
    group by s.oid
)

select
    cast(k.oid as bigint) as oid,
    cast(k.conname as text) as name,
    cast(k.conrelid as bigint) as child_oid,
    cast(k.child_schema as text) as child_schema,
    cast(k.child_table as text) as child_table,
    l.child_columns,
    cast(k.confrelid as bigint) as parent_oid,
    cast(pn.nspname as text) as parent_schema,
    cast(pr.relname as text) as parent_table,
    l.parent_columns,
    cast(k.confdeltype as text) as delete_action,
    k.convalidated as validated,
    -- conenforced exists from PostgreSQL 18 on; what is not enforced is not validated either
    case
        when k.convalidated then true
        else coalesce(cast(to_jsonb(k) ->> 'conenforced' as boolean), true)
    end as enforced,
    k.condeferred as initially_deferred,
    e.child_triggers_on,
    e.parent_triggers_on
from keys as k
inner join columns as l on k.oid = l.oid
inner join pg_catalog.pg_class as pr on k.confrelid = pr.oid
inner join pg_catalog.pg_namespace as pn on pr.relnamespace = pn.oid
left join triggers as e on k.oid = e.root
order by k.child_schema, k.conname, k.oid
