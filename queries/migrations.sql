-- The migrations ledger, oldest first, without its logs.
-- Params:  none
-- Returns: rows.Migration, one per row of the ledger
-- Cost:    one pass of a table of some hundred rows
select
    cast(m.migration_name as text) as name,
    cast(m.checksum as text) as checksum,
    m.started_at,
    m.finished_at,
    m.rolled_back_at,
    m.applied_steps_count as applied_steps,
    substring({m.logs} from 'Database error code: (\w{5})') as sqlstate
from {ledger} as m
order by m.started_at, m.id
limit 5000
