"""Pin the shipped price files: `python -m tools.pin_book_digests [FILE…]`.

A price file never changes once it is shipped, since past charges were computed from it; a wrong
one is followed by a correction. tests/golden/book_digests.txt holds the digest of each, and a test
holds the files to it. This command adds the files that are new. One that changed must be named, as
the golden list names it, by whoever knows that it was never shipped.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pricing.book_folder import shipped_digests

PINNED = Path(__file__).parents[1] / "tests" / "golden" / "book_digests.txt"


def read_pinned(path: Path = PINNED) -> dict[str, str]:
    """Read the pinned digests by file; none where nothing was pinned yet."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def changed_files(pinned: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """List the pinned files that have another digest now, or are gone."""
    return sorted(name for name, digest in pinned.items() if present.get(name) != digest)


def main(names: Sequence[str]) -> int:
    """Write the list anew, unless a pinned file changed that was not named."""
    present = shipped_digests()
    refused = [name for name in changed_files(read_pinned(), present) if name not in names]
    if refused:
        sys.stderr.write(f"changed since they were pinned: {', '.join(refused)}\n")
        return 1
    lines = (f"{digest}  {name}\n" for name, digest in present.items())
    PINNED.write_text("".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
