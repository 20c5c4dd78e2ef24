-- When each environment last had each of the statuses it ever had.
-- Params:  places text as ,1,2,
-- Returns: rows.LastStatus, one row a status
-- Cost:    an index probe for every condition of all environments, for each of them
with chosen as (
    select place.id
    from place
    where :places like '%,' || place.id || ',%'
),

last as (
    select
        chosen.id as place,
        condition.status,
        (
            select max(entry.at)
            from entry
            where entry.condition = condition.id and entry.place = chosen.id
        ) as at
    from chosen
    cross join condition
)

select
    last.place as environment,
    last.status,
    max(last.at) as at
from last
where last.at is not null
group by last.place, last.status
order by at desc, last.status asc
