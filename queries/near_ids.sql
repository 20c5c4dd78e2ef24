-- Projects whose id is one slip away from an id that is not there.
-- Params:  ids text[] (all spellings asked), id text, alphabet text,
--          fitting text (a pattern that keys have, or null)
-- Returns: rows.Project, at most 5
-- Cost:    about 1,800 index probes, and only when none of the spellings exists
with typed as (
    select
        cast(:id as text) as id,
        n.place
    from generate_series(1, length(cast(:id as text)) + 1) as n (place)
),

letters as (
    select substr(cast(:alphabet as text), n.place, 1) as letter
    from generate_series(1, length(cast(:alphabet as text))) as n (place)
),

variants as (
    select left(t.id, t.place - 1) || l.letter || substr(t.id, t.place + 1) as id
    from typed as t
    cross join letters as l
    where t.place <= length(t.id)
    union all
    select left(t.id, t.place - 1) || l.letter || substr(t.id, t.place) as id
    from typed as t
    cross join letters as l
    union all
    select left(t.id, t.place - 1) || substr(t.id, t.place + 1) as id
    from typed as t
    where t.place <= length(t.id)
    union all
    select
        left(t.id, t.place - 1)
        || reverse(substr(t.id, t.place, 2))
        || substr(t.id, t.place + 2) as id
    from typed as t
    where t.place < length(t.id)
)

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
    and {p.key} = any(array(
        select cast(v.id as {key_type})
        from variants as v
        where cast(:fitting as text) is null or v.id ~ cast(:fitting as text)
    ))
order by {p.key}
limit 5
