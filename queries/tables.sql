-- The application's tables, and whether this role sees all of their rows.
-- Params:  none
-- Returns: rows.Table, one per table
-- Cost:    catalog only
select
    cast(c.oid as bigint) as oid,
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as name,
    cast(c.relkind as text) as kind,
    has_any_column_privilege(c.oid, 'select') as readable,
    row_security_active(c.oid) as row_security,
    cast(c.reltuples as double precision) as estimate,
    c.relispartition as partition,
    c.relkind = 'r' and c.relhassubclass as inherited,
    exists (
        select 1
        from pg_catalog.pg_trigger as t
        where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 8 > 0
    )
    or exists (
        select 1
        from pg_catalog.pg_rewrite as r
        where r.ev_class = c.oid and r.ev_type = '4'
    ) as more_on_delete,
    exists (
        select 1
        from pg_catalog.pg_trigger as t
        where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 16 > 0
    )
    or exists (
        select 1
        from pg_catalog.pg_rewrite as r
        where r.ev_class = c.oid and r.ev_type = '2'
    ) as more_on_update
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
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
    and n.nspname <> 'information_schema'
    and n.nspname not like 'pg\_%'
    and has_schema_privilege(n.oid, 'usage')
order by n.nspname, c.relname
