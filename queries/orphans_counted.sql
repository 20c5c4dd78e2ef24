-- How many rows a kind of orphans has, and how old they are.
-- Params:  most bigint, where counting stops, or null to count all
-- Returns: rows.OrphanCount, 1 row; each age counts what the ages before it do not
-- Cost:    that of the rows; sent in the background only, with a time limit
with moments as (
    select
        statement_timestamp() - interval '1 day' as day,
        statement_timestamp() - interval '7 days' as week,
        statement_timestamp() - interval '30 days' as month,
        statement_timestamp() - interval '90 days' as quarter
),

aged as (
    select
        count(*) as rows,
        -- a scalar sub-select is read once, not for every row
        count(*) filter (where x.created_at >= (select m.day from moments as m)) as day,
        count(*) filter (where x.created_at >= (select m.week from moments as m)) as week,
        count(*) filter (where x.created_at >= (select m.month from moments as m)) as month,
        count(*) filter (where x.created_at >= (select m.quarter from moments as m)) as quarter,
        count(x.created_at) as dated
    from (
        select f.created_at
        from {found} as f
        fetch first (cast(:most as bigint)) rows only
    ) as x
)

select
    statement_timestamp() as as_of,
    cast(a.rows as bigint) as rows,
    cast(a.day as bigint) as within_day,
    cast(a.week - a.day as bigint) as within_week,
    cast(a.month - a.week as bigint) as within_month,
    cast(a.quarter - a.month as bigint) as within_quarter,
    cast(a.dated - a.quarter as bigint) as older,
    cast(a.rows - a.dated as bigint) as undated
from aged as a
