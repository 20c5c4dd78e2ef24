-- How long each environment took to answer, in every bucket, as far as entries are still kept.
-- Params:  places text as ,1,2, and since, until and width in milliseconds
-- Returns: rows.AnswerTime; a bucket without an answer has no row
-- Cost:    reads and sorts every entry of the window
with chosen as (
    select place.id
    from place
    where :places like '%,' || place.id || ',%'
),

answer as (
    select
        entry.place,
        entry.at / :width * :width as start,
        entry.ms,
        row_number() over bucket as rank,
        count(*) over bucket as answers
    from chosen
    cross join entry
    where
        entry.place = chosen.id
        and entry.at >= :since
        and entry.at < :until
        and entry.ms is not null
    window bucket as (
        partition by entry.place, entry.at / :width
        order by entry.ms
        rows between unbounded preceding and unbounded following
    )
)

select
    answer.place as environment,
    answer.start as at,
    -- the middle one, or the mean of the two in the middle
    avg(case when answer.rank * 2 between answer.answers and answer.answers + 2 then answer.ms end)
        as median_ms,
    max(answer.ms) as slowest_ms,
    count(*) as answers
from answer
group by answer.place, answer.start
order by answer.start
