-- What Prisma 8 has applied to this database, oldest first; never its statements: they hold values.
-- Params:  none
-- Returns: rows.ContractEdge, one per migration and time that it was applied
-- Cost:    one pass of a table of some hundred rows
select
    l.space,
    l.migration_name as name,
    l.migration_hash as hash,
    l.origin_core_hash as origin,
    l.destination_core_hash as destination,
    l.created_at
from prisma_contract.ledger as l
order by l.id
limit 50000
