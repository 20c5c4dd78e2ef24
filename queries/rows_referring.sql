-- Rows that a foreign key ties to a row `g` that goes: one branch of rows_cascading.
-- Params:  none
-- Returns: rows.Cascading, one per row; `node` is what becomes of the rows of that table
-- Cost:    an index probe per row, or a pass over the table where no index leads with the key
select
    cast({node} as bigint) as node,
    cast({c.child_id} as text) as id
from {child} as c
inner join {parent} as p on {c.child_key = p.parent_key}
where
    g.node = {parent_node}  -- noqa: RF01
    and {p.parent_id} = cast(g.id as {parent_type})  -- noqa: RF01
