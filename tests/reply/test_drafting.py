"""A model writes, through the real door; what it writes is used only where every check passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.check import Guard, order_facts
from cs_assist.guard.veil import Veil
from cs_assist.llm.door import LanguageModel
from cs_assist.markets.market import load_market
from cs_assist.reply.compose import Composer
from cs_assist.reply.drafting import Drafter, Written
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Conversation, Decision, Draft, Finding, Findings, Hit, Message, Order, Passage, Triage

pytest.importorskip("langchain_core", reason="the extra 'openai' or 'langchain' is not installed")
from evals.scripted_models import Asked, Script, ScriptedChat, draft, honest

ORDER = Order(number="PL-2610-47715", status="shipped", carrier="DHL", tracking="00340434161094")
MESSAGE = Message(id="m1", name="Ana Lima", market="US", text="Where is my order PL-2610-47715?", order=ORDER)
RETURNS = Passage(
    doc_id="returns", chunk=0, title="Returns", text="You may return any article within 14 days of delivery.", score=1,
    p_answers=0.8, language="en", category="returns",
)  # fmt: skip
SAID = ("You may return your article within 14 days of delivery, dear [NAME_1].", ["E1"])
Write = Callable[..., Written]


@pytest.fixture(scope="module")
def guard(encoder: OnnxEncoder, reader: MessageReader) -> Guard:
    return Guard(reader.identify, encoder=encoder)


@pytest.fixture
def write(
    guard: Guard, reader: MessageReader, make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime
) -> Write:
    """Have a scripted model write a draft from the passage above, or a reply from the order; any part may be given."""

    def run(script: Script, *, by_order: bool = False, settings: dict[str, Any] | None = None, **given: Any) -> Written:
        chosen = load_settings(**(settings or {}))
        chat = given.get("chat") or ScriptedChat(script=script)
        door = LanguageModel(chat, chosen)
        drafter = Drafter(door, Composer(chosen), chosen, identify=reader.identify, veil=lambda m, tag: Veil(m, language=tag))
        message = given.get("message", MESSAGE if by_order else MESSAGE.model_copy(update={"order": None}))
        unapproved = {"action": "draft", "reason": "not_approved", "passage": given.get("passage", RETURNS)}
        decision = make_decision(**({"action": "reply", "reason": "order_facts"} if by_order else unapproved))
        triage = make_triage(text=message.text, language=given.get("language", "en"))

        def check(text: Draft) -> Sequence[Finding]:
            return guard(text, message, on=now.date(), task_created=not by_order)

        return drafter(
            message, triage, Conversation(id="c"), decision, Findings(passages=(RETURNS,)), market=load_market("US"), now=now,
            facts=order_facts(message.order), check=check,
        )  # fmt: skip

    return run


def answering(*answers: Any) -> Script:
    """Give these answers, one after the other."""
    left = list(answers)
    return lambda asked: left.pop(0)


def test_a_borne_out_draft_is_used_in_the_frame_of_market_and_channel(write: Write) -> None:
    written = write(lambda asked: draft("en", SAID))
    assert written.draft is not None
    assert written.use is not None
    assert "You may return your article within 14 days of delivery, dear Ana Lima." in written.draft.text
    assert "Ana," in written.draft.text.splitlines()[0]
    assert (written.draft.source, written.draft.citations) == ("model", ("returns",))
    assert (written.use.calls, len(written.use.usage), written.use.downgraded) == (1, 1, "")


def test_a_refused_draft_is_mended_once_with_the_findings(write: Write) -> None:
    prompts: list[Asked] = []

    def script(asked: Asked) -> Any:
        prompts.append(asked)
        return draft("en", SAID) if asked.repairing else draft("en", ("You may return it within 30 days.", ["E1"]))

    written = write(script)
    assert written.draft is not None
    assert written.use is not None
    assert (written.use.calls, written.use.downgraded) == (2, "")
    assert "figure" in prompts[1].text
    assert "within 30 days. [E1]" in prompts[1].data["draft"]


def test_after_one_repair_the_composed_text_is_used(write: Write) -> None:
    bad = draft("en", ("You may return it within 30 days.", ["E1"]))
    written = write(lambda asked: bad)
    assert written.draft is None
    assert written.use is not None
    assert (written.use.calls, written.use.downgraded) == (2, "figure")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (draft("en", ("It costs 5.90 EUR to return it.", ["E1"])), "figure"),
        (draft("en", ("You may return it within 14 days at evil.example.", ["E1"])), "link"),
        (draft("en", ("You may return it within 14 days.", ["E7"])), "unknown_evidence"),
        (draft("en", ("You may return it within 14 days.", [])), "no_evidence"),
        (draft("de", ("Sie können Ihren Artikel innerhalb von 14 Tagen zurückgeben.", ["E1"])), "language"),
        (draft("en", SAID, ("We will refund you in full today.", ["E1"])), "claim_refund"),
        (draft("en", SAID, ("You are an idiot.", [])), "topic_insult"),
        (draft("en", SAID, ("Your password is [PASSWORD_1].", ["E1"])), "code, placeholder"),
        (draft("en", refused="the evidence does not say it"), "refused"),
        (draft("en"), "refused"),
    ],
)
def test_what_no_evidence_bears_out_or_a_rule_forbids_is_never_used(answer: Any, why: str, write: Write) -> None:
    written = write(lambda asked: answer)
    assert written.draft is None
    assert written.use is not None
    assert any(written.use.downgraded.startswith(part) or part in written.use.downgraded for part in why.split(", "))
    assert written.use.calls <= 2


def test_a_model_that_answers_in_the_prompts_language_is_not_used(write: Write) -> None:
    german = MESSAGE.model_copy(update={"text": "Kann ich das zurückgeben?", "order": None, "market": "DE"})
    written = write(lambda asked: draft("en", SAID), message=german, language="de")
    assert written.draft is None
    assert written.use is not None
    assert "language" in written.use.downgraded


def test_a_second_passage_may_be_cited_but_only_for_what_it_says(write: Write) -> None:
    other = RETURNS.model_copy(update={"doc_id": "post", "text": "Postage for a return is 5.90 USD."})
    right = draft("en", ("Postage for a return is 5.90 USD.", ["E1"]), SAID)
    assert write(lambda asked: right, passage=other).draft is None
    right["sentences"][1]["evidence"] = ["E2"]
    assert write(lambda asked: draft("en", ("Postage for a return is 5.90 USD.", ["E1"])), passage=other).draft is not None


def test_the_personal_data_of_message_and_order_are_never_seen_by_the_model(write: Write) -> None:
    chat = ScriptedChat(script=honest)
    told = MESSAGE.model_copy(update={"text": "I am Ana Lima, ana@example.com, +1 212 555 0199. Where is PL-2610-47715?"})
    written = write(honest, chat=chat, by_order=True, message=told)
    assert written.draft is not None
    assert "PL-2610-47715" in written.draft.text
    assert "00340434161094" in written.draft.text
    for value in ("Ana", "Lima", "ana@example.com", "555 0199", "PL-2610-47715", "00340434161094"):
        assert value not in chat.seen[0]


@pytest.mark.parametrize(
    "said",
    [
        "Your order [ORDER_NUMBER_1] is shipped, but it was lost.",
        "The current status of your order [ORDER_NUMBER_1] is: delivered.",
        "You need not pay for it.",
        "The tracking number with DHL is 00340434161095.",
    ],
)
def test_what_is_sent_unread_says_of_the_order_only_what_is_so(said: str, write: Write) -> None:
    written = write(lambda asked: draft("en", (said, ["order"])), by_order=True)
    assert written.draft is None


def test_what_is_sent_unread_has_no_sentence_of_the_models_without_evidence(write: Write) -> None:
    answer = honest_order("We are all very proud of you.")
    written = write(lambda asked: answer(asked), by_order=True)
    assert written.draft is not None
    assert "proud" not in written.draft.text


def honest_order(more: str) -> Script:
    """Say the order's state, and something else that names no evidence."""

    def script(asked: Asked) -> Any:
        answer: Any = honest(asked)
        answer["sentences"].append({"text": more, "evidence": []})
        return answer

    return script


