-- Rows that still carry an id in a column that no foreign key protects.
-- Params:  ids text[]
-- Returns: rows.Trace, one per branch, spelling and stored id; counting stops at 1,000
-- Cost:    one index probe per spelling; only sent where an index leads with the column
select
    {branch} as branch,
    f.id,
    f.rows,
    f.last_at,
    a.asked
from unnest(cast(:ids as text[])) as a (asked)
inner join lateral (
    select
        x.id,
        cast(count(*) as bigint) as rows,
        max(x.created_at) as last_at
    from (
        select
            {t.key as text} as id,
            cast({t.created_at} as timestamptz) as created_at
        from {carrier} as t
        where {t.key = a.asked}
        fetch first 1000 rows only
    ) as x
    group by x.id
) as f on true
