-- Whether the server writes its errors to a log that SQL can read, and how inserts fared so far.
-- Params:  child_oid bigint
-- Returns: rows.Logging, 1 row
-- Cost:    catalog and statistics only
select
    current_setting('logging_collector') = 'on' as collector,
    current_setting('log_destination') as destination,
    current_setting('log_min_messages') as least,
    current_setting('lc_messages') as language,
    (
        select bool_or(has_function_privilege(p.oid, 'execute'))
        from pg_catalog.pg_proc as p
        where p.proname = 'constraint_violations_tail' and p.prosecdef
    ) as tail_executable,
    (
        select greatest(s.n_tup_ins - s.n_tup_del - s.n_live_tup, 0)
        from pg_catalog.pg_stat_user_tables as s
        where s.relid = cast(cast(:child_oid as bigint) as oid)
    ) as aborted_inserts,
    (
        select d.stats_reset
        from pg_catalog.pg_stat_database as d
        where d.datname = current_database()
    ) as counted_since
