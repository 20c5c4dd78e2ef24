-- At which contract this database is, by Prisma 8's own word.
-- Params:  none
-- Returns: rows.ContractMarker, one per space: the application and each extension
-- Cost:    a table of a few rows
select
    m.space,
    m.core_hash,
    m.updated_at,
    m.invariants
from prisma_contract.marker as m
order by m.space
