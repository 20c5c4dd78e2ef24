-- The identifier a cluster shares with its replicas, clones and restored snapshots.
-- Params:  none
-- Returns: rows.SystemIdentifier, 1 row
-- Cost:    one read of pg_control
select cast(c.system_identifier as text) as system_identifier
from pg_control_system() as c
