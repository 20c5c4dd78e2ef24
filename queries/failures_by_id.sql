-- Failed deployments of one source, counted by id and cause: those of some ids, or of some causes.
-- Params:  wanted text[] or null for all ids, codes text[] or null for all,
--          constraint_name text or null for all (a failure that names none is any), most int
-- Returns: rows.IdFailures, the newest first
-- Cost:    that of failures_found; with a time limit
select
    e.project_id,
    e.code,
    e.constraint_name,
    e.subject,
    e.operation,
    cast(count(*) as bigint) as failures,
    min(e.failed_at) as first_at,
    max(e.failed_at) as last_at
from {found} as e
where
    e.project_id is not null
    and (
        cast(:wanted as text[]) is null or e.project_id = any(cast(:wanted as text[]))
    )
    and (cast(:codes as text[]) is null or e.code = any(cast(:codes as text[])))
    and (
        cast(:constraint_name as text) is null
        or coalesce(e.constraint_name, cast(:constraint_name as text))
        = cast(:constraint_name as text)
    )
group by
    e.project_id,
    e.code,
    e.constraint_name,
    e.subject,
    e.operation
order by last_at desc, e.project_id asc
limit cast(:most as int)
