-- How many rows a kind of orphans has, and how old they are.
-- Params:  most bigint, where counting stops, or null to count all
-- Returns: rows.OrphanCount, 1 row; each age counts what the ages before it do not
-- Cost:    that of the rows; sent in the background only, with a time limit
select
    statement_timestamp() as as_of,
    cast(count(*) as bigint) as rows,
    cast(count(*) filter (where x.created_at >= statement_timestamp() - interval '1 day') as bigint)
        as within_day,
    cast(
        count(*) filter (
            where
            x.created_at < statement_timestamp() - interval '1 day'
            and x.created_at >= statement_timestamp() - interval '7 days'
        ) as bigint
    ) as within_week,
    cast(
        count(*) filter (
            where
            x.created_at < statement_timestamp() - interval '7 days'
            and x.created_at >= statement_timestamp() - interval '30 days'
        ) as bigint
    ) as within_month,
    cast(
        count(*) filter (
            where
            x.created_at < statement_timestamp() - interval '30 days'
            and x.created_at >= statement_timestamp() - interval '90 days'
        ) as bigint
    ) as within_quarter,
    cast(
        count(*) filter (where x.created_at < statement_timestamp() - interval '90 days') as bigint
    ) as older,
    cast(count(*) filter (where x.created_at is null) as bigint) as undated
from (
    select f.created_at
    from {found} as f
    fetch first (cast(:most as bigint)) rows only
) as x
