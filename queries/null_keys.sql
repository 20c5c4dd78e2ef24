-- Rows of the child table without a key: what SET NOT NULL would stop at.
-- Params:  none
-- Returns: rows.Blocking, 1 row; counting stops at 1,001, first_ids are the rows' own
-- Cost:    one scan: 90 ms per million rows; sent in the background only, with a time limit
select
    cast(count(*) as bigint) as rows,
    coalesce((array_agg(x.id order by x.id) filter (where x.id is not null))[1:5], '{}')
        as first_ids
from (
    select cast({d.id} as text) as id
    from {child} as d
    where {d.key is null}
    fetch first 1001 rows only
) as x
