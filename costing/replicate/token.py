"""The API token: from the variable, else from a file, and never shown.

Rule of this file: a token is a `Secret` from where it is read to where it is sent, and a text that
cannot stand in a header is refused without being repeated.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from costing.replicate.error import TokenMissing, TokenUnusable
from costing.setting_value import Secret
from costing.settings import TOKEN_VARIABLE

_LONGEST_BYTES: Final = 4096


def find_token(variable: Secret | None, file: Path | None) -> Secret:
    """The token of `REPLICATE_API_TOKEN`, else that of the file.

    Args:
        variable: the setting `api_token`.
        file: the setting `api_token_file`.

    Raises:
        AuthenticationError: there is none, or it cannot be used.
    """
    if variable is not None:
        return _check(variable.reveal(), TOKEN_VARIABLE)
    if file is not None:
        return _check(_read(file), str(file))
    raise TokenMissing


def token_file_warning(file: Path) -> str:
    """What is wrong with the permissions of a token file; empty if nothing.

    A warning and no error: secrets that Docker or Kubernetes mount may be readable by all, and
    there the container is the boundary.
    """
    try:
        mode = file.stat().st_mode
    except OSError:
        return ""  # Whoever reads it will say so.
    is_open = mode & (stat.S_IROTH | stat.S_IWOTH)
    return f"{file} can be read by everyone on this machine: `chmod 600` it" if is_open else ""


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(_LONGEST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TokenUnusable(f"its file: {reason.lower()}", str(file)) from error
    if len(content) > _LONGEST_BYTES:
        raise TokenUnusable("its file is too long", str(file))
    return content.decode("ascii", "replace")


def _check(text: str, where: str) -> Secret:
    """The token without space around it, if it can stand in a header."""
    token = text.strip()
    if not token:
        raise TokenUnusable("it is empty", where)
    if not all("!" <= sign <= "~" for sign in token):
        raise TokenUnusable("it holds spaces or other signs that no token has", where)
    return Secret(token)
