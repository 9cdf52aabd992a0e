"""A service for every test of a module: what one leaves in the inbox, another does not mind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.running import Running, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with one webhook secret, without tokens and without records."""
    with running(tmp_path_factory.mktemp("home")) as service:
        yield service
