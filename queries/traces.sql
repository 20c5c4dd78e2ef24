-- Rows that still carry the id in a column that no foreign key protects.
-- Params:  ids text[]
-- Returns: rows.Trace, 1 row per leg; counting stops at 1,000
-- Cost:    one index probe per spelling; only sent where an index leads with the column
select
    {leg} as leg,
    cast(count(*) as bigint) as rows,
    max(x.created_at) as last_at
from (
    select cast({t.created_at} as timestamptz) as created_at
    from {carrier} as t
    where {t.key} = any(cast(cast(:ids as text[]) as {key_type}[]))
    fetch first 1000 rows only
) as x
