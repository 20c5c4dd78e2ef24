-- The child's key columns, and what lets rows slip past a foreign key that looks whole.
-- Params:  child_oid bigint, names text[]
-- Returns: rows.KeyShape, 1 row, or none where one of the columns is not there
-- Cost:    catalog only
with key as (
    select
        a.attrelid,
        array_agg(a.attnum order by a.attnum) as attnums,
        -- from PostgreSQL 18 on, NOT NULL need not hold for the rows that were there before
        bool_and(
            a.attnotnull and not exists (
                select 1
                from pg_catalog.pg_constraint as n
                where
                    n.conrelid = a.attrelid
                    and n.contype = 'n'
                    and n.conkey = array[a.attnum]
                    and not n.convalidated
            )
        ) as not_null
    from pg_catalog.pg_attribute as a
    where
        a.attrelid = cast(cast(:child_oid as bigint) as oid)
        and a.attname = any(cast(:names as text[]))
        and not a.attisdropped
    group by a.attrelid
    having count(*) = cardinality(cast(:names as text[]))
)

select
    a.not_null,
    array(
        select cast(t.tgname as text)
        from pg_catalog.pg_trigger as t
        where
            t.tgrelid = a.attrelid
            and not t.tgisinternal
            and t.tgenabled <> 'D'
        order by t.tgname
    ) as user_triggers,
    (
        select cast(count(*) as bigint)
        from pg_catalog.pg_inherits as i
        inner join pg_catalog.pg_class as c on i.inhrelid = c.oid
        where i.inhparent = a.attrelid and not c.relispartition
    ) as inheriting,
    exists(
        select 1
        from pg_catalog.pg_subscription_rel as s
        where
            s.srrelid = a.attrelid
            or s.srrelid in (
                select k.confrelid
                from pg_catalog.pg_constraint as k
                where
                    k.contype = 'f'
                    and k.conrelid = a.attrelid
                    and k.conkey @> a.attnums
                    and k.conkey <@ a.attnums
            )
    ) as subscribed
from key as a
