-- What the planner believes of empty keys: their share when the table was last analysed.
-- Params:  schema text, table_name text, column_name text
-- Returns: rows.NullShare, 1 row, or none where the column was never analysed
-- Cost:    catalog only
select
    statement_timestamp() as as_of,
    cast(s.null_frac as double precision) as share
from pg_catalog.pg_stats as s
where
    s.schemaname = cast(:schema as text)
    and s.tablename = cast(:table_name as text)
    and s.attname = cast(:column_name as text)
    and not s.inherited
