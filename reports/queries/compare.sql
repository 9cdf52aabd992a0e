-- title: Two price books
-- summary: What the same records cost under one price book and under another; an amount covers what its own book rates.
-- source: compared
-- period: month
-- parameters: period, by, where, zone, book, other_book, known_on
-- by: model
-- column: amount_usd | usd | sum | Amount under the price book.
-- column: other_usd | usd | sum | Amount under the other price book.
-- column: difference_usd | usd | difference(other_usd, amount_usd) | What the other one adds, where both are known.
-- column: ratio | ratio | ratio(both_other_usd, both_amount_usd) | How many times the amount the other one is, where both are known.
-- column: predictions | count | sum | Predictions and trainings, rated or not.
-- column: unrated | count | sum | Those without an amount under the price book.
-- column: other_unrated | count | sum | Those without an amount under the other price book.
-- detail: both_amount_usd | usd | sum | The amount, where both are known.
-- detail: both_other_usd | usd | sum | The other amount, where both are known.
with side as (
    select
        {by},
        amount_usd,
        null as other_usd,
        predictions,
        if(state = 'unrated', predictions, 0) as unrated,
        0 as other_unrated
    from spend
    union all
    select
        {by},
        null as amount_usd,
        amount_usd as other_usd,
        0 as predictions,
        0 as unrated,
        if(state = 'unrated', predictions, 0) as other_unrated
    from spend_other
),
line as (
    select
        {by},
        sum(amount_usd) as amount_usd,
        sum(other_usd) as other_usd,
        sum(predictions) as predictions,
        sum(unrated) as unrated,
        sum(other_unrated) as other_unrated
    from side
    group by {by}
)
select
    {by},
    amount_usd,
    other_usd,
    predictions,
    unrated,
    other_unrated,
    if(other_usd is null or amount_usd is null, 0, amount_usd) as both_amount_usd,
    if(other_usd is null or amount_usd is null, 0, other_usd) as both_other_usd
from line
order by amount_usd desc nulls last, other_usd desc nulls last, {by}
