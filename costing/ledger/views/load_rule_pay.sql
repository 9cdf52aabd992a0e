-- What each billing rule pays at each status that it knows; a status that is missing here is unknown to it.
create or replace temp table compiled_rule_pay as
select
    unnest(cast($rules as varchar[])) as rule,
    unnest(cast($statuses as varchar[])) as status,
    unnest(cast($pays as varchar[])) as pays,
    unnest(cast($documented as varchar[])) = 'true' as is_documented;
