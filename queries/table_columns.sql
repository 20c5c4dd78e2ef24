-- All columns of a table, and what a row that is copied into it has to fit.
-- Params:  parent_oid bigint
-- Returns: rows.TableColumn, one per column
-- Cost:    catalog only
select
    cast(a.attname as text) as name,
    format_type(a.atttypid, a.atttypmod) as type,
    a.attnotnull or t.typnotnull as not_null,
    a.atthasdef or t.typdefault is not null as filled,
    a.attgenerated <> '' as generated,
    -- by what the default depends on: to print it would wait for a lock on the table;
    -- counted, for `exists` may go through the dependencies of all tables instead
    a.attidentity <> '' or (
        select count(*)
        from pg_catalog.pg_depend as p
        inner join pg_catalog.pg_class as q
            on p.refclassid = cast('pg_catalog.pg_class' as regclass) and p.refobjid = q.oid
        where
            p.classid = cast('pg_catalog.pg_attrdef' as regclass)
            and s.oid = p.objid
            and q.relkind = 'S'
    ) > 0 as counted,
    array(
        select cast(e.enumlabel as text)
        from pg_catalog.pg_enum as e
        where e.enumtypid in (t.oid, t.typelem, t.typbasetype)
        order by e.enumsortorder
    ) as labels
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
left join pg_catalog.pg_attrdef as s on a.attrelid = s.adrelid and a.attnum = s.adnum
where
    a.attrelid = cast(cast(:parent_oid as bigint) as oid)
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum
