-- How far back the readable part of the server's log goes.
-- Params:  none
-- Returns: rows.LogReach, 1 row
-- Cost:    the first 256 kB of each file of the log that is read
select
    r.covered_from,
    r.log_bytes,
    r.read_bytes
from {reach} as r
