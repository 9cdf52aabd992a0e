"""The channel `stdout`, also where standard output is no file."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import replace

from costing.notify.channel import Result
from costing.notify.standard_output import STANDARD_OUTPUT
from tests.notify.sample import NOW, make_alert, make_notice


def test_output_that_takes_no_bytes_is_written_as_text() -> None:
    with redirect_stdout(io.StringIO()) as notebook:
        outcome = STANDARD_OUTPUT.send([make_notice()], NOW)

    assert outcome.result is Result.DELIVERED
    assert notebook.getvalue().startswith("warning: ")


def test_output_is_utf_8_whatever_the_locale() -> None:
    binary = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(binary, encoding="ascii")) as stream:
        alert = replace(make_alert(), summary="budget größe reached 80%")
        outcome = STANDARD_OUTPUT.send([make_notice(alert)], NOW)

    assert outcome.result is Result.DELIVERED
    assert stream.buffer.getvalue().decode("utf-8").startswith("warning: budget größe")
