-- Which of these ids are of a project whose owner exists.
-- Params:  ids text[]
-- Returns: rows.Asked, one per id
-- Cost:    two index probes per id
select a.asked
from unnest(cast(:ids as text[])) as a (asked)
inner join lateral (
    select {o.key} as id
    from {parent} as p
    inner join {owner} as o on {p.parent_owner} = {o.key}
    where {p.parent_key = a.asked}
    fetch first 1 row only  -- also keeps the planner to one probe per id
) as f on true
order by a.asked
