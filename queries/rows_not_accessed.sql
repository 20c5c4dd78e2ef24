-- Rows made before a moment that nobody has used since then.
-- Params:  before timestamptz
-- Returns: rows.Orphan, no order: orphans_counted and orphans_paged go through them
-- Cost:    one scan: 0.1 s per million rows
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
    and ({d.accessed_at} is null or {d.accessed_at} < cast(:before as timestamptz))
