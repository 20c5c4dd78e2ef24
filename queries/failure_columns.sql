-- The columns of every relation that may tell of failed deployments.
-- Params:  parent_oid bigint, child_oid bigint, pointing text[], relations text[]
-- Returns: rows.FailureColumn, one per column of the child, of each table that points at the parent
--          by a foreign key or by a column's name, and of each relation so called
-- Cost:    catalog only
with pointers as (
    select
        a.attrelid,
        a.attnum
    from pg_catalog.pg_attribute as a
    where
        a.attnum > 0
        and not a.attisdropped
        and (
            a.attname = any(cast(:pointing as text[]))
            or exists (
                select 1
                from pg_catalog.pg_constraint as k
                where
                    k.contype = 'f'
                    and k.conrelid = a.attrelid
                    and k.confrelid = cast(cast(:parent_oid as bigint) as oid)
                    and k.conkey = array[a.attnum]
            )
        )
)

select
    cast(c.oid as bigint) as table_oid,
    cast(n.nspname as text) as schema,
    cast(c.relname as text) as table_name,
    c.relname = any(cast(:relations as text[])) as named,
    c.relkind in ('r', 'p') and row_security_active(c.oid) as row_security,
    cast(a.attname as text) as name,
    case
        when t.typtype = 'e' then 'enum'
        when t.typname in ('timestamp', 'timestamptz', 'date') then 'moment'
        when t.typname in ('text', 'varchar', 'bpchar', 'name') then 'text'
        else 'other'
    end as family,
    has_column_privilege(c.oid, a.attnum, 'select') as readable,
    x.attnum is not null as points,
    -- one of a domain is not asked by its index: it is rare, and compared as what it is over
    t.typtype = 'b' and exists (
        select 1
        from pg_catalog.pg_index as i
        inner join pg_catalog.pg_class as ic on i.indexrelid = ic.oid
        inner join pg_catalog.pg_am as am on ic.relam = am.oid
        where
            i.indrelid = a.attrelid
            and i.indkey[0] = a.attnum
            and i.indcollation[0] = a.attcollation
            and i.indisvalid
            and i.indisready
            and i.indpred is null
            and am.amname = 'btree'
    ) as indexed,
    cast(tn.nspname as text) as type_schema,
    cast(t.typname as text) as type_name,
    array(
        select cast(e.enumlabel as text)
        from pg_catalog.pg_enum as e
        where e.enumtypid = t.oid
        order by e.enumsortorder
    ) as labels
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
inner join pg_catalog.pg_namespace as tn on t.typnamespace = tn.oid
left join pointers as x on a.attrelid = x.attrelid and a.attnum = x.attnum
where
    c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not c.relispartition
    and a.attnum > 0
    and not a.attisdropped
    and n.nspname <> 'information_schema'
    and n.nspname not like 'pg\_%'
    and has_schema_privilege(n.oid, 'usage')
    and (
        c.oid = cast(cast(:child_oid as bigint) as oid)
        or c.relname = any(cast(:relations as text[]))
        or (c.relkind in ('r', 'p') and c.oid in (select p.attrelid from pointers as p))
    )
order by n.nspname, c.relname, a.attnum
limit 4000
