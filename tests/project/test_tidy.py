"""Rules of CONTRIBUTING.md that a machine can hold: lengths, banned text, orphans."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.project.source_tree import PACKAGES, ROOT, name_of, package_files, project_files

FUNCTION_LINES = 40  # Without the docstring.
FILE_LINES = 400
# Folders whose SQL files are run because they are there; any other must be named by someone.
SQL_READ_BY_FOLDER = ("reports/queries", "costing/ledger/schema", "costing/state/schema")
MONEY_NAME = re.compile(r"usd|(?:^|_)(?:amount|price|cost)(?:$|_)")
SQL_CLOCK = re.compile(
    r"\b(?:now|today|get_current_timestamp)\s*\(|\bcurrent_(?:date|timestamp)\b", re.I
)
# A star in a list of columns, on its line or a later one than `select`.
SQL_ALL = re.compile(r"(?:\bselect(?:\s+distinct)?|,)\s+(?P<star>(?:\w+\.)?\*)", re.I)
SQL_COMMENT = re.compile(r"--[^\n]*")
SQL_ALL_REASON = "-- all columns: "  # Says, on the line above a star, why it stands for them all.
# Put together from pieces, so that this file does not contain what it looks for.
BANNED = re.compile(
    "|".join(
        [
            r"(?<![\w.~/-])/(?:ho" r"me|Us" r"ers|ro" r"ot|wo" r"rk)/\w",
            r"\b[A-Z]:\\\\?Us" r"ers",
            r"py" r"pi\.org",
            r"python" r"hosted",
            r"npm" r"js\.(?:org|com)",
            r"deb\." r"debian",
        ]
    ),
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_function_fits_a_screen() -> None:
    too_long = [
        f"{name_of(path)}:{function.lineno} {function.name}: {lines} lines"
        for path in package_files(".py")
        for function in _functions(path)
        if (lines := _lines_without_docstring(function)) > FUNCTION_LINES
    ]

    assert too_long == []


def test_module_fits_a_sitting() -> None:
    too_long = [
        f"{name_of(path)}: {lines} lines"
        for path in package_files(".py")
        if (lines := len(_text(path).splitlines())) > FILE_LINES
    ]

    assert too_long == []


def test_module_tells_its_rule() -> None:
    silent = [
        name_of(path)
        for path in package_files(".py")
        if _text(path).strip() and not ast.get_docstring(_tree(path))
    ]

    assert silent == []


def test_sql_file_is_loaded_by_someone() -> None:
    named = {
        word
        for path in package_files(".py")
        for text in _strings(_tree(path))
        for word in re.findall(r"\w+", text)
    }
    orphans = [
        name_of(path)
        for path in package_files(".sql")
        if not name_of(path).startswith(SQL_READ_BY_FOLDER) and path.stem not in named
    ]

    assert orphans == []


def test_sql_has_no_clock() -> None:
    assert _lines_with(SQL_CLOCK, package_files(".sql")) == []


def test_sql_names_its_columns_or_says_why_not() -> None:
    unexplained = [
        f"{name_of(path)}:{line}"
        for path in package_files(".sql")
        for line in _unexplained_stars(_text(path))
    ]

    assert unexplained == []


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        pytest.param("select * from t", [1], id="bare"),
        pytest.param("select\n    * from t", [2], id="on a later line"),
        pytest.param("select\n    a,\n    p.*\nfrom t", [3], id="of an alias"),
        pytest.param("select distinct * from t", [1], id="distinct"),
        pytest.param("select -- why\n    p.*\nfrom t", [2], id="comment that gives no reason"),
        pytest.param(
            "-- all columns: of one row\nselect\n    p.*\nfrom t", [3], id="reason too far"
        ),
        pytest.param("select\n    -- all columns: a CTE's\n    p.*\nfrom t", [], id="explained"),
        pytest.param("select count(*), a * b from t -- select *", [], id="no list of columns"),
    ],
)
def test_star_is_found_wherever_it_stands(sql: str, lines: list[int]) -> None:
    assert _unexplained_stars(sql) == lines


def test_no_file_names_a_machine_or_a_registry() -> None:
    assert _lines_with(BANNED, project_files()) == []


def test_nothing_is_left_for_later_in_a_comment() -> None:
    assert _lines_with(UNFINISHED, project_files()) == []


def test_only_the_command_line_prints() -> None:
    printing = [
        f"{name_of(path)}:{call.lineno}"
        for path in package_files(".py")
        if not name_of(path).startswith("costing/cli/")
        for call in _calls(_tree(path))
        if isinstance(call.func, ast.Name) and call.func.id == "print"
    ]

    assert printing == []


def test_only_settings_read_the_environment() -> None:
    reading = [
        f"{name_of(path)}:{node.lineno}"
        for path in package_files(".py")
        if name_of(path) != "costing/settings.py"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    ]

    assert reading == []


def test_prices_and_questions_have_no_clock() -> None:
    asking = [
        f"{name_of(path)}:{call.lineno} {call.func.attr}"
        for path in package_files(".py")
        if not name_of(path).startswith("costing/")
        for call in _calls(_tree(path))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"now", "today", "utcnow", "time_ns", "monotonic"}
    ]

    assert asking == []


def test_no_float_holds_money() -> None:
    floats = [
        f"{name_of(path)}:{line} {name}"
        for path in package_files(".py")
        for name, annotation, line in _annotations(_tree(path))
        if MONEY_NAME.search(name.lower()) and _mentions_float(annotation)
    ]

    assert floats == []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path), filename=str(path))


def _functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(_tree(path)) if isinstance(node, Function))


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _strings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _lines_without_docstring(function: Function) -> int:
    first = function.body[0]
    docstring = _height(first) if ast.get_docstring(function) is not None else 0
    return _height(function) - docstring


def _height(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _annotations(tree: ast.Module) -> Iterator[tuple[str, ast.expr, int]]:
    """Names with their annotation: variables, fields, parameters, and what functions return."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                yield name, annotation, node.lineno
            case ast.arg(arg=name, annotation=ast.expr() as annotation):
                yield name, annotation, node.lineno
            case ast.FunctionDef(name=name, returns=ast.expr() as annotation):
                yield name, annotation, node.lineno
            case _:
                pass


def _mentions_float(annotation: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "float" for node in ast.walk(annotation))


def _unexplained_stars(sql: str) -> list[int]:
    """Lines with a star for all columns and no reason on the line above."""
    lines = sql.splitlines()
    bare = SQL_COMMENT.sub(lambda comment: " " * len(comment.group()), sql)
    stars = [bare.count("\n", 0, found.start("star")) for found in SQL_ALL.finditer(bare)]
    return [
        star + 1
        for star in stars
        if star == 0 or not lines[star - 1].strip().startswith(SQL_ALL_REASON)
    ]


def _lines_with(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[str]:
    found: list[str] = []
    for path in paths:
        try:
            lines = _text(path).splitlines()
        except UnicodeDecodeError:
            continue
        found.extend(
            f"{name_of(path)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(lines, 1)
            if pattern.search(line)
        )
    return found


def test_folder_of_modules_is_a_package() -> None:
    # The import contracts and the docs see packages only.
    folders = {path.parent for path in package_files(".py")}
    unseen = [name_of(folder) for folder in folders if not (folder / "__init__.py").is_file()]

    assert sorted(unseen) == []


def test_package_ships_its_types() -> None:
    untyped = [name for name in PACKAGES if not (ROOT / name / "py.typed").is_file()]

    assert untyped == []


def test_tree_is_seen() -> None:
    assert ROOT / "pyproject.toml" in project_files()
    assert package_files(".py") != []
