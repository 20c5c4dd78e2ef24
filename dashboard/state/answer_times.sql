-- How long an environment took to answer, in every bucket, as far as entries are still kept.
-- Params:  environment text, address text, since, until and width in milliseconds
-- Returns: rows.AnswerTime; a bucket without an answer has no row
-- Cost:    reads and sorts every entry of the window
with answer as (
    select
        entry.at / :width * :width as start,
        entry.ms,
        row_number() over bucket as rank,
        count(*) over bucket as answers
    from entry
    inner join place on entry.place = place.id
    where
        place.environment = :environment
        and place.address = :address
        and entry.at >= :since
        and entry.at < :until
        and entry.ms is not null
    window bucket as (
        partition by entry.at / :width
        order by entry.ms
        rows between unbounded preceding and unbounded following
    )
)

select
    answer.start as at,
    -- the middle one, or the mean of the two in the middle
    avg(case when answer.rank * 2 between answer.answers and answer.answers + 2 then answer.ms end)
        as median_ms,
    max(answer.ms) as slowest_ms,
    count(*) as answers
from answer
group by answer.start
order by answer.start
