"""A service with narrow bounds, as a program: `short_limits.py HOME`."""

from __future__ import annotations

import sys

from costing.app import Costing
from costing.service.limits import Limits
from costing.service.server import Address, listen, run
from costing.service.service import Service
from costing.settings import load_settings

if __name__ == "__main__":
    service = Service(
        Costing(load_settings({"home": sys.argv[1]})),
        limits=Limits(
            most_head_bytes=4000,
            head_seconds=1.0,
            most_bytes=1000,
            body_seconds=0.2,
            most_requests=1,
        ),
    )
    run(service, listen(Address(port=0)))
