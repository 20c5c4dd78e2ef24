-- Projects whose id begins with what was pasted, when that is no id itself.
-- Params:  ids text[] (all spellings asked), prefix text, low and high text (the range it is in)
-- Returns: rows.Project, at most 5
-- Cost:    one index range; the upper bound and the re-check hold in every collation
select
    cast({p.key} as text) as id,
    cast({p.name} as text) as name,
    cast({p.owner} as text) as owner_id,
    cast({p.created_at} as timestamptz) as created_at,
    cast({p.updated_at} as timestamptz) as updated_at,
    cast({p.deleted_at} as timestamptz) as deleted_at,
    cast({p.deleted} as boolean) as deleted
from {parent} as p
where
    not exists (
        select 1
        from {parent} as x
        where {x.key} = any(cast(cast(:ids as text[]) as {key_type}[]))
    )
    and {p.key} >= cast(cast(:low as text) as {key_type})
    and {p.key} <= cast(cast(:high as text) as {key_type})
    and starts_with(cast({p.key} as text), cast(:prefix as text))
order by {p.key}
limit 5
