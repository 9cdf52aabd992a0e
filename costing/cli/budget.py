"""`costing budget`: what may be spent, what is, and who was told.

Rule of this file: parse, call, present. What a budget has reached is decided in `costing.budget`.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from costing.cli.help import add_command, new_group
from costing.cli.invocation import invocation_of
from costing.cli.output import write_grid, write_json, write_lines, write_text
from costing.cli.shape import Shape, ShapeOption
from costing.errors import ExitCode

if TYPE_CHECKING:
    from costing.budget.check import CheckResult
    from costing.cli.invocation import Invocation

CHECK_EXAMPLES = """
costing budget check
costing budget check --dry-run
costing budget check --heartbeat-url https://hc-ping.com/your-check
costing budget check --nagios
"""
STATUS_EXAMPLES = """
costing budget status
costing budget status --format json
costing budget status --format markdown
"""
BACKTEST_EXAMPLES = """
costing budget backtest
costing budget backtest --from 2026-08-01 --to 2026-11-01 --budget search
"""
HISTORY_TITLES = ("alert", "opened", "severity", "state", "told", "what")


def register(application: typer.Typer) -> None:
    """Add the group to the command line."""
    text = "Budgets of budgets.toml: where they stand, and alerts that are told once."
    group = new_group(text, examples=f"{CHECK_EXAMPLES}{STATUS_EXAMPLES}{BACKTEST_EXAMPLES}")
    add_command(group, "list", list_all, "costing budget list")
    add_command(group, "check", check, CHECK_EXAMPLES)
    add_command(group, "status", status, STATUS_EXAMPLES)
    add_command(group, "history", history, "costing budget history --budget search")
    add_command(group, "ack", acknowledge, "costing budget ack 79ADAC98F0F4")
    add_command(group, "test", test, "costing budget test ops")
    add_command(group, "backtest", backtest, BACKTEST_EXAMPLES)
    add_command(group, "explain", explain, "costing budget explain search")
    application.add_typer(group, name="budget")


def list_all(context: typer.Context, shape: ShapeOption = Shape.TABLE) -> None:
    """List the budgets as budgets.toml has them."""
    from costing.budget.presentation import LIST_TITLES, list_facts, list_rows

    invocation = invocation_of(context)
    source = invocation.open().budget_source()
    if shape is Shape.JSON:
        write_json(list_facts(source))
    elif source.budgets:
        write_grid(LIST_TITLES, list_rows(source), right=["limit"])
    else:
        invocation.tell("budgets.toml has no [[budget]] yet: uncomment one there, or write one")


def check(
    context: typer.Context,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be told; write and send nothing.")
    ] = False,
    has_exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 when a threshold is reached.")
    ] = False,
    is_nagios: Annotated[
        bool, typer.Option("--nagios", help="One plugin line; exit 0, 1, 2 or 3.")
    ] = False,
    heartbeat_url: Annotated[
        str | None,
        typer.Option("--heartbeat-url", metavar="URL", help="Asked for after success only."),
    ] = None,
) -> None:
    """Evaluate the budgets and tell what is new, each alert once. Made for cron.

    Takes in first what waits in the inbox. Silent when nothing is new, and 0 whenever it worked; 5
    when messages remain undelivered, which the next run tries again.
    """
    invocation = invocation_of(context)
    if is_nagios:
        _check_as_plugin(invocation, is_dry_run=is_dry_run, heartbeat_url=heartbeat_url)
        return
    from costing.budget.presentation import describe_faults

    result = invocation.open().check_budgets(is_dry_run=is_dry_run)
    if is_dry_run:
        due = [f"would tell: {one.summary}" for one in result.opened if one.is_sent]
        if due:
            write_lines(due)
        else:
            invocation.tell("nothing would be told")
    else:
        for line in describe_faults(result.relayed.faults) if result.relayed else ():
            invocation.tell(line)
    code = _code(result, has_exit_code=has_exit_code)
    if heartbeat_url is not None and not is_dry_run and code in {ExitCode.OK, ExitCode.FAILED}:
        _beat(invocation, heartbeat_url)
    if code:
        raise typer.Exit(code)


def status(
    context: typer.Context,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table, json or markdown.")
    ] = "table",
) -> None:
    """Show where each budget stands: spent, limit, forecast, pace."""
    from costing.budget.presentation import find_status_format

    write = find_status_format(form)
    write_text(write(invocation_of(context).open().budgets()))


def history(
    context: typer.Context,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="NAME", help="Only of this budget.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, help="Only so many, the newest.")
    ] = 50,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """List the alerts that were told, the newest first, and what became of their messages."""
    from costing.budget.presentation import history_facts, history_rows

    told = invocation_of(context).open().budget_history(budget, limit)
    if shape is Shape.JSON:
        write_json(history_facts(told))
    elif told:
        write_grid(HISTORY_TITLES, history_rows(told))
    else:
        invocation_of(context).tell("no alert was told yet")


def acknowledge(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ID", help="Id of an alert, or its beginning.")],
) -> None:
    """Close an alert that somebody has seen; it is not told again in its period."""
    stored = invocation_of(context).open().acknowledge_alert(alert)
    write_lines([f"{stored.alert.alert_id} closed: {stored.alert.summary}"])


def test(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Name of a channel.")],
) -> None:
    """Send a test message to one channel and say what came of it; exit 5 if it did not arrive."""
    from costing.notify.channel import Result

    invocation = invocation_of(context)
    outcome = invocation.open().test_channel(channel)
    what = "not delivered" if outcome.result is Result.RETRY else outcome.result.value
    invocation.tell(f"{channel}: {what}{outcome.reason and f': {outcome.reason}'}")
    if outcome.result is not Result.DELIVERED:
        raise typer.Exit(ExitCode.UNDELIVERED)


def backtest(
    context: typer.Context,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day; else 90 days ago.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="End, itself not included.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="NAME", help="Only this budget.")
    ] = None,
    is_as_ingested: Annotated[
        bool,
        typer.Option("--as-ingested", help="By what this ledger held each morning; slower."),
    ] = False,
    shape: ShapeOption = Shape.TABLE,
) -> None:
    """Show what the budgets would have told in the past, by what was known each day."""
    from costing.budget.picture import backtest_facts, describe_backtest

    costing = invocation_of(context).open()
    found = costing.backtest_budgets(
        from_=from_, to=to, budget=budget, is_as_ingested=is_as_ingested
    )
    if shape is Shape.JSON:
        write_json(backtest_facts(found))
    else:
        write_lines(describe_backtest(found))


def explain(
    context: typer.Context,
    budget: Annotated[str, typer.Argument(metavar="BUDGET", help="Name of the budget.")],
) -> None:
    """Show why a budget is where it is: spend by day, thresholds, forecast, what moved."""
    write_lines(invocation_of(context).open().explain_budget(budget))


def _check_as_plugin(
    invocation: Invocation, *, is_dry_run: bool, heartbeat_url: str | None
) -> None:
    """The same as a monitoring plugin: https://nagios-plugins.org/doc/guidelines.html."""
    from costing.budget.presentation import plugin_line

    with redirect_stdout(sys.stderr):  # A plugin's one line stands alone, whatever channels say.
        result = invocation.open().check_budgets(is_dry_run=is_dry_run)
    code, line = plugin_line(result)
    write_lines([line])
    if heartbeat_url is not None and not is_dry_run:
        _beat(invocation, heartbeat_url)
    if code:
        raise typer.Exit(code)


def _code(result: CheckResult, *, has_exit_code: bool) -> ExitCode:
    """What the run tells its caller: undelivered messages before anything that is reached."""
    if result.undelivered:
        return ExitCode.UNDELIVERED
    is_reached = any(one.reached for one in result.standings)
    return ExitCode.FAILED if has_exit_code and is_reached else ExitCode.OK


def _beat(invocation: Invocation, url: str) -> None:
    """Tell somebody else that this run worked; that they do not hear it is no failure of ours."""
    from costing.http.bounds import Bounds
    from costing.notify.channel import Result
    from costing.notify.http import ping
    from costing.setting_value import Secret

    outcome = ping(Secret(url), bounds=Bounds(), now=datetime.now(UTC))
    if outcome.result is not Result.DELIVERED:
        invocation.tell(f"the heartbeat did not arrive: {outcome.reason}")
