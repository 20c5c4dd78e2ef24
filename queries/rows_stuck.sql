-- Rows that have been under way since before a moment, or failed with a foreign-key error.
-- Params:  stuck_before timestamptz, ongoing text[], failed text[]
-- Returns: rows.Orphan, no order: orphans_counted and orphans_paged go through them
-- Cost:    one scan: 0.2 s per million rows
select
    cast({d.id} as text) as id,
    cast({d.project} as text) as project_id,
    cast({d.owner} as text) as owner_id,
    cast({d.created_at} as timestamptz) as created_at,
    cast({d.updated_at} as timestamptz) as updated_at,
    cast({d.status} as text) as status
from {counted} as d
where
    (
        (
            upper(cast({d.status} as text)) = any(cast(:ongoing as text[]))
            and coalesce({d.updated_at}, {d.created_at}) < cast(:stuck_before as timestamptz)
        )
        or (
            upper(cast({d.status} as text)) = any(cast(:failed as text[]))
            and cast({d.error} as text) ilike '%foreign key constraint%'
        )
    )
