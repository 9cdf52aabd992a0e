"""One run of the command line: from arguments to an exit code.

Rule of this file: whatever goes wrong leaves through here, in the one shape on stderr, with the
exit code of the one table. A traceback is shown only with `--debug`.
"""

from __future__ import annotations

from collections.abc import Sequence

import typer

from costing.cli import interruption, stream
from costing.cli.output import end_plugin, say, write_traceback
from costing.errors import ExitCode, UsageError
from costing.failure import Failure, failure_of, usage_failure

ANYWHERE = ("--debug", "--quiet")
"""Global options that may also stand after the command, where people add them."""

PLUGIN_OPTION = "--nagios"
"""Whoever asks so reads one line and four exit codes, of a failure too."""


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: what follows the program's name.

    Returns:
        The exit code; see `ExitCode`.
    """
    arguments = _put_global_options_first(arguments)
    try:
        code = _run(arguments)
    except Exception as error:  # noqa: BLE001 - the boundary: every failure gets the one shape
        if "--debug" in arguments:
            write_traceback(error)
        if interruption.was_asked() or isinstance(error, typer.Abort):
            return interruption.end()
        failure = _failure(error)
        if PLUGIN_OPTION in arguments:
            return end_plugin(failure)
        say(str(failure))
        return failure.exit_code
    return interruption.end() if interruption.was_asked() else code


def _run(arguments: list[str]) -> int:
    """The exit code of a command that no error ended."""
    from costing.cli.application import build_application

    _refuse_bytes(arguments)
    try:
        code = build_application()(arguments, prog_name="costing", standalone_mode=False)
        return code if isinstance(code, int) else ExitCode.OK
    except SystemExit:  # Typer's own end where the reader of a help text has gone.
        return stream.end_quietly()


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Refuse arguments that are no text, which neither the ledger nor a message could hold.

    Raises:
        UsageError: an argument has bytes that are no UTF-8.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f'an argument is not UTF-8 text: "{argument}"',
                help="rename the file, or set your terminal to UTF-8",
            ) from error


def _failure(error: Exception) -> Failure:
    """The failure that stands for an exception; Typer's own are about wrong usage."""
    if isinstance(error, typer.TyperException):
        return usage_failure(error.format_message(), _command_of(error))
    return failure_of(error)


def _put_global_options_first(arguments: Sequence[str]) -> list[str]:
    """Move `--debug` and `--quiet` to the front, up to a `--` that ends the options.

    >>> _put_global_options_first(["ingest", "a.jsonl", "--quiet", "--", "--debug"])
    ['--quiet', 'ingest', 'a.jsonl', '--', '--debug']
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    head, tail = arguments[:end], arguments[end:]
    found = [option for option in ANYWHERE if option in head]
    return [*found, *(word for word in head if word not in ANYWHERE), *tail]


def _command_of(error: typer.TyperException) -> str:
    """The command whose arguments were wrong, as typed: `costing prices at`."""
    context: object = getattr(error, "ctx", None)
    return str(getattr(context, "command_path", "costing"))
