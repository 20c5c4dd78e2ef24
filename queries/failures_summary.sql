-- Failures counted per hour or day and cause, per cause, and per id and code: one pass of a source.
-- Params:  since timestamptz, until timestamptz, unit text, zone text,
--          statuses text[] in lower case, tables text[] or null,
--          child_column text, parent_column text, parent_table text
-- Returns: rows.FailureCount: level bucket (gaps filled with 0), cause (50) or id (10 per code)
-- Cost:    one scan of the source, or one reading of the log's end; with a time limit
with events as (
    select
        cast({t.id} as text) as id,
        cast({t.at} as timestamptz) as failed_at,
        coalesce(
            cast({t.project_id} as text),
            case
                when cast({t.key_column} as text) = cast(:child_column as text)
                    then cast({t.key_value} as text)
                when
                    cast({t.key_column} as text) = cast(:parent_column as text)
                    and cast({t.table_name} as text) = cast(:parent_table as text)
                    then cast({t.key_value} as text)
            end
        ) as project_id,
        coalesce(
            cast({t.code} as text),
            substring(cast({t.error} as text) from '\m(P[1-6][0-9]{3}|23[0-9]{3})\M'),
            case when cast({t.error} as text) ~ 'oreign key constraint' then 'P2003' end
        ) as code,
        coalesce(
            cast({t.constraint_name} as text),
            substring(cast({t.error} as text) from '\m(\w+_[fp]?key)\M')
        ) as constraint_name,
        cast({t.table_name} as text) as subject,
        coalesce(cast({t.operation} as text), 'status ' || cast({t.status} as text)) as operation
    from {failures} as t
    where
        cast({t.at} as timestamptz) >= cast(:since as timestamptz)
        and cast({t.at} as timestamptz) < cast(:until as timestamptz)
        and (
            {told_by} = 0
            or ({told_by} = 1 and lower(cast({t.status} as text)) = any(cast(:statuses as text[])))
            or ({told_by} = 2 and {t.error} is not null)
        )
        and (
            cast(:tables as text[]) is null
            or coalesce(cast({t.table_name} as text), '') = any(cast(:tables as text[]))
        )
),

placed as (
    select
        x.*,
        date_trunc(cast(:unit as text), x.failed_at, cast(:zone as text)) as bucket
    from events as x
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
