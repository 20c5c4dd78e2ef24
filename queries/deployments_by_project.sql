-- Rows of the child table that carry any of these spellings of an id.
-- Params:  ids text[]
-- Returns: rows.Deployment, at most 20
-- Cost:    one index probe per spelling; only sent where an index leads with the column
select
    cast({d.id} as text) as id,
    cast({d.parent_key} as text) as project_id,
    cast({d.owner} as text) as owner_id,
    cast({d.created_at} as timestamptz) as created_at,
    cast({d.status} as text) as status
from {child} as d
where {d.parent_key} = any(cast(cast(:ids as text[]) as {key_type}[]))
order by {d.parent_key}
limit 20
