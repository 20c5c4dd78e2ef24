-- Rows made in a span of time, and not marked as failed.
-- Params:  since timestamptz, until timestamptz, statuses text[] in lower case
-- Returns: rows.RowCount, 1 row; counting stops at 1,000
-- Cost:    one scan, with a time limit; sent only where many ids failed at once
select cast(count(*) as bigint) as rows
from (
    select 1
    from {child} as c
    where
        cast({c.created_at} as timestamptz) >= cast(:since as timestamptz)
        and cast({c.created_at} as timestamptz) <= cast(:until as timestamptz)
        and coalesce(lower(cast({c.status} as text)), '') <> all(cast(:statuses as text[]))
    fetch first 1000 rows only
) as x
