-- The first and the last ids of the parent table, to see what shape its ids have.
-- Params:  none
-- Returns: rows.SampleId, at most 40
-- Cost:    the two ends of an index
(
    select {p.key as text} as id
    from {parent} as p
    where {p.key} is not null
    order by {p.key} asc
    limit 20
)
union
(
    select {p.key as text} as id
    from {parent} as p
    where {p.key} is not null
    order by {p.key} desc
    limit 20
)
order by id
