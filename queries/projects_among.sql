-- Which of many ids of other environments are projects here, too.
-- Params:  ids text[]
-- Returns: rows.Project, one per id that is there
-- Cost:    one index probe per id: 5 ms per thousand
select
    {p.key as text} as id,
    cast({p.name} as text) as name,
    cast({p.owner} as text) as owner_id,
    cast({p.created_at} as timestamptz) as created_at,
    cast({p.updated_at} as timestamptz) as updated_at,
    cast({p.deleted_at} as timestamptz) as deleted_at,
    cast({p.deleted} as boolean) as deleted
from {parent} as p
where {p.key} = any(cast(cast(:ids as text[]) as {key_type}[]))
order by {p.key}
