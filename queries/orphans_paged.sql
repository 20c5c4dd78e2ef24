-- The rows of a kind of orphans, a page at a time.
-- Params:  after text, the last id of the page before, or null; most bigint
-- Returns: rows.Orphan, at most so many, in the order of their ids
-- Cost:    along the table's key until the page is full: the whole table where there are few
select
    f.id,
    f.project_id,
    f.owner_id,
    f.created_at,
    f.updated_at,
    f.status
from {found} as f
where cast(:after as text) is null or f.id > cast(:after as text)
order by f.id
limit cast(:most as bigint)
