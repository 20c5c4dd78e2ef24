-- Ids that are the key of another table (a user, a deployment, an app).
-- Params:  ids text[]
-- Returns: rows.Entity, one per hit; branch is the number of the relation asked
-- Cost:    one probe of a unique index per spelling
select
    {branch} as branch,
    f.id,
    f.project_id,
    a.asked
from unnest(cast(:ids as text[])) as a (asked)
inner join lateral (
    select
        {e.key as text} as id,
        cast({e.project} as text) as project_id
    from {entity} as e
    where {e.key = a.asked}
    fetch first 50 rows only  -- also keeps the planner to one probe per spelling
) as f on true
