-- title: Two price books
-- summary: What the same records cost under one price book and under another; an amount covers what its own book rates.
-- source: compared
-- period: month
-- parameters: period, by, where, zone, book, other_book, known_on, prices_known_on, top
-- by: model
-- column: amount_usd | usd | sum(unrated) | Amount under the price book.
-- column: other_usd | usd | sum(other_unrated) | Amount under the other price book.
-- column: difference_usd | usd | difference(both_other_usd, both_amount_usd) | What the other one adds, over the records that both books rate.
-- column: ratio | ratio | ratio(both_other_usd, both_amount_usd) | How many times the amount the other one is, over the same records.
-- column: predictions | count | sum | Predictions and trainings, rated or not.
-- column: unrated | count | sum | Those without an amount under the price book.
-- column: other_unrated | count | sum | Those without an amount under the other price book.
-- detail: both_amount_usd | usd | sum | The amount of the records that both books rate.
-- detail: both_other_usd | usd | sum | The other amount of the same records.
with rated as (
    select prediction_id, {dimensions}, amount_usd
    from charged('used')
    {bucket}
    where charged_at >= $start and charged_at < $end and state = 'rated' and {where}
),
other_rated as (
    select prediction_id, {dimensions}, amount_usd
    from charged_other('used_other')
    {bucket}
    where charged_at >= $start and charged_at < $end and state = 'rated' and {where}
),
side as (
    select {by}, amount_usd, predictions, if(state = 'unrated', predictions + hours, 0) as unrated
    from spend
    union all by name
    select {by}, amount_usd as other_usd, if(state = 'unrated', predictions + hours, 0) as other_unrated
    from spend_other
    union all by name
    select {by}, amount_usd as both_amount_usd, 0 as both_other_usd
    from rated
    where prediction_id in (select prediction_id from other_rated)
    union all by name
    select {by}, 0 as both_amount_usd, amount_usd as both_other_usd
    from other_rated
    where prediction_id in (select prediction_id from rated)
)
select
    {by},
    sum(amount_usd) as amount_usd,
    sum(other_usd) as other_usd,
    sum(both_amount_usd) as both_amount_usd,
    sum(both_other_usd) as both_other_usd,
    coalesce(sum(predictions), 0) as predictions,
    coalesce(sum(unrated), 0) as unrated,
    coalesce(sum(other_unrated), 0) as other_unrated
from side
group by {by}
order by amount_usd desc nulls last, other_usd desc nulls last, {by}
