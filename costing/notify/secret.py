"""Where a channel's secret is: in a variable or in a file, never in budgets.toml itself.

Rule of this file: a secret is read when it is used. So a variable that is missing, as often in a
crontab, stops the one channel that needs it, and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from costing.notify.error import SecretMissing
from costing.setting_value import Secret

_LONGEST_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """A variable, a file, or, where the settings may name it, the text itself.

    Attributes:
        environment: the variables of the process.
    """

    variable: str = ""
    file: Path | None = None
    text: str = field(default="", repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def read(self) -> Secret:
        """The secret, without space around it.

        Raises:
            SecretMissing: it is not there.
        """
        if self.file is not None:
            text, where = self._read_file(self.file), str(self.file)
        else:
            text = self.environment.get(self.variable, "") if self.variable else self.text
            where = self.variable
        if not text.strip():
            is_unset = self.file is None and self.variable not in self.environment
            raise SecretMissing(where, "it is not set" if is_unset else "it is empty")
        return Secret(text.strip())

    def _read_file(self, file: Path) -> str:
        try:
            with file.open("rb") as stream:
                content = stream.read(_LONGEST_BYTES + 1)
            text = content.decode()
        except OSError as error:
            raise SecretMissing(str(file), (error.strerror or str(error)).lower()) from error
        except UnicodeDecodeError as error:
            raise SecretMissing(str(file), "it is no text") from error
        if len(content) > _LONGEST_BYTES:
            raise SecretMissing(str(file), "it is too long")
        return text
