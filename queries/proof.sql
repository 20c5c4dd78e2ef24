-- The conditions of a proof that a row is absent, in the snapshot that the rows are read in.
-- Params:  parent_oid parent_schema parent_table child_oid child_schema child_table needed_columns
-- Returns: rows.Proof, 1 row
-- Cost:    catalog only
select
    clock_timestamp() as as_of,
    pg_is_in_recovery() as in_recovery,
    case
        when pg_is_in_recovery() then pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn()
    end as replayed,
    case
        when pg_is_in_recovery()
            then
                cast(
                    extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())
                    as double precision
                )
    end as replay_age_s,
    exists(
        select 1
        from pg_catalog.pg_class as c
        inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
        where
            c.oid = cast(cast(:parent_oid as bigint) as oid)
            and n.nspname = cast(:parent_schema as text)
            and c.relname = cast(:parent_table as text)
    ) as parent_named,
    exists(
        select 1
        from pg_catalog.pg_class as c
        inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
        where
            c.oid = cast(cast(:child_oid as bigint) as oid)
            and n.nspname = cast(:child_schema as text)
            and c.relname = cast(:child_table as text)
    ) as child_named,
    coalesce(
        (
            select bool_and(has_column_privilege(a.attrelid, a.attnum, 'select'))
            from pg_catalog.pg_attribute as a
            where
                a.attrelid = cast(cast(:parent_oid as bigint) as oid)
                and a.attname = any(cast(:needed_columns as text[]))
        ),
        false
    ) as parent_readable,
    coalesce(row_security_active(cast(cast(:parent_oid as bigint) as oid)), false) as row_security,
    exists(
        select 1
        from pg_catalog.pg_locks as l
        inner join pg_catalog.pg_database as d on l.database = d.oid
        where
            d.datname = current_database()
            and l.locktype = 'advisory'
            and l.classid = 0
            and l.objid = 72707369
            and l.objsubid = 1
            and l.granted
    ) as locked_by_migration,
    -- pg_class shows them without any privilege, which to_regclass and information_schema want
    exists(
        select 1
        from pg_catalog.pg_class as c
        inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
        where
            n.nspname = 'prisma_contract'
            and c.relname in ('marker', 'ledger')
            and c.relkind in ('r', 'p')
    ) as prisma_8,
    -- its lock is named after the schema, and had another name before its release
    exists(
        select 1
        from pg_catalog.pg_locks as l
        inner join pg_catalog.pg_database as d on l.database = d.oid
        cross join pg_catalog.pg_namespace as n
        cross join unnest(array['prisma_8', 'prisma_next']) as p (name)
        where
            d.datname = current_database()
            and l.locktype = 'advisory'
            and l.objsubid = 1
            and l.granted
            and (cast(l.classid as bigint) << 32) | cast(l.objid as bigint)
            = hashtext(concat_ws(chr(58), p.name || '.contract.marker', n.nspname, 'app'))
    ) as locked_by_prisma_8
