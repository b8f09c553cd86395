from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from talks import Talk

from cs_assist.types import Decision, Triage


@pytest.fixture
def talk(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime) -> Talk:
    return Talk(make_triage, make_decision, now)
