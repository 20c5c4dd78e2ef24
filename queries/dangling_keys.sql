-- Rows whose key no row of the parent table has: what adding the foreign key would stop at.
-- Params:  none
-- Returns: rows.Blocking, 1 row; counting stops at 1,001, first_ids are the keys
-- Cost:    an anti-join: 0.5 s per million rows; sent in the background only, with a time limit
select
    cast(count(*) as bigint) as rows,
    coalesce((array_agg(distinct x.id order by x.id))[1:5], '{}') as first_ids
from (
    select {d.key as text} as id
    from {child} as d
    where
        {d.key is not null}
        and not exists (
            select 1
            from {parent} as p
            where {p.parent_key = d.key}
        )
    fetch first 1001 rows only
) as x
