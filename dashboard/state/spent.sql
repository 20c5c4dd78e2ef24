-- Entries that need not be kept: too old, not the last of their hour, or of a clock gone wrong.
-- Params:  oldest, whole, hour and future in milliseconds, batch integer
-- Returns: id, at most so many
-- Cost:    one pass over all entries, an index probe each
select entry.id
from entry
where
    entry.at < :oldest
    or entry.at > :future
    or (
        entry.at < :whole
        and exists (
            select 1
            from entry as later
            where
                later.place = entry.place
                and later.at >= entry.at
                and later.at < (entry.at / :hour + 1) * :hour
                and (later.at > entry.at or later.id > entry.id)
        )
    )
order by entry.id
limit :batch
