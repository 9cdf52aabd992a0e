-- The models of an invented account: 3,000 by rank of popularity, with what decides how their records look.
-- A few are real official models, by unit and with prices in the shipped book; the others bill by time.
create temp table recipe as
select
    cast($seed as varchar) as seed,
    cast($first as bigint) as first_ordinal,
    cast($count as bigint) as record_count,
    cast($total as bigint) as total_count,
    cast($damaged_per_million as integer) as damaged_per_million,
    cast($unfinished_percent as integer) as unfinished_percent;

create temp table official_model as
select model, unit, 3 * row_number() over () as model_rank
from (
    values
        ('black-forest-labs/flux-schnell', 'image'),
        ('meta/meta-llama-3-8b-instruct', 'token'),
        ('black-forest-labs/flux-1.1-pro', 'image'),
        ('openai/gpt-4o-mini', 'token'),
        ('kwaivgi/kling-v1.6-pro', 'video'),
        ('black-forest-labs/flux-dev', 'image'),
        ('deepseek-ai/deepseek-r1', 'token'),
        ('google/imagen-4', 'image'),
        ('recraft-ai/recraft-v3', 'image'),
        ('meta/meta-llama-3.1-405b-instruct', 'token'),
        ('google/veo-2', 'video'),
        ('ideogram-ai/ideogram-v3-turbo', 'image'),
        ('bytedance/seedream-4', 'image'),
        ('anthropic/claude-3.7-sonnet', 'token'),
        ('wavespeedai/wan-2.1-i2v-480p', 'video'),
        ('black-forest-labs/flux-kontext-pro', 'image')
) as listed (model, unit);

create temp table model as
with numbered as (
    select
        range as model_rank,
        sha256(concat((select seed from recipe), '/model/', range)) as digest
    from range(1, 3001)
)
select
    n.model_rank,
    coalesce(o.model, concat('team-', left(n.digest, 3), '/', 'model-', n.model_rank)) as model,
    coalesce(o.unit, 'second') as unit,
    case
        when o.model is not null then ['hidden']
        else list_transform(range(1 + n.model_rank % 9), lambda number: sha256(concat(n.digest, number)))
    end as versions,
    case when o.model is null then
        ['gpu-t4', 'gpu-l40s', 'gpu-l40s', 'gpu-a100-large', 'gpu-a100-large', 'gpu-h100', 'cpu'][
            1 + n.model_rank % 7
        ]
    end as hardware,
    case when n.model_rank % 20 = 7 then concat('team-', left(n.digest, 3), '/live-', n.model_rank) end as deployment
from numbered as n
left join official_model as o on o.model_rank = n.model_rank;
