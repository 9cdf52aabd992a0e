-- Touches no row where the alert is recorded already, whatever it says now.
insert into alert (
    alert_id, budget, period, basis, threshold, episode,
    severity, opened_at, threshold_usd, summary, payload, is_sent
)
values (
    $alert_id, $budget, $period, $basis, $threshold, $episode,
    $severity, $opened_at, $threshold_usd, $summary, $payload, $is_sent
)
on conflict (budget, period, basis, threshold, episode) do nothing
