-- All rows but the newest of each key: what the clean-up of duplicates deletes.
-- Params:  none
-- Returns: rows.RowId, one per row
-- Cost:    one scan and a sort: 1 s per million rows
select x.id
from (
    select
        cast({d.id} as text) as id,
        row_number() over (
            partition by {d.key} order by {d.created_at} desc nulls last, {d.id} asc
        ) as place
    from {counted} as d
    where {d.key is not null}
) as x
where x.place > 1
