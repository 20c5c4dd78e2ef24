-- The first and the last entry of each environment.
-- Params:  places text as ,1,2,
-- Returns: rows.Reach; an environment without an entry has no row
-- Cost:    two index probes an environment
with chosen as (
    select place.id
    from place
    where :places like '%,' || place.id || ',%'
),

reach as (
    select
        chosen.id as place,
        (
            select min(entry.at)
            from entry
            where entry.place = chosen.id
        ) as since,
        (
            select max(entry.at)
            from entry
            where entry.place = chosen.id
        ) as until
    from chosen
)

select
    reach.place as environment,
    reach.since,
    reach.until
from reach
where reach.since is not null
