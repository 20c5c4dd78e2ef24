-- When an environment last had each of the statuses it ever had.
-- Params:  environment text, address text
-- Returns: rows.LastStatus, one row a status
-- Cost:    an index probe for every condition of all environments
with last as (
    select
        condition.status,
        (
            select max(entry.at)
            from entry
            where entry.condition = condition.id and entry.place = place.id
        ) as at
    from place
    cross join condition
    where place.environment = :environment and place.address = :address
)

select
    last.status,
    max(last.at) as at
from last
where last.at is not null
group by last.status
order by at desc, last.status asc
