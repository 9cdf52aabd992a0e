"""`costing simulate`: Replicate, own GPUs, or both; `compare` and `sweep` of several questions.

Rule of this file: no value of a scenario is named here. Every field of a `ScenarioRequest` is an
option of the same name; what is read and refused is decided there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer

from costing.cli.help import ExamplesFirstGroup, add_command, new_group
from costing.cli.invocation import Invocation, invocation_of
from costing.cli.output import form_told_by, write_bytes, write_file
from costing.cli.progress import drawing_line
from costing.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from typer._click import Command, Context

    from costing.simulation.request import ScenarioRequest
    from costing.simulation.use_case import Simulation

Options = ParamSpec("Options")

DEFAULT = "run"
EXAMPLES = """
costing simulate --requests-per-day 20000 --seconds 6 --hardware gpu-a100-large
costing simulate --scenario scenario.toml --requests-per-day 50000 -o page.html
costing simulate --from-history --last 60d --model acme/upscale
costing simulate compare today.toml launch.toml
costing simulate sweep --scenario scenario.toml --param requests_per_day --range 1000:100000:log10
"""
RUN_EXAMPLES = """
costing simulate --requests-per-day 20000 --seconds 6 --hardware gpu-a100-large
costing simulate --scenario scenario.toml --own-gpu A100-80 --offer "runpod secure"
costing simulate --from-history --last 60d --model acme/upscale --growth 3
costing simulate --scenario scenario.toml --policy "hybrid 3 above 4" --fail-over 5000
costing simulate --scenario scenario.toml --format html -o page.html
"""
COMPARE_EXAMPLES = "costing simulate compare today.toml launch.toml"
SWEEP_EXAMPLES = """
costing simulate sweep --scenario scenario.toml --param requests_per_day --range 1000:100000:log10
costing simulate sweep --scenario scenario.toml --param seconds --range 2:20:5
"""

ScenarioOption = Annotated[
    Path | None, typer.Option("--scenario", metavar="FILE", help="Questions kept in a file.")
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="table, json, markdown, csv or html; told by -o FILE if not.",
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file.")
]
FailOption = Annotated[
    str | None,
    typer.Option(
        "--fail-over",
        metavar="USD",
        help="Exit 1 if P95 of the cost exceeds it: of the one --policy asked, else of the "
        "recommended one.",
    ),
]
ParamOption = Annotated[
    str, typer.Option("--param", metavar="NAME", help="A value of the scenario: requests_per_day.")
]
RangeOption = Annotated[
    str,
    typer.Option(
        "--range",
        metavar="LOW:HIGH:STEPS",
        help="Values: 2:20:5 is five in equal steps; 1000:100000:log10 is ten, each larger than "
        "the last by the same factor.",
    ),
]
RENAMED = {"policies": "--policy", "other_hardware": "--other-hardware"}
"""Options that are given once for each value."""
FILE_ONLY = frozenset({"calendar"})


class SimulateGroup(ExamplesFirstGroup):
    """`run` where no command is named, and each command made when it is asked for."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Let options without a command ask the default one."""
        is_nameless = bool(args) and args[0].startswith("-") and args[0] not in {"-h", "--help"}
        return super().parse_args(ctx, [DEFAULT, *args] if is_nameless else args)

    def list_commands(self, ctx: Context) -> list[str]:
        """All of them."""
        return [*super().list_commands(ctx), DEFAULT, "sweep"]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """A command with the options that the values of a scenario call for."""
        if cmd_name == DEFAULT:
            return _command(DEFAULT, _run, RUN_EXAMPLES)
        if cmd_name == "sweep":
            return _command("sweep", _sweep, SWEEP_EXAMPLES)
        return super().get_command(ctx, cmd_name)


def register(application: typer.Typer) -> None:
    """Add the group to the command line."""
    text = (
        "Replicate, own GPUs, or both? Plays the requests one by one; "
        "`costing simulate run --help` for all options."
    )
    group = new_group(text, examples=EXAMPLES, group=SimulateGroup)
    add_command(group, "compare", compare, COMPARE_EXAMPLES)
    application.add_typer(group, name="simulate")


def _run(
    context: typer.Context,
    scenario: ScenarioOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    fail_over: FailOption = None,
    **given: object,
) -> None:
    """Ask which way of serving is the cheapest that is fast enough, and how sure that is."""
    from costing.simulation.form import SUFFIXES, find_form
    from costing.simulation.value import read_money

    invocation, chosen = invocation_of(context), find_form(_told(form, output, SUFFIXES))
    try:
        limit = None if fail_over is None else read_money(fail_over)
    except ValueError as error:
        raise UsageError(f'--fail-over cannot be "{fail_over}": {error}') from error
    simulation = _answer(invocation, _request(scenario, given))
    _write(chosen.render(simulation), output)
    if limit is not None:
        _hold(invocation, simulation, limit)


