-- The owners, as far as they exist, of the projects with these ids.
-- Params:  ids text[]
-- Returns: rows.Owner, 0 to n rows
-- Cost:    two index probes per id
select cast({o.key} as text) as id
from {parent} as p
inner join {owner} as o on {p.parent_owner} = {o.key}
where {p.parent_key} = any(cast(cast(:ids as text[]) as {key_type}[]))
order by {o.key}
limit 50
