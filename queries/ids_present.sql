-- Which of these keys a table has.
-- Params:  ids text[]
-- Returns: rows.LostId, at most one per key
-- Cost:    one index probe per key: 4 ms per 1,000
select {p.key as text} as id
from {parent} as p
where {p.key} = any(cast(cast(:ids as text[]) as {key_type}[]))
order by {p.key}
