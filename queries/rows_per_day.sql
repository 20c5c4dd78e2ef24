-- Rows created per UTC day since a moment.
-- Params:  since timestamptz
-- Returns: rows.DayCount, one per day with rows
-- Cost:    one scan: 60 ms per million rows; sent in the background only, with a time limit
select
    date_trunc('day', cast({c.created_at} as timestamptz)) as day,
    cast(count(*) as bigint) as rows
from {counted} as c
where cast({c.created_at} as timestamptz) >= cast(:since as timestamptz)
group by date_trunc('day', cast({c.created_at} as timestamptz))
order by day
