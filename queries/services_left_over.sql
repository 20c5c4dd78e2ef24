-- Rows that are not over, of a parent row that is not there or is marked as deleted.
-- Params:  over text[]
-- Returns: rows.Orphan, no order: orphans_counted and orphans_paged go through them
-- Cost:    an anti-join: 0.3 s per million rows
select
    cast({d.id} as text) as id,
    cast({d.project} as text) as project_id,
    cast({d.owner} as text) as owner_id,
    cast({d.created_at} as timestamptz) as created_at,
    cast({d.updated_at} as timestamptz) as updated_at,
    cast({d.status} as text) as status
from {counted} as d
where
    {d.key is not null}
    and coalesce(upper(cast({d.status} as text)), '') <> all(cast(:over as text[]))
    and not exists (
        select 1
        from {parent} as p
        where
            {p.parent_key = d.key}
            and {p.parent_deleted_at} is null
            and {p.parent_deleted} is not true
    )
