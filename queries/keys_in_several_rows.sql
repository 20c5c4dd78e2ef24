-- Keys that stand in more than one row, each as its newest row.
-- Params:  none
-- Returns: rows.Orphan, no order: orphans_counted and orphans_paged go through them
-- Cost:    one scan and a grouping: 0.6 s per million rows
select
    (array_agg(cast({d.id} as text) order by {d.created_at} desc nulls last, {d.id} asc))[1] as id,
    cast({d.project} as text) as project_id,
    (array_agg(cast({d.owner} as text) order by {d.created_at} desc nulls last, {d.id} asc))[1]
        as owner_id,
    cast(max({d.created_at}) as timestamptz) as created_at,
    cast(max({d.updated_at}) as timestamptz) as updated_at,
    cast(null as text) as status
from {counted} as d
where
    {d.key is not null}
group by {d.key}
having count(*) > 1
