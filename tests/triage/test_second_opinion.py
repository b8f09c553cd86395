from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cs_assist.config import load_settings
from cs_assist.guard.veil import Veil
from cs_assist.llm.door import LanguageModel
from cs_assist.triage.second_opinion import SecondReader
from cs_assist.types import Hit, Message, Triage, Turn

pytest.importorskip("langchain_core", reason="the extra 'openai' or 'langchain' is not installed")
from evals.scripted_models import Asked, ScriptedChat

MESSAGE = Message(
    id="m2", text="Ana Lima again: still nothing!", name="Ana Lima",
    history=(Turn(role="customer", text="Ana Lima here, where is PL-2610-47715?"), Turn(role="bot", text="It is on its way.")),
)  # fmt: skip
UNSURE: dict[str, Any] = {
    "text": MESSAGE.text, "intent": "order_status", "unsure": True, "flags": ("unsure",),
    "intents": (("order_status", 0.4), ("not_received", 0.3), ("complaint", 0.2), ("praise", 0.1)),
}  # fmt: skip
Read = Callable[..., tuple[Triage, ScriptedChat, Any]]


@pytest.fixture
def read(make_triage: Callable[..., Triage]) -> Read:
    """Have a model read the message that was read as given."""

    def run(*guesses: tuple[str, float], below: float = 0.5, failing: bool = False, **triage: Any) -> Any:
        def script(asked: Asked) -> Any:
            if failing:
                raise ConnectionError("gone")
            told = [{"intent": name, "p": p} for name, p in guesses]
            return {"intents": told, "emotion": "angry", "dissatisfied": True}

        chat, settings = ScriptedChat(script=script), load_settings(llm_second_opinion_below=below, llm_timeout_seconds=3)
        reader = SecondReader(LanguageModel(chat, settings), settings, veil=lambda m, tag: Veil(m, language=tag))
        told, use = reader(MESSAGE, make_triage(**{**UNSURE, **triage}))
        return told, chat, use

    return run


def test_agreement_is_recorded_and_changes_nothing_else(read: Read, make_triage: Callable[..., Triage]) -> None:
    told, _, use = read(("order_status", 0.9))
    assert (told.opinion.verdict, told.opinion.intent, told.opinion.p) == ("agrees", "order_status", 0.9)
    assert told.model_copy(update={"opinion": None}) == make_triage(**UNSURE)
    assert (use.calls, use.usage[0].prompt_id) == (1, "read_hard_message")


def test_of_the_two_candidates_the_second_may_be_settled_on_and_the_message_stays_unsure(read: Read) -> None:
    told, _, _ = read(("not_received", 0.8), ("order_status", 0.1))
    assert (told.opinion.verdict, told.intent, told.unsure) == ("settled", "not_received", True)
    assert told.intents[:2] == (("not_received", 0.4), ("order_status", 0.3))
    assert told.p_intent == 0.4


def test_a_third_intent_lowers_trust_and_is_not_taken(read: Read) -> None:
    told, _, _ = read(("praise", 0.99), unsure=False, flags=())
    assert (told.opinion.verdict, told.intent, told.unsure, told.flags) == ("differs", "order_status", True, ("unsure",))


def test_feelings_and_urgency_are_not_the_models_to_change(read: Read, make_triage: Callable[..., Triage]) -> None:
    told, _, _ = read(("not_received", 0.9))
    before = make_triage(**UNSURE)
    for name in ("emotion", "dissatisfied", "p_dissatisfied", "urgency", "priority", "language"):
        assert getattr(told, name) == getattr(before, name)


@pytest.mark.parametrize("guesses", [(), (("make_coffee", 1.0),)])
def test_an_intent_that_does_not_exist_is_no_opinion(guesses: tuple[tuple[str, float], ...], read: Read) -> None:
    told, _, _ = read(*guesses)
    assert (told.opinion.verdict, told.opinion.why, told.intent) == ("failed", "invalid", "order_status")


def test_a_model_that_fails_leaves_the_reading_as_it_was(read: Read, make_triage: Callable[..., Triage]) -> None:
    told, _, use = read(failing=True)
    assert (told.opinion.verdict, told.opinion.why, use.calls, use.usage) == ("failed", "unavailable", 1, ())
    assert told.model_copy(update={"opinion": None}) == make_triage(**UNSURE)


@pytest.mark.parametrize(
    "triage",
    [
        {"unsure": False, "flags": (), "intents": (("order_status", 0.8), ("not_received", 0.2))},
        {"hits": (Hit(signal="legal_threat", language="en", start=0, end=3),)},
        {"flags": ("unsure", "possible:safety_issue")},
        {"intents": (("order_status", 0.4), ("safety_issue", 0.3), ("praise", 0.3))},
        {"bare": True},
        {"language": "sw"},
    ],
)
def test_a_sure_reading_a_stated_rule_and_a_grave_matter_are_not_put_to_a_model(triage: dict[str, Any], read: Read) -> None:
    told, chat, use = read(("praise", 1.0), **triage)
    assert (told.opinion, chat.seen, use) == (None, [], None)


def test_it_is_off_unless_it_is_set(read: Read) -> None:
    told, chat, _ = read(("praise", 1.0), below=0)
    assert (told.opinion, chat.seen) == (None, [])


def test_the_model_sees_the_turns_before_and_nothing_private(read: Read) -> None:
    _, chat, _ = read(("order_status", 0.9))
    assert "Shop: It is on its way." in chat.seen[0]
    assert not [value for value in ("Ana", "Lima", "PL-2610-47715") if value in chat.seen[0]]
