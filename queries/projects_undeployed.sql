-- Rows of the parent table, not deleted and made before a moment, that no child row points at.
-- Params:  before timestamptz
-- Returns: rows.Orphan, no order: orphans_counted and orphans_paged go through them
-- Cost:    an anti-join: 0.4 s per million rows
select
    cast({d.id} as text) as id,
    cast({d.project} as text) as project_id,
    cast({d.owner} as text) as owner_id,
    cast({d.created_at} as timestamptz) as created_at,
    cast({d.updated_at} as timestamptz) as updated_at,
    cast({d.status} as text) as status
from {counted} as d
where
    {d.created_at} < cast(:before as timestamptz)
    and {d.deleted_at} is null
    and {d.deleted} is not true
    and not exists (
        select 1
        from {child} as c
        where {c.child_key = d.key}
    )
