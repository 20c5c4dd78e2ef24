-- The id, where it is the key of another table (a user, a deployment, an app).
-- Params:  ids text[]
-- Returns: rows.Entity, one per hit; leg is the number of the relation asked
-- Cost:    one probe of a unique index per spelling
select
    {leg} as leg,
    cast({e.key} as text) as id,
    cast({e.project} as text) as project_id
from {entity} as e
where {e.key} = any(cast(cast(:ids as text[]) as {key_type}[]))
