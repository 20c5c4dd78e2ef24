-- The constraints of all tables of some schemas; NOT NULL is told with the columns.
-- Params:  schemas text[], held bigint[]
-- Returns: rows.CatalogConstraint, one per constraint that a table has of its own
-- Cost:    catalog only; 3,000 constraints in about 80 ms; waits for a locked table not in `held`
select
    cast(k.oid as bigint) as oid,
    cast(k.conrelid as bigint) as relation,
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as table,
    cast(k.conname as text) as name,
    cast(k.contype as text) as type,
    -- what comes behind is told apart
    regexp_replace(
        regexp_replace(pg_get_constraintdef(k.oid), ' NOT (VALID|ENFORCED)$', ''),
        ' NOT (VALID|ENFORCED)$',
        ''
    ) as definition,
    k.convalidated as validated,
    k.condeferrable as is_deferrable,
    k.condeferred as initially_deferred,
    -- the column exists from PostgreSQL 18 on
    coalesce(cast(to_jsonb(k) ->> 'conenforced' as boolean), true) as enforced,
    coalesce(
        (
            select bool_and(g.tgenabled in ('O', 'A'))
            from pg_catalog.pg_trigger as g
            where k.oid = g.tgconstraint
        ),
        true
    ) as checking,
    cast(k.confrelid as bigint) as target,
    cast(k.confmatchtype as text) as match,
    coalesce(k.conkey, cast('{}' as int2[])) as numbers,
    coalesce(k.confkey, cast('{}' as int2[])) as target_numbers,
    pg_get_expr(k.conbin, k.conrelid) as expression
from pg_catalog.pg_constraint as k
inner join pg_catalog.pg_class as c on k.conrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and cast(k.conrelid as bigint) <> all(cast(:held as bigint[]))
    and k.contype in ('c', 'f', 'p', 'u', 'x')
    and k.conparentid = 0
    and k.conislocal
    and c.relname <> '_prisma_migrations'
    and not exists (
        select 1
        from pg_catalog.pg_depend as d
        where
            d.classid = cast('pg_catalog.pg_class' as regclass)
            and d.objid = c.oid
            and d.deptype = 'e'
    )
order by n.nspname, c.relname, k.conname
