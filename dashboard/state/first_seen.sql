-- The findings that are there now, and since when without interruption, as far as entries tell.
-- An entry that could not look does not interrupt: it says nothing of what it does not name.
-- Params:  places text as ,1,2,
-- Returns: rows.FirstSeen, one row a code
-- Cost:    an index probe for every code and condition of all environments, for each of them
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
            where entry.condition = condition.id and entry.place = chosen.id
        ) as until
    from chosen
    cross join condition
),

kept as (
    select
        told.place,
        told.condition,
        told.looked,
        told.until
    from told
    where told.until is not null
),

code as (
    select distinct
        kept.place,
        finding.code
    from kept
    inner join finding on kept.condition = finding.condition
),

absent as (
    select
        code.place,
        code.code,
        max(kept.until) as at
    from code
    inner join kept on code.place = kept.place
    left join finding on code.code = finding.code and kept.condition = finding.condition
    where kept.looked and finding.code is null
    group by code.place, code.code
),

seen as (
    select
        kept.place,
        finding.code,
        absent.at is null as or_earlier,
        (
            select min(entry.at)
            from entry
            where
                entry.condition = kept.condition
                and entry.place = kept.place
                and entry.at > coalesce(absent.at, -1)
        ) as since
    from kept
    inner join finding on kept.condition = finding.condition
    left join absent on kept.place = absent.place and finding.code = absent.code
)

select
    seen.place as environment,
    seen.code,
    min(seen.since) as since,
    seen.or_earlier
from seen
where seen.since is not null
group by seen.place, seen.code, seen.or_earlier
order by seen.code
