-- The findings that are there now, and since when without interruption, as far as entries tell.
-- An entry that could not look does not interrupt: it says nothing of what it does not name.
-- Params:  environment text, address text
-- Returns: rows.FirstSeen, one row a code
-- Cost:    an index probe for every code and condition of all environments
with here as (
    select place.id
    from place
    where place.environment = :environment and place.address = :address
),

told as (
    select
        condition.id as condition,
        condition.unavailable is null as looked,
        (
            select max(entry.at)
            from entry
            where entry.condition = condition.id and entry.place = here.id
        ) as until
    from here
    cross join condition
),

code as (
    select distinct finding.code
    from told
    inner join finding on told.condition = finding.condition
    where told.until is not null
),

absent as (
    select
        code.code,
        max(told.until) as at
    from code
    cross join told
    left join finding on code.code = finding.code and told.condition = finding.condition
    where told.looked and told.until is not null and finding.code is null
    group by code.code
),

seen as (
    select
        finding.code,
        absent.at is null as or_earlier,
        (
            select min(entry.at)
            from entry
            where
                entry.condition = told.condition
                and entry.place = here.id
                and entry.at > coalesce(absent.at, -1)
        ) as since
    from here
    cross join told
    inner join finding on told.condition = finding.condition
    left join absent on finding.code = absent.code
)

select
    seen.code,
    min(seen.since) as since,
    seen.or_earlier
from seen
where seen.since is not null
group by seen.code, seen.or_earlier
order by seen.code
