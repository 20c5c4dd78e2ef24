-- Child rows that belong to somebody else than their parent row does.
-- Params:  low, high of the table and parent_low, parent_high of the other, or null
-- Returns: rows.Orphan, no order: orphans_counted and orphans_paged go through them
-- Cost:    a join: 0.4 s per million rows
select
    cast({d.id} as text) as id,
    cast({d.project} as text) as project_id,
    cast({d.owner} as text) as owner_id,
    cast({d.created_at} as timestamptz) as created_at,
    cast({d.updated_at} as timestamptz) as updated_at,
    cast({d.status} as text) as status
from {counted} as d
inner join {parent} as p on {d.key} = {p.parent_key}
where
    {d.owner} <> {p.parent_owner}
    and (
        cast(:parent_low as text) is null
        or {p.parent_key} > cast(cast(:parent_low as text) as {parent_type})
    )
    and (
        cast(:parent_high as text) is null
        or {p.parent_key} <= cast(cast(:parent_high as text) as {parent_type})
    )
    and (
        cast(:low as text) is null
        or {d.place} > cast(cast(:low as text) as {place_type})
    )
    and (
        cast(:high as text) is null
        or {d.place} <= cast(cast(:high as text) as {place_type})
    )
