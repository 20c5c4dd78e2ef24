-- Rows of a table whose key is empty.
-- Params:  none
-- Returns: rows.Orphan, no order: orphans_counted and orphans_paged go through them
-- Cost:    one scan: 90 ms per million rows, less with an index on the key
select
    cast({d.id} as text) as id,
    cast({d.project} as text) as project_id,
    cast({d.owner} as text) as owner_id,
    cast({d.created_at} as timestamptz) as created_at,
    cast({d.updated_at} as timestamptz) as updated_at,
    cast({d.status} as text) as status
from {counted} as d
where
    {d.key is null}
