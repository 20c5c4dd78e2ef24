-- What was found in an environment until a moment: by the last entry that could look, and by the
-- last one if that could not.
-- Params:  environment text, address text, moment in milliseconds
-- Returns: rows.FoundThen, one row a code; no row where there is no entry until then
-- Cost:    an index probe for every condition of all environments
with told as (
    select
        condition.id as condition,
        condition.unavailable is null as looked,
        (
            select max(entry.at)
            from entry
            where
                entry.condition = condition.id
                and entry.place = place.id
                and entry.at <= :moment  -- noqa: RF02
        ) as at
    from place
    cross join condition
    where place.environment = :environment and place.address = :address
),

latest as (
    select
        told.condition,
        told.looked,
        told.at,
        row_number() over (partition by told.looked order by told.at desc) as rank,
        max(told.at) over () as last_at
    from told
    where told.at is not null
)

select
    latest.looked,
    finding.code,
    finding.severity,
    coalesce(finding.muted, 0) as muted
from latest
left join finding on latest.condition = finding.condition
where latest.rank = 1 and (latest.looked or latest.at = latest.last_at)
order by latest.looked, finding.code, finding.severity, muted
