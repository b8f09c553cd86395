"""A provider of language models on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openai_server import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()