@pytest.mark.parametrize(
    ("raised", "why"),
    [(TimeoutError("late"), "timeout"), (ConnectionError("gone"), "unavailable"), (ValueError("odd"), "invalid")],
)
def test_a_model_that_fails_leaves_the_reason_and_no_error(raised: Exception, why: str, write: Write) -> None:
    def script(asked: Asked) -> Any:
        raise raised

    written = write(script, settings={"llm_timeout_seconds": 3})
    assert written.draft is None
    assert written.use is not None
    assert written.use.downgraded == why


@pytest.mark.parametrize(("text", "why"), [("no JSON at all", "invalid"), ("", "empty"), ('{"language": "en"}', "invalid")])
def test_an_answer_that_cannot_be_read_leaves_the_reason(text: str, why: str, write: Write) -> None:
    written = write(lambda asked: text)
    assert written.use is not None
    assert (written.draft, written.use.downgraded, written.use.calls) == (None, why, 1)
    assert [usage.prompt_id for usage in written.use.usage] == ["draft"]


def test_a_budget_of_zero_never_calls(write: Write) -> None:
    chat = ScriptedChat(script=honest)
    written = write(honest, chat=chat, settings={"llm_budget_per_day": 0})
    assert written.use is not None
    assert written.use.downgraded == "budget"
    assert chat.seen == []


