from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from cs_assist.markets.market import load_market
from cs_assist.reply.apology import Apology
from cs_assist.reply.phrases import Voice, load_phrases
from cs_assist.reply.scene import Scene
from cs_assist.types import Conversation, Decision, Message, Triage


@pytest.fixture(scope="session")
def make_scene(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime) -> Callable[..., Scene]:
    """Build a scene; fields of message, decision, triage by name, ``said`` is what the customer has read."""

    def make(
        language: str = "en",
        market: str | None = "US",
        *,
        message: dict[str, Any] | None = None,
        decision: dict[str, Any] | None = None,
        said: str = "",
        tier: str = "none",
        at: datetime = now,
        **triage: Any,
    ) -> Scene:
        return Scene(
            Message(id="1", **(message or {})),
            make_triage(language=language, **triage),
            Conversation(id="c"),
            make_decision(**(decision or {})),
            load_market(market) if market else None,
            Voice(load_phrases(language), register="formal", seed="c", used=said),
            at,
            Apology(tier, "nobody"),  # type: ignore[arg-type]
        )

    return make
