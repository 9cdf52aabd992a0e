"""The webhook secrets that were set: in the environment, in a file, or in both.

Rule of this file: a secret never stands in a message; a bad one is named by its line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from costing.errors import BadSetting, place
from costing.service.webhook import read_secret

if TYPE_CHECKING:
    from costing.settings import Settings

_VARIABLE = "COSTING_WEBHOOK_SECRET"


def load_keys(settings: Settings) -> tuple[bytes, ...]:
    """Every key by which webhooks may be signed; none where no secret is set.

    Raises:
        BadSetting: the file cannot be read, or a secret is none.
    """
    keys = []
    if settings.webhook_secret is not None:
        words = settings.webhook_secret.reveal().split()
        keys += [_key(word, "webhook_secret", _VARIABLE) for word in words]
    path = settings.webhook_secret_file
    if path is not None:
        keys += [
            _key(line, "webhook_secret_file", place(path, number))
            for number, line in enumerate(_lines(path), start=1)
            if line.strip() and not line.startswith("#")
        ]
    return tuple(dict.fromkeys(keys))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise BadSetting("webhook_secret_file", str(path), "", reason) from error


def _key(text: str, setting: str, where: str) -> bytes:
    try:
        return read_secret(text)
    except ValueError as error:
        raise BadSetting(setting, "(not shown)", where, str(error)) from None
