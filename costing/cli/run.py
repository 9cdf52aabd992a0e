"""One run of the command line: from arguments to an exit code.

Rule of this file: whatever goes wrong leaves through here, in the one shape on stderr, with the
exit code of the one table. A traceback is shown only with `--debug`.
"""

from __future__ import annotations

from collections.abc import Sequence

import typer

from costing.cli.output import say, write_traceback
from costing.errors import ExitCode
from costing.failure import Failure, failure_of, usage_failure

ANYWHERE = ("--debug", "--quiet")
"""Global options that may also stand after the command, where people add them."""


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: what follows the program's name.

    Returns:
        The exit code; see `ExitCode`.
    """
    arguments = _put_global_options_first(arguments)
    from costing.cli.application import build_application

    try:
        code = build_application()(arguments, prog_name="costing", standalone_mode=False)
        return _ended(code if isinstance(code, int) else ExitCode.OK)
    except (typer.Abort, KeyboardInterrupt):
        return _ended(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the boundary: every failure gets the one shape
        if "--debug" in arguments:
            write_traceback(error)
        failure = _failure(error)
        say(str(failure))
        return failure.exit_code


def _failure(error: Exception) -> Failure:
    """The failure that stands for an exception; Typer's own are about wrong usage."""
    if isinstance(error, typer.TyperException):
        return usage_failure(error.format_message(), _command_of(error))
    return failure_of(error)


def _ended(code: int) -> int:
    """The exit code of a run that no error ended; an interruption is told."""
    if code == ExitCode.INTERRUPTED:
        say("interrupted")
    return code


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
