-- The first and the last entry of an environment.
-- Params:  environment text, address text
-- Returns: rows.Reach, 0 or 1 row
-- Cost:    two index probes
with reach as (
    select
        (
            select min(entry.at)
            from entry
            where entry.place = place.id
        ) as since,
        (
            select max(entry.at)
            from entry
            where entry.place = place.id
        ) as until
    from place
    where place.environment = :environment and place.address = :address
)

select
    reach.since,
    reach.until
from reach
where reach.since is not null
