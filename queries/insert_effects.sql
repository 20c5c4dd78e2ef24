-- What acts on a row that is written into a table, beyond its keys and checks.
-- Params:  parent_oid bigint
-- Returns: rows.InsertEffects, 1 row
-- Cost:    catalog only
select
    c.relrowsecurity as row_security,
    array(
        select cast(t.tgname as text)
        from pg_catalog.pg_trigger as t
        where
            c.oid = t.tgrelid
            and not t.tgisinternal
            and t.tgenabled in ('O', 'A')
            and t.tgtype & 4 > 0
        order by t.tgname
    ) as triggers
from pg_catalog.pg_class as c
where c.oid = cast(cast(:parent_oid as bigint) as oid)
