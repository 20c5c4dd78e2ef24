-- How many rows a share of a table's pages holds, and how many of them are of a kind of orphans.
-- Params:  percent real; the rows found are those of the same pages
-- Returns: rows.OrphanSample, 1 row
-- Cost:    one index probe per sampled row: 30 ms per 100,000
select
    statement_timestamp() as as_of,
    (
        select cast(count(*) as bigint)
        from {counted} tablesample system (:percent) repeatable (0)
    ) as rows,
    (
        select cast(count(*) as bigint)
        from {found} as f  -- noqa: AL05
    ) as hits
