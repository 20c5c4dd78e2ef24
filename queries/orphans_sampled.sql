-- How many rows of a share of a table's pages hold a key that no row of the other table has.
-- Params:  percent real
-- Returns: rows.OrphanSample, 1 row
-- Cost:    one index probe per sampled row: 30 ms per 100,000
select
    statement_timestamp() as as_of,
    cast(count(*) as bigint) as rows,
    cast(
        count(*) filter (
            where
            {d.key} is not null
            and not exists (
                select 1
                from {parent} as p
                where {p.parent_key} = {d.key}
            )
        ) as bigint
    ) as hits
from {counted} as d tablesample system (:percent)
