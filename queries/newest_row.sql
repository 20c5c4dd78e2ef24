-- When the newest row of the child table was made: whether anybody still writes there.
-- Params:  none
-- Returns: rows.Newest, 1 row
-- Cost:    one end of an index; only sent where one leads with the column, or the table is tiny
select cast(max({d.created_at}) as timestamptz) as at
from {child} as d
