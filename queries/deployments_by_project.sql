-- Rows of the child table that carry any of these spellings of ids.
-- Params:  ids text[]
-- Returns: rows.AskedDeployment, at most 20 per spelling
-- Cost:    one index probe per spelling; only sent where an index leads with the column
select
    f.id,
    f.project_id,
    f.owner_id,
    f.created_at,
    f.status,
    a.asked
from unnest(cast(:ids as text[])) as a (asked)
inner join lateral (
    select
        cast({d.id} as text) as id,
        {d.parent_key as text} as project_id,
        cast({d.owner} as text) as owner_id,
        cast({d.created_at} as timestamptz) as created_at,
        cast({d.status} as text) as status
    from {child} as d
    where {d.parent_key = a.asked}
    fetch first 20 rows only  -- also keeps the planner to one probe per spelling
) as f on true
order by
    f.project_id,
    a.asked,
    f.id
