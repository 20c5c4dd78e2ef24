-- Projects of one owner.
-- Params:  owner_id text
-- Returns: rows.Project, at most 20
-- Cost:    one index range; only sent where an index leads with the column
select
    {p.key as text} as id,
    cast({p.name} as text) as name,
    cast({p.owner} as text) as owner_id,
    cast({p.created_at} as timestamptz) as created_at,
    cast({p.updated_at} as timestamptz) as updated_at,
    cast({p.deleted_at} as timestamptz) as deleted_at,
    cast({p.deleted} as boolean) as deleted
from {parent} as p
where {p.owner} = cast(:owner_id as {owner_type})
order by {p.key}
limit 20
