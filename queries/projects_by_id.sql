-- Projects under any of these spellings of an id, and whether the spelling asked for is theirs.
-- Params:  ids text[], id text
-- Returns: rows.Found, 0 to n rows
-- Cost:    one index probe per spelling, at any table size
select
    cast({p.key} as text) as id,
    cast({p.name} as text) as name,
    cast({p.owner} as text) as owner_id,
    cast({p.created_at} as timestamptz) as created_at,
    cast({p.updated_at} as timestamptz) as updated_at,
    cast({p.deleted_at} as timestamptz) as deleted_at,
    -- by the column's own idea of equality: letter case of a uuid, blanks behind a char(n)
    {p.key} = cast(cast(:id as text) as {key_type}) as exact
from {parent} as p
where {p.key} = any(cast(cast(:ids as text[]) as {key_type}[]))
order by {p.key}
limit 50
