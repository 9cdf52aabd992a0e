"""`costing report NAME`: one command a report, made from the header of the report's file.

Rule of this file: no report is named here. A report takes the options of the parameters that its
header lists (`OPTIONS_OF`), and is called `monthly` when no name is given.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperOption
from typer.main import get_command

from costing.cli.help import ExamplesFirstGroup, add_command, new_group
from costing.cli.invocation import invocation_of
from costing.cli.output import (
    form_told_by,
    terminal_width,
    write_bytes,
    write_file,
    write_grid,
    write_json,
)
from costing.cli.shape import Shape, ShapeOption
from costing.errors import UsageError
from costing.request import OPTIONS_OF, ReportRequest, options_asked, split_list

if TYPE_CHECKING:
    from typer._click import Command, Context

    from costing.cli.invocation import Invocation
    from reports.formats import Format
    from reports.query import Query

DEFAULT_REPORT = "monthly"
ALWAYS = ("form", "output", "full_precision")
"""Options about the form of the answer, which every report takes."""

EXAMPLES = """
costing report --month 2026-10
costing report monthly --month 2026-10 --by model,hardware
costing report daily --last 30d --tz Europe/Berlin --format csv -o days.csv
costing report compare --other-book api-map
costing report list
"""
LIST_EXAMPLES = """
costing report list
costing report list --format json
"""

MonthOption = Annotated[
    str | None, typer.Option("--month", metavar="YYYY-MM", help="A calendar month.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="First day or instant.")
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="DAY", help="End, itself not included.")
]
LastOption = Annotated[
    str | None, typer.Option("--last", metavar="SPAN", help="A span until now, such as 30d.")
]
ByOption = Annotated[
    list[str] | None, typer.Option("--by", metavar="DIMENSION,…", help="Group by these.")
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="DIMENSION=PATTERN", help="Only these; repeatable."),
]
ZoneOption = Annotated[
    str | None, typer.Option("--tz", metavar="ZONE", help="Zone of days and months.")
]
BookOption = Annotated[
    str | None, typer.Option("--book", metavar="BOOK", help="Price book to use.")
]
OtherBookOption = Annotated[
    str | None, typer.Option("--other-book", metavar="BOOK", help="Price book to compare with.")
]
KnownOnOption = Annotated[
    str | None, typer.Option("--as-known-on", metavar="DAY", help="Only what was known by then.")
]
PricesKnownOnOption = Annotated[
    str | None,
    typer.Option(
        "--prices-as-known-on", metavar="DAY", help="Prices as known then, of all records."
    ),
]
TopOption = Annotated[
    int | None,
    typer.Option("--top", min=1, metavar="COUNT", help="Only so many lines, the rest as one."),
]
FormatOption = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="How it is written; told by -o FILE if not."),
]
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file.")
]
PrecisionOption = Annotated[bool, typer.Option("--full-precision", help="Show amounts unrounded.")]


class ReportGroup(ExamplesFirstGroup):
    """The reports as commands, each made when it is asked for."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Let options without a name ask the default report."""
        is_nameless = not args or (args[0].startswith("-") and args[0] not in {"-h", "--help"})
        return super().parse_args(ctx, [DEFAULT_REPORT, *args] if is_nameless else args)

    def list_commands(self, ctx: Context) -> list[str]:
        """`list` and the name of every report."""
        from reports.query import query_names

        return [*super().list_commands(ctx), *query_names()]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The command of a report.

        Raises:
            UnknownReport: there is no report of that name.
        """
        from reports.query import find_query

        return super().get_command(ctx, cmd_name) or _report_command(find_query(cmd_name))


def register(application: typer.Typer) -> None:
    """Add the group to the command line."""
    text = (
        "Show a report; `monthly` if none is named. `costing report NAME --help` for its options."
    )
    group = new_group(text, examples=EXAMPLES, group=ReportGroup)
    add_command(group, "list", list_reports, LIST_EXAMPLES)
    application.add_typer(group, name="report")


def list_reports(shape: ShapeOption = Shape.TABLE) -> None:
    """List the reports."""
    from reports.query import list_queries

    found = list_queries()
    if shape is Shape.JSON:
        write_json([{"name": q.name, "title": q.title, "summary": q.summary} for q in found])
    else:
        write_grid(["report", "summary"], [(query.name, query.summary) for query in found])


def show_report(  # noqa: PLR0917 - a command's options are its parameters
    context: typer.Context,
    month: MonthOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    last: LastOption = None,
    by: ByOption = None,
    where: WhereOption = None,
    tz: ZoneOption = None,
    book: BookOption = None,
    other_book: OtherBookOption = None,
    as_known_on: KnownOnOption = None,
    prices_as_known_on: PricesKnownOnOption = None,
    top: TopOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    full_precision: PrecisionOption = False,
) -> None:
    """Show one report, in one format, on stdout or in a file."""
    request = ReportRequest(
        name=context.info_name or DEFAULT_REPORT,
        month=month,
        from_=from_,
        to=to,
        last=last,
        by=None if by is None else split_list(by),
        where=tuple(where or ()),
        tz=tz,
        book=book,
        other_book=other_book,
        as_known_on=as_known_on,
        prices_as_known_on=prices_as_known_on,
        top=top,
        full_precision=full_precision,
    )
    _answer(invocation_of(context), request, _find_format(form, output), output)


def _answer(
    invocation: Invocation, request: ReportRequest, chosen: Format, output: Path | None
) -> None:
    """Ask the report and write the answer."""
    from reports.formats import Style

    table = invocation.open().report_table(request)
    style = Style(
        full_precision=request.full_precision,
        width=terminal_width() if output is None else None,
        asked=options_asked(request, table.head.period),
    )
    data = chosen.render(table, style)
    if output is None:
        write_bytes(data)
    else:
        write_file(output, data)


def _find_format(form: str | None, output: Path | None) -> Format:
    """The format that was asked for or that the file's name tells, before anything is computed.

    Raises:
        UnknownFormat: there is no such format.
        UsageError: it is binary and would go to a terminal, or the file's name tells none.
    """
    from reports.formats import FORMATS, find_format

    if form is None:
        if output is None or not output.suffix:
            return FORMATS["table"]
        names = {one.suffix: name for name, one in FORMATS.items()}
        return FORMATS[form_told_by(output, names, of="a report")]
    chosen = find_format(form)
    if output is None and not chosen.is_text and terminal_width() is not None:
        raise UsageError(f"{form} is not for terminals", help=f"add `-o FILE{chosen.suffix}`")
    return chosen


def _report_command(query: Query) -> Command:
    """The command of one report: the options that its header calls for, and its examples."""
    single = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    text = f"{query.title}. {query.summary}"
    add_command(single, query.name, show_report, _examples(query), text=text)
    command = get_command(single)
    taken = {name for parameter in query.parameters for name in OPTIONS_OF[parameter]}
    command.short_help = query.summary
    command.params = [one for one in command.params if one.name in taken or one.name in ALWAYS]
    for option in command.params:
        if isinstance(option, TyperOption):
            option.help = _help_of(option, query)
    return command


def _help_of(option: TyperOption, query: Query) -> str:
    """The help of an option, with the names that may be given to it in this report."""
    from reports.formats import FORMATS

    names = {
        "by": query.dimensions,
        "where": query.dimensions,
        "form": tuple(FORMATS),
    }.get(option.name or "", ())
    return " ".join([option.help or "", ", ".join(names)]).strip()


def _examples(query: Query) -> str:
    """Calls of the report that its parameters allow."""
    call = f"costing report {query.name}"
    options = {
        "period": "--month 2026-10",
        "by": f"--by {query.dimensions[0]}" if query.dimensions else "",
        "other_book": "--other-book api-map",
    }
    lines = [f"{call} {options[one]}" for one in query.parameters if options.get(one)]
    return "\n".join([call, *lines, f"{call} --format csv -o {query.name}.csv"])
