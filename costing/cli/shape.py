"""The `--format` of commands whose answer is not a report: a table for people, or JSON.

Rule of this file: reports have their own, longer table of formats in `reports.formats`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Shape(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"


ShapeOption = Annotated[Shape, typer.Option("--format", help="How the answer is written.")]
