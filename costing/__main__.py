"""`python -m costing` is the command `costing`."""

import sys

from costing.cli import main

if __name__ == "__main__":
    sys.exit(main())
