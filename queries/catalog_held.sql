-- What cannot be printed now, because somebody holds a relation for himself, or waits to.
-- Params:  schemas text[]
-- Returns: rows.CatalogHeld, one per relation or function; 0 rows on an ordinary day
-- Cost:    catalog and the table of locks
with recursive held (relation) as (
    select l.relation
    from pg_catalog.pg_locks as l
    inner join pg_catalog.pg_database as d on l.database = d.oid
    where
        d.datname = current_database()
        and l.locktype = 'relation'
        and l.mode = 'AccessExclusiveLock'
    union
    -- a view, rule or policy prints with what it reads
    select coalesce(r.ev_class, p.polrelid)
    from held as h
    inner join pg_catalog.pg_depend as d
        on
            d.refclassid = cast('pg_catalog.pg_class' as regclass)
            and h.relation = d.refobjid
    left join pg_catalog.pg_rewrite as r
        on
            d.classid = cast('pg_catalog.pg_rewrite' as regclass)
            and d.objid = r.oid
    left join pg_catalog.pg_policy as p
        on
            d.classid = cast('pg_catalog.pg_policy' as regclass)
            and d.objid = p.oid
    where coalesce(r.ev_class, p.polrelid) is not null
)

select
    'relation' as kind,
    cast(c.oid as bigint) as oid,
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as name
from held as h
inner join pg_catalog.pg_class as c on h.relation = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
union
-- as does a function whose body is no text (PostgreSQL 14)
select
    'function' as kind,
    cast(p.oid as bigint) as oid,
    cast(n.nspname as text) as schema,
    cast(p.proname as text) as name
from held as h
inner join pg_catalog.pg_depend as d
    on
        d.classid = cast('pg_catalog.pg_proc' as regclass)
        and d.refclassid = cast('pg_catalog.pg_class' as regclass)
        and h.relation = d.refobjid
inner join pg_catalog.pg_proc as p on d.objid = p.oid
inner join pg_catalog.pg_namespace as n on p.pronamespace = n.oid
where n.nspname = any(cast(:schemas as text[]))
order by kind, schema, name, oid
