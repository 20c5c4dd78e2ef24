-- Whether the table has any row at all: what the planner believes proves nothing.
-- Params:  none
-- Returns: rows.AnyRow, 1 row
-- Cost:    stops at the first row
select exists(select 1 from {parent}) as there
