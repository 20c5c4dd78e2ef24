-- How many rows of other tables, and further ones of its own, a deletion of rows takes or touches.
-- Params:  none but those of the rows
-- Returns: rows.CascadeCount, one per node that any row has; 0: further rows of the same table
-- Cost:    that of the rows, and of rows_referring for each of them; in the background only
with recursive picked as (
    select f.id
    from {found} as f
),

gone as (
    select
        cast(0 as bigint) as node,
        p.id
    from picked as p
    union
    select
        x.node,
        x.id
    from gone as g  -- noqa: AL05
    inner join lateral {branches} as x on true
)

select
    n.node,
    cast(count(*) as bigint) as rows
from gone as n
where
    n.node > 0
    or not exists (
        select 1
        from picked as p
        where p.id = n.id
    )
group by n.node
order by n.node
