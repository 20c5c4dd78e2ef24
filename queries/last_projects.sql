-- The projects with the last keys: the newest ones, where keys grow with time.
-- Params:  none
-- Returns: rows.Project, at most 200
-- Cost:    one end of the key's index
select
    {p.key as text} as id,
    cast({p.name} as text) as name,
    cast({p.owner} as text) as owner_id,
    cast({p.created_at} as timestamptz) as created_at,
    cast({p.updated_at} as timestamptz) as updated_at,
    cast({p.deleted_at} as timestamptz) as deleted_at,
    cast({p.deleted} as boolean) as deleted
from {parent} as p
where {p.key} is not null
order by {p.key} desc
limit 200
