-- Which of these ids are owners of projects.
-- Params:  ids text[]
-- Returns: rows.Asked, one per owner that is there
-- Cost:    one index probe per id
select a.asked
from unnest(cast(:ids as text[])) as a (asked)
inner join lateral (
    select {o.key} as id
    from {owner} as o
    where {o.key = a.asked}
    fetch first 1 row only  -- also keeps the planner to one probe per id
) as f on true
order by a.asked
