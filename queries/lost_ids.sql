-- The keys that rows of a kind of orphans point at.
-- Params:  most bigint
-- Returns: rows.LostId, at most so many
-- Cost:    that of the rows; sent in the background only, with a time limit
select distinct f.project_id as id
from {found} as f
where f.project_id is not null
order by f.project_id
limit cast(:most as bigint)
