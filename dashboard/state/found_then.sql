-- What was found in each environment until a moment: by the last entry that could look, and by the
-- last one if that could not.
-- Params:  places text as ,1,2, and moment in milliseconds
-- Returns: rows.FoundThen, one row a code; no row where there is no entry until then
-- Cost:    an index probe for every condition of all environments, for each of them
with chosen as (
    select place.id
    from place
    where :places like '%,' || place.id || ',%'
),

told as (
    select
        chosen.id as place,
        condition.id as condition,
        condition.unavailable is null as looked,
        (
            select max(entry.at)
            from entry
            where
                entry.condition = condition.id
                and entry.place = chosen.id
                and entry.at <= :moment  -- noqa: RF02
        ) as at
    from chosen
    cross join condition
),

latest as (
    select
        told.place,
        told.condition,
        told.looked,
        told.at,
        row_number() over (partition by told.place, told.looked order by told.at desc) as rank,
        max(told.at) over (partition by told.place) as last_at
    from told
    where told.at is not null
)

select
    latest.place as environment,
    latest.looked,
    finding.code,
    finding.severity,
    coalesce(finding.muted, 0) as muted
from latest
left join finding on latest.condition = finding.condition
where latest.rank = 1 and (latest.looked or latest.at = latest.last_at)
order by latest.looked, finding.code, finding.severity, muted
