-- How many unmuted findings the last entry of every bucket has, by severity.
-- Params:  environment text, address text, since, until and width in milliseconds
-- Returns: rows.FindingCount; a bucket without an entry has no row
-- Cost:    two index probes a bucket
with recursive bucket as (
    select :since as start
    union all
    select bucket.start + :width as start
    from bucket
    where bucket.start + :width < :until
),

latest as (
    select
        bucket.start,
        (
            select entry.id
            from entry
            where
                entry.place = (
                    select place.id
                    from place
                    where place.environment = :environment and place.address = :address
                )
                and entry.at >= bucket.start
                and entry.at < bucket.start + :width
                and entry.at < :until
            order by entry.at desc
            limit 1
        ) as entry
    from bucket
)

select
    latest.start as at,
    condition.status,
    condition.unavailable,
    finding.severity,
    case when condition.unavailable is null then coalesce(sum(finding.times), 0) end as number
from latest
inner join entry on latest.entry = entry.id
inner join condition on entry.condition = condition.id
left join finding
    on
        condition.id = finding.condition
        and condition.unavailable is null
        and finding.muted = 0
group by latest.start, condition.status, condition.unavailable, finding.severity
order by latest.start, finding.severity
