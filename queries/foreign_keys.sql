-- Every foreign key of the application's tables, and what decides whether it is really enforced.
-- Params:  child_oid bigint, or null for all tables
-- Returns: rows.ForeignKey, one per constraint
-- Cost:    catalog only; 3,000 keys of 1,000 tables in about 60 ms
select
    cast(c.oid as bigint) as oid,
    cast(c.conname as text) as name,
    cast(c.conrelid as bigint) as child_oid,
    cast(cn.nspname as text) as child_schema,
    cast(cr.relname as text) as child_table,
    array(
        select cast(a.attname as text)
        from unnest(c.conkey) with ordinality as k (attnum, place)
        inner join pg_catalog.pg_attribute as a
            on c.conrelid = a.attrelid and k.attnum = a.attnum
        order by k.place
    ) as child_columns,
    cast(c.confrelid as bigint) as parent_oid,
    cast(pn.nspname as text) as parent_schema,
    cast(pr.relname as text) as parent_table,
    array(
        select cast(a.attname as text)
        from unnest(c.confkey) with ordinality as k (attnum, place)
        inner join pg_catalog.pg_attribute as a
            on c.confrelid = a.attrelid and k.attnum = a.attnum
        order by k.place
    ) as parent_columns,
    cast(c.confdeltype as text) as delete_action,
    c.convalidated as validated,
    -- conenforced exists from PostgreSQL 18 on; what is not enforced is not validated either
    case
        when c.convalidated then true
        else coalesce(cast(to_jsonb(c) ->> 'conenforced' as boolean), true)
    end as enforced,
    c.condeferred as initially_deferred,
    e.child_triggers_on,
    e.parent_triggers_on
from pg_catalog.pg_constraint as c
inner join pg_catalog.pg_class as cr on c.conrelid = cr.oid
inner join pg_catalog.pg_namespace as cn on cr.relnamespace = cn.oid
inner join pg_catalog.pg_class as pr on c.confrelid = pr.oid
inner join pg_catalog.pg_namespace as pn on pr.relnamespace = pn.oid
inner join lateral (
    with recursive parts as (
        select
            c.oid,
            c.conrelid,
            c.confrelid
        union all  -- those of partitions, which are the key's, too
        select
            p.oid,
            p.conrelid,
            p.confrelid
        from parts as s
        -- more than 0: nearly all are, so that equality alone would not go by the index
        inner join pg_catalog.pg_constraint as p on s.oid = p.conparentid and p.conparentid > 0
    )

    select
        bool_and(t.tgenabled in ('O', 'A')) filter (where s.conrelid = t.tgrelid)
            as child_triggers_on,
        bool_and(t.tgenabled in ('O', 'A')) filter (where s.confrelid = t.tgrelid)
            as parent_triggers_on
    from parts as s
    inner join pg_catalog.pg_trigger as t on s.oid = t.tgconstraint and t.tgconstraint > 0
) as e on true
where
    c.contype = 'f'
    and c.conparentid = 0
    -- a range: also a plan that is kept for any value can use the index
    and c.conrelid >= cast(coalesce(cast(:child_oid as bigint), 0) as oid)
    and c.conrelid <= cast(coalesce(cast(:child_oid as bigint), 4294967295) as oid)
    and cn.nspname <> 'information_schema'
    and cn.nspname not like 'pg\_%'
order by cn.nspname, c.conname, c.oid
