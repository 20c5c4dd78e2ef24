-- The migrations ledger, oldest first; of its logs, which may hold rows, only what the error is.
-- Params:  none
-- Returns: rows.Migration, one per row of the ledger
-- Cost:    one pass of a table of some hundred rows
with ledger as (
    select
        m.id,
        cast(m.migration_name as text) as name,
        cast(m.checksum as text) as checksum,
        m.started_at,
        m.finished_at,
        m.rolled_back_at,
        m.applied_steps_count as applied_steps,
        substring({m.logs} from 'Database error code: (\w{5})') as sqlstate,
        -- one line: the next ones may be DETAIL
        regexp_replace(
            substring({m.logs} from 'Database error:\s+([^\n]+)'), '^ERROR:\s+', ''
        ) as error
    from {ledger} as m
)

select
    l.name,
    l.checksum,
    l.started_at,
    l.finished_at,
    l.rolled_back_at,
    l.applied_steps,
    l.sqlstate,
    -- data exceptions quote values, and what a script raises itself may say anything
    case
        when l.sqlstate ~ '^(0A|25|28|2B|23|40|42|53|54|55|57|58|XX)' then l.error
        when l.sqlstate ~ '^22' then regexp_replace(l.error, '"[^"]*"', '"…"', 'g')
    end as error
from ledger as l
order by l.started_at, l.id
limit 50000
