-- Keys that stand in more than one row: what a unique index would stop at.
-- Params:  none
-- Returns: rows.Blocking, 1 row; counting stops at 1,001, first_ids are the keys
-- Cost:    one scan and a grouping: 0.6 s per million rows; in the background only, time-limited
select
    cast(count(*) as bigint) as rows,
    coalesce((array_agg(x.id order by x.id))[1:5], '{}') as first_ids
from (
    select {d.key as text} as id
    from {child} as d
    where {d.key is not null}
    group by {d.key}
    having count(*) > 1
    fetch first 1001 rows only
) as x
