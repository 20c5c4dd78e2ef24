-- Failures one by one, the newest first, from a place on.
-- Params:  code text or null for all ('unrecorded' for none),
--          before_at timestamptz or null for the first page, before_id text, most int
-- Returns: rows.FailureRow, at most so many
-- Cost:    that of failures_found; with a time limit
select
    e.id,
    e.failed_at,
    e.project_id,
    e.code,
    e.constraint_name,
    e.subject,
    e.operation
from {found} as e
where
    (cast(:code as text) is null or coalesce(e.code, 'unrecorded') = cast(:code as text))
    and (
        cast(:before_at as timestamptz) is null
        or (e.failed_at, convert_to(e.id, 'UTF8'))
        < (cast(:before_at as timestamptz), convert_to(cast(:before_id as text), 'UTF8'))
    )
order by e.failed_at desc, convert_to(e.id, 'UTF8') desc
limit cast(:most as int)
