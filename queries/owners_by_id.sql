-- Owners of projects, to tell whether the owner of a project is there.
-- Params:  ids text[]
-- Returns: rows.Owner, 0 to n rows
-- Cost:    one index probe per id
select cast({o.key} as text) as id
from {owner} as o
where {o.key} = any(cast(cast(:ids as text[]) as {key_type}[]))
order by {o.key}
limit 50
