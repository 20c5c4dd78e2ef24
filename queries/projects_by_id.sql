-- Projects under any of these spellings of ids, each beside the spelling that it answers to.
-- Params:  ids text[]
-- Returns: rows.AskedProject, at most 50 per spelling
-- Cost:    one index probe per spelling, at any table size
select
    f.id,
    f.name,
    f.owner_id,
    f.created_at,
    f.updated_at,
    f.deleted_at,
    f.deleted,
    a.asked
from unnest(cast(:ids as text[])) as a (asked)
inner join lateral (
    select
        {p.key as text} as id,
        cast({p.name} as text) as name,
        cast({p.owner} as text) as owner_id,
        cast({p.created_at} as timestamptz) as created_at,
        cast({p.updated_at} as timestamptz) as updated_at,
        cast({p.deleted_at} as timestamptz) as deleted_at,
        cast({p.deleted} as boolean) as deleted
    from {parent} as p
    -- by the column's own idea of equality: letter case of a uuid, blanks behind a char(n)
    where {p.key = a.asked}
    fetch first 50 rows only  -- also keeps the planner to one probe per spelling
) as f on true
order by
    f.id,
    a.asked