@pytest.mark.parametrize(
    ("decision", "triage", "order", "wanted"),
    [
        ({"action": "reply", "reason": "order_facts"}, {}, True, True),
        ({"action": "draft", "reason": "order_facts"}, {}, True, True),
        ({"action": "reply", "reason": "order_facts"}, {}, False, False),
        ({"action": "reply", "reason": "answered", "passage": RETURNS.model_copy(update={"approved": True})}, {}, True, False),
        ({"action": "draft", "reason": "other_language", "passage": RETURNS}, {}, False, True),
        ({"action": "draft", "reason": "suspected", "passage": RETURNS}, {}, False, False),
        ({"action": "draft", "reason": "not_sure", "passage": RETURNS}, {"intent": "legal_threat"}, False, False),
        (
            {"action": "draft", "reason": "not_sure", "passage": RETURNS},
            {"hits": (Hit(signal="self_harm", language="en", start=0, end=1),)}, False, False,
        ),
        ({"action": "draft", "reason": "not_sure", "passage": RETURNS}, {"language": "sw"}, False, False),
        ({"action": "draft", "reason": "no_answer"}, {}, True, False),
        ({"action": "handover", "reason": "dissatisfied"}, {}, True, False),
        ({"action": "reply", "reason": "praise"}, {}, True, False),
        ({"action": "ask", "reason": "bare", "ask": "details"}, {}, True, False),
    ],
)  # fmt: skip
def test_a_model_writes_from_evidence_only_and_never_what_is_grave_or_approved(
    decision: dict[str, Any], triage: dict[str, Any], order: bool, wanted: bool,
    reader: MessageReader, make_triage: Callable[..., Triage], make_decision: Callable[..., Decision],
) -> None:  # fmt: skip
    settings = load_settings()
    drafter = Drafter(
        LanguageModel(ScriptedChat(script=honest), settings), Composer(settings), settings, identify=reader.identify,
        veil=lambda message, tag: Veil(message, language=tag),
    )  # fmt: skip
    message = MESSAGE if order else MESSAGE.model_copy(update={"order": None})
    assert drafter.wanted(message, make_triage(**triage), make_decision(**decision)) is wanted
