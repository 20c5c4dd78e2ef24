-- Where the next part of a table ends, going along an index.
-- Params:  low text, or null at the start; step bigint, the rows of a part
-- Returns: rows.Place, 1 row, or none where the rest is no longer than a part
-- Cost:    a walk along the index: 10 ms per 100,000 rows
select cast({d.place} as text) as id
from {counted} as d
where
    {d.place} is not null
    and (cast(:low as text) is null or {d.place} > cast(cast(:low as text) as {place_type}))
order by {d.place}
offset cast(:step as bigint) fetch first 1 rows only
