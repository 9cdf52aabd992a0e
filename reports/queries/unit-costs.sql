-- title: Unit costs
-- summary: What one succeeded prediction, image, output token and second of output cost, failures included; only rated predictions count.
-- source: used
-- period: month
-- parameters: period, by, where, zone, book, known_on, prices_known_on, top
-- always: model
-- column: amount_usd | usd | sum(unrated) | What is charged; unknown where nothing of the line is rated.
-- column: succeeded | count | sum | Predictions that succeeded.
-- column: usd_per_succeeded | price | ratio(amount_usd, succeeded) | Amount for one of them.
-- column: images | quantity | sum | Images that they put out.
-- column: usd_per_image | price | ratio(image_amount_usd, images) | Amount for one of them.
-- column: output_tokens | quantity | sum | Tokens that they put out.
-- column: usd_per_output_token | price | ratio(token_amount_usd, output_tokens) | Amount for one of them.
-- column: output_seconds | seconds | sum | Seconds of video and sound that they put out.
-- column: usd_per_output_second | price | ratio(second_amount_usd, output_seconds) | Amount for one of them.
-- detail: unrated | count | sum | Predictions without an amount.
-- detail: image_amount_usd | usd | sum | The amount, where images were put out.
-- detail: token_amount_usd | usd | sum | The amount, where tokens were put out.
-- detail: second_amount_usd | usd | sum | The amount, where video or sound was put out.
with billed as (
    select
        prediction_id,
        sum(billed_quantity) filter (where unit = 'output_image') as images,
        sum(billed_quantity) filter (where unit = 'output_token') as tokens,
        sum(billed_quantity) filter (where unit = 'output_video_second') as video_seconds,
        sum(billed_quantity) filter (where unit = 'output_audio_second') as audio_seconds
    from charge
    where charged_at >= $start and charged_at < $end and status = 'succeeded' and state = 'rated'
    group by prediction_id
),
-- What was put out: what was billed, where that is what is billed, else what the metrics count.
output as (
    select
        {dimensions},
        coalesce(images, quantities[$output_image], quantities[$output_image_alias]) as images,
        coalesce(tokens, quantities[$output_token], quantities[$output_token_alias]) as tokens,
        coalesce(
            video_seconds,
            quantities[$output_video_second],
            quantities[$output_video_second_alias]
        ) as video_seconds,
        coalesce(
            audio_seconds,
            quantities[$output_audio_second],
            quantities[$output_audio_second_alias]
        ) as audio_seconds
    from record
    inner join billed using (prediction_id)
    {bucket}
    where charged_at >= $start and charged_at < $end and status = 'succeeded' and {where}
        and cardinality(quantities) > 0
),
cost_or_output as (
    select
        {by},
        sum(amount_usd) as amount_usd,
        sum(predictions) filter (where status = 'succeeded' and state = 'rated') as succeeded,
        sum(predictions + hours) filter (where state = 'unrated') as unrated,
        null as images,
        null as tokens,
        null as seconds
    from spend
    group by {by}
    union all
    select
        {by},
        null as amount_usd,
        null as succeeded,
        null as unrated,
        sum(images) as images,
        sum(tokens) as tokens,
        sum(coalesce(video_seconds, 0) + coalesce(audio_seconds, 0)) as seconds
    from output
    group by {by}
),
line as (
    select
        {by},
        sum(amount_usd) as amount_usd,
        coalesce(sum(succeeded), 0) as succeeded,
        coalesce(sum(unrated), 0) as unrated,
        coalesce(sum(images), 0) as images,
        coalesce(sum(tokens), 0) as output_tokens,
        coalesce(sum(seconds), 0) as output_seconds
    from cost_or_output
    group by {by}
)
select
    {by},
    amount_usd,
    succeeded,
    unrated,
    images,
    output_tokens,
    output_seconds,
    if(images > 0, amount_usd, 0) as image_amount_usd,
    if(output_tokens > 0, amount_usd, 0) as token_amount_usd,
    if(output_seconds > 0, amount_usd, 0) as second_amount_usd
from line
order by amount_usd desc nulls last, succeeded desc, {by}
