-- How many unmuted findings the last entries of every bucket have together, by severity.
-- Params:  places text as ,1,2, and since, until and width in milliseconds
-- Returns: rows.FindingCount; a bucket without an entry has no row
-- Cost:    two index probes a bucket and environment
with recursive bucket as (
    select :since as start
    union all
    select bucket.start + :width as start
    from bucket
    where bucket.start + :width < :until
),

chosen as (
    select place.id
    from place
    where :places like '%,' || place.id || ',%'
),

latest as (
    select
        bucket.start,
        (
            select entry.condition
            from entry
            where
                entry.place = chosen.id
                and entry.at >= bucket.start
                and entry.at < bucket.start + :width
                and entry.at < :until
            order by entry.at desc
            limit 1
        ) as condition
    from bucket
    cross join chosen
),

-- hundreds of environments are in a few conditions
told as (
    select
        latest.start,
        latest.condition,
        count(*) as environments
    from latest
    where latest.condition is not null
    group by latest.start, latest.condition
),

counted as (
    select
        told.start,
        condition.unavailable is not null as unavailable,
        finding.severity,
        case
            when condition.unavailable is null then coalesce(finding.times, 0) else 1
        end * told.environments as number
    from told
    inner join condition on told.condition = condition.id
    left join finding
        on
            condition.id = finding.condition
            and condition.unavailable is null
            and finding.muted = 0
)

select
    counted.start as at,
    counted.unavailable,
    counted.severity,
    cast(sum(counted.number) as bigint) as number
from counted
group by counted.start, counted.unavailable, counted.severity
order by counted.start, counted.unavailable, coalesce(counted.severity, '')
