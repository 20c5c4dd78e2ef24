-- Failures counted per hour or day and cause, per cause, and per id and code: one pass of a source.
-- Params:  since timestamptz, until timestamptz, unit text, zone text
-- Returns: rows.FailureCount: level bucket (gaps filled with 0), cause (50) or id (10 per code)
-- Cost:    that of failures_found; with a time limit
with placed as (
    select
        x.*,
        date_trunc(cast(:unit as text), x.failed_at, cast(:zone as text)) as bucket
    from {found} as x
),

counted as (
    select
        case grouping(e.bucket, e.constraint_name, e.project_id)
            when 1 then 'bucket'
            when 5 then 'cause'
            else 'id'
        end as level,
        e.bucket,
        e.code,
        e.constraint_name,
        e.subject,
        e.operation,
        e.project_id,
        cast(count(*) as bigint) as failures,
        cast(count(distinct e.project_id) as bigint) as ids,
        min(e.failed_at) as first_at,
        max(e.failed_at) as last_at
    from placed as e
    group by
        grouping sets (
            (e.bucket, e.code, e.constraint_name, e.subject, e.operation),
            (e.code, e.constraint_name, e.subject, e.operation),
            (e.project_id, e.code)
        )
),

moments as (
    select
        generate_series(
            cast(:since as timestamptz), cast(:until as timestamptz), interval '1 hour'
        ) as moment
    union all
    select cast(:until as timestamptz) as moment
),

ranked as (
    select
        c.*,
        row_number() over (
            partition by c.level, case when c.level = 'id' then c.code end
            order by c.failures desc, c.last_at desc
        ) as place
    from counted as c
    where c.level <> 'id' or c.project_id is not null
)

select
    r.level,
    r.bucket,
    r.code,
    r.constraint_name,
    r.subject,
    r.operation,
    r.project_id,
    r.failures,
    r.ids,
    r.first_at,
    r.last_at
from ranked as r
where r.place <= case r.level when 'bucket' then 5000 when 'cause' then 50 else 10 end
union all
select distinct
    'bucket' as level,
    date_trunc(
        cast(:unit as text),
        least(m.moment, cast(:until as timestamptz) - interval '1 us'),
        cast(:zone as text)
    ) as bucket,
    cast(null as text) as code,
    cast(null as text) as constraint_name,
    cast(null as text) as subject,
    cast(null as text) as operation,
    cast(null as text) as project_id,
    cast(0 as bigint) as failures,
    cast(0 as bigint) as ids,
    cast(null as timestamptz) as first_at,
    cast(null as timestamptz) as last_at
from moments as m
order by level, bucket, failures, code, constraint_name, subject, operation, project_id