def compare(
    context: typer.Context,
    first: Annotated[Path, typer.Argument(metavar="A.toml")],
    second: Annotated[Path, typer.Argument(metavar="B.toml")],
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Ask the questions of two files and show the answers side by side."""
    from costing.simulation.series import (
        SERIES_SUFFIXES,
        compare_answers,
        find_series_form,
        shows_all,
    )

    told = _told(form, output, SERIES_SUFFIXES)
    chosen, is_brief = find_series_form(told), not shows_all(told)
    invocation = invocation_of(context)
    requests = [(str(path), _request(path, {})) for path in (first, second)]
    answers = [
        (name, _answer(invocation, request, is_brief=is_brief)) for name, request in requests
    ]
    _write(chosen(compare_answers(answers)), output)


def _sweep(
    context: typer.Context,
    param: ParamOption,
    span: RangeOption,
    scenario: ScenarioOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    **given: object,
) -> None:
    """Ask the same question at several values of one number."""
    from costing.simulation.request import overlay, read_request
    from costing.simulation.series import (
        SERIES_SUFFIXES,
        find_series_form,
        read_span_of_values,
        shows_all,
        sweep_answers,
    )

    told = _told(form, output, SERIES_SUFFIXES)
    chosen, is_brief = find_series_form(told), not shows_all(told)
    values = read_span_of_values(span)
    invocation, request = invocation_of(context), _request(scenario, given)
    requests = [(value, overlay(request, read_request({param: value}))) for value in values]
    answers = [
        (value, _answer(invocation, request, is_brief=is_brief)) for value, request in requests
    ]
    _write(chosen(sweep_answers(param, answers)), output)


def _told(form: str | None, output: Path | None, names: Mapping[str, str]) -> str | None:
    """The form that was asked for, else the one that the file's name tells."""
    if form is not None or output is None or not output.suffix:
        return form
    return form_told_by(output, names, of="a simulation")


def _request(scenario: Path | None, given: dict[str, object]) -> ScenarioRequest:
    """The file's question with what the options ask on top."""
    from costing.simulation.request import ScenarioRequest, overlay, read_request
    from costing.simulation.scenario_file import read_scenario_file

    beneath = read_scenario_file(scenario) if scenario else ScenarioRequest()
    asked = {
        name.rstrip("_"): value for name, value in given.items() if value not in (None, False, [])
    }
    return overlay(beneath, read_request(asked, spelled="--{}"))


def _answer(
    invocation: Invocation, request: ScenarioRequest, *, is_brief: bool = False
) -> Simulation:
    with _progress(invocation) as progress:
        return invocation.open().simulate(request, progress=progress, is_brief=is_brief)


@contextmanager
def _progress(invocation: Invocation) -> Iterator[Callable[[int, int], None] | None]:
    with drawing_line(invocation) as draw:
        yield draw and (lambda done, most: draw(f"replication {done} of {most}"))


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        write_bytes(data)
    else:
        write_file(output, data)


def _hold(invocation: Invocation, simulation: Simulation, limit: Decimal) -> None:
    """Exit 1 if the cost of what was asked may exceed the limit."""
    from pricing.simulator.amount import rough_usd

    answer = simulation.answer
    asked = simulation.request.policies or ()
    result = answer.recommendation.result
    if len(asked) == 1:
        policy = answer.scenario.policies[-1]
        found = [one for one in answer.results if one.policy == policy]
        if not found:
            raise UsageError("; ".join(answer.refused) or "the policy was not played")
        result = found[0]
    if result.cost_usd_p95 > limit:
        invocation.tell(
            f"{result.policy.name}: P95 of the cost is {rough_usd(result.cost_usd_p95)}, above "
            f"{rough_usd(limit)}"
        )
        raise typer.Exit(ExitCode.FAILED)


def _command(name: str, function: Callable[Options, None], examples: str) -> Command:
    """A command whose last parameter stands for one option a value of a scenario."""
    from typer.main import get_command

    def call(*given: Options.args, **options: Options.kwargs) -> None:
        function(*given, **options)

    own = [
        one.replace(annotation=_hints(function)[one.name])
        for one in inspect.signature(function).parameters.values()
        if one.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    signature = inspect.Signature([*own, *_scenario_options()])
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    single = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    add_command(single, name, call, examples, text=inspect.getdoc(function))
    command = get_command(single)
    command.short_help = (inspect.getdoc(function) or "").rstrip(".")
    return command


def _hints(function: Callable[Options, None]) -> dict[str, object]:
    from typing import get_type_hints

    return get_type_hints(function, include_extras=True)


def _scenario_options() -> Iterator[inspect.Parameter]:
    """One option a value: switches, repeated texts, and texts."""
    from costing.simulation.request import field_names, kind_of, meaning_of
    from costing.simulation.value import NAMES, SWITCH

    for name in field_names():
        if name in FILE_ONLY:
            continue
        spelled = RENAMED.get(name, f"--{name.replace('_', '-')}")
        kind = kind_of(name)
        text = meaning_of(name)
        help_text = f"{text[:1].upper()}{text[1:]}."
        if kind is SWITCH:
            annotation: object = Annotated[bool, typer.Option(spelled, help=help_text)]
            default: object = False
        elif kind is NAMES:
            option = typer.Option(spelled, metavar="NAME", help=f"{help_text[:-1]}; repeatable.")
            annotation, default = Annotated[list[str] | None, option], None
        else:
            metavar = kind.name.upper().replace(" ", "-")
            option = typer.Option(spelled, metavar=metavar, help=help_text)
            annotation, default = Annotated[str | None, option], None
        # A word of Python's own is no name of a parameter.
        parameter = f"{name}_" if iskeyword(name) else name
        yield inspect.Parameter(
            parameter, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )
