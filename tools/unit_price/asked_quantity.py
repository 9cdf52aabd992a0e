"""Which field of a record's input tells the quantity that was asked for.

Read from pricing/observations/asked_quantities.toml. It serves where the metrics lack the count:
a video of `duration` seconds, `num_outputs` images, a `text` of so many characters. A field that
the sightings name comes first, then what the table says of the model, then of the unit.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tools.unit_price.observation import Sighting


@dataclass(frozen=True, slots=True)
class AskedQuantity:
    """An input field and how many billed units one of its units is."""

    input_field: str
    input_factor: Decimal


@dataclass(frozen=True, slots=True)
class AskedQuantities:
    """The table: factors of the fields that may be used, and fields by model and by unit."""

    factors: Mapping[str, Decimal]
    by_model: Mapping[tuple[str, str], str]
    by_unit: Mapping[str, str]

    def find(self, model: str, unit: str, sightings: Iterable[Sighting]) -> AskedQuantity | None:
        """Return the field for a model's unit; None where no usable field is known."""
        named = sorted({seen.input_field for seen in sightings} & set(self.factors))
        field = named[0] if named else self.by_model.get((model, unit), self.by_unit.get(unit))
        return AskedQuantity(field, self.factors[field]) if field else None


def read_asked_quantities(path: Path) -> AskedQuantities:
    """Read the table from its TOML file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return AskedQuantities(
        factors={row["input_field"]: Decimal(row["factor"]) for row in table["field"]},
        by_model={
            (model, row["unit"]): row["input_field"]
            for row in table["model"]
            for model in row["models"]
        },
        by_unit={row["unit"]: row["input_field"] for row in table["unit"]},
    )
