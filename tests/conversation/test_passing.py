from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation.passing import is_stale, only_spelled_anew, passed_over
from cs_assist.types import Conversation, Hit, Message, Triage, Turn

START = datetime(2026, 11, 23, tzinfo=UTC)
SILENCE = timedelta(hours=72)
HIT = (Hit(signal="safety_issue", language="en", start=0, end=1),)

SPELLED = [
    ("where is my parcel", "Where is my parcel?"),
    ("wann kommt meine lieferug", "wann kommt meine lieferung??"),
    ("Wo ist mein Paket PL-2610-47715", "wo ist mein Paket PL 2610 47715?"),
    ("quand arrvie mon colis ?", "Quand arrive mon colis ?"),
    ("¿cuando llegara mi pedido?", "¿Cuando llegara mi pedidoo?"),
    ("где моя посылкa", "Где моя посылка?"),
    ("我的包裹在哪里", "我的包裹在哪里？"),
    ("荷物はどこですか", "荷物はどこですか。"),
    ("내 택배 어디 있나요", "내 택배 어디 있나요?"),
    ("أين طلبي", "أين طلبي؟"),
    ("मेरा पार्सल कहाँ है", "मेरा पार्सल कहाँ है?"),
    ("พัสดุอยู่ที่ไหน", "พัสดุอยู่ที่ไหน?"),
    ("siparişim nerede kaldı", "Siparişim nerede kaldı…"),
    ("var är mitt pakte", "var är mitt paket"),
]
ANEW = [
    ("Where is my order PL-2610-47715?", "Where is my order PL-2610-47751?"),
    ("I need size 42", "I need size 43"),
    ("Ich will die Jacke behalten", "Ich will die Jacke nicht behalten"),
    ("I can return it now", "I can return it not"),
    ("Je veux un remboursement", "Je veux un remboursement et un humain"),
    ("El paquete ha llegado bien", "El paquete ha llegado bien. ¡El cargador se quemó!"),
    ("订单到了", "订单没到"),
    ("返金してください", "返品してください"),
    ("반품하고 싶어요", "교환하고 싶어요"),
    ("أريد استرداد المبلغ", "لا أريد استرداد المبلغ"),
    ("मुझे वापस करना है", "मुझे वापस नहीं करना है"),
    ("Great service 👍", "Great service 👎"),
    ("It costs 20 €", "It costs 20 $"),
    ("I live at Meyer street", "I live at Mayer street"),
    ("my order is legal", "my order is illegal"),
    ("he can come", "he can't come"),
    ("Meine Adresse ist Gartenweg 5", "Meine Adresse ist Kartenweg 5"),
]


@pytest.mark.parametrize(("before", "after"), SPELLED)
def test_signs_spaces_case_and_slips_say_nothing_else(before: str, after: str) -> None:
    assert only_spelled_anew(before, after)
    assert only_spelled_anew(after, before)


@pytest.mark.parametrize(("before", "after"), ANEW)
def test_a_word_a_number_or_an_emoji_says_something_else(before: str, after: str) -> None:
    assert not only_spelled_anew(before, after)
    assert not only_spelled_anew(after, before)


@pytest.mark.parametrize("length", [1, 50, 3_000])
@pytest.mark.parametrize(("before", "after"), SPELLED[:1] + ANEW[4:6])
def test_what_is_added_to_a_long_message_is_heard(before: str, after: str, length: int) -> None:
    long = "I ordered a blue jacket last Monday. " * length
    assert only_spelled_anew(long + before, long + after) == only_spelled_anew(before, after)
    assert not only_spelled_anew(long, long + after)


@given(st.text())
def test_a_text_is_spelled_as_it_is(text: str) -> None:
    assert only_spelled_anew(text, text)


def test_two_long_texts_are_compared_at_once() -> None:
    start = time.perf_counter()
    only_spelled_anew("abcdef " * 100_000, "abcdfe " * 100_000)
    assert time.perf_counter() - start < 5


def conversation(*turns: tuple[str, str], **first: Any) -> Conversation:
    made = []
    for n, (role, text) in enumerate(turns):
        reading = {"intent": "order_status", "dissatisfied": False, **first} if role == "customer" else {}
        told = {"role": role, "text": text, "at": START + timedelta(minutes=n), "id": None if role == "bot" else f"m{n}"}
        made.append(Turn.model_validate({**told, **reading}))
    return Conversation(id="c", turns=tuple(made))


ASKED = "Where is my order PL-2610-47715"


def why(
    make_triage: Callable[..., Triage], state: Conversation, text: str, *, withdrawn: bool = False, stale: bool = False,
    edits: str | None = None, author: str = "customer", orders: tuple[str, ...] = (), **triage: Any,
) -> str:  # fmt: skip
    message = Message.model_validate({"id": "new", "text": text, "conversation_id": "c", "edits": edits, "author": author})
    return passed_over(message, make_triage(text=text, **triage), state, orders, withdrawn=withdrawn, stale=stale)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "edited"),
        ({"orders": ("PL261047715",)}, "edited"),
        ({"orders": ("PL261047751",)}, ""),
        ({"intent": "delivery_delayed"}, ""),
        ({"dissatisfied": True}, ""),
        ({"hits": HIT}, ""),
        ({"flags": ("possible:safety_issue",)}, ""),
        ({"edits": None}, ""),
        ({"edits": "m7"}, ""),
    ],
)
def test_an_edit_is_passed_over_only_where_it_was_answered_and_says_the_same(
    make_triage: Callable[..., Triage], change: dict[str, Any], expected: str
) -> None:
    state = conversation(("customer", ASKED), ("bot", "It is on its way to you."), orders=("PL261047715",))
    assert why(make_triage, state, ASKED + "?", **{"edits": "m0", **change}) == expected
    unanswered = state.model_copy(update={"turns": state.turns[:1]})
    assert why(make_triage, unanswered, ASKED + "?", **{"edits": "m0", **change}) == ""


def test_what_was_withdrawn_or_replaced_is_passed_over_but_for_a_stated_rule(make_triage: Callable[..., Triage]) -> None:
    state = conversation(("customer", ASKED))
    for given_, reason in [({"withdrawn": True}, "withdrawn"), ({"stale": True}, "replaced")]:
        assert why(make_triage, state, "Hello", **given_) == reason
        assert why(make_triage, state, "Hello", **given_, hits=HIT) == ""
        assert why(make_triage, state, "Hello", **given_, author="agent") == "own"


BOT, AGENT = "Your parcel is on its way to you.", "Hello, this is Tom, I look into it."


@pytest.mark.parametrize(
    ("text", "author", "expected"),
    [
        (BOT, "agent", "echo"),
        (BOT, "customer", "echo"),
        (BOT, "bot", "echo"),
        (AGENT, "agent", "own"),
        (AGENT, "customer", "echo"),
        ("我们正在处理", "agent", "own"),
    ],
)
def test_an_agent_may_say_the_same_twice(make_triage: Callable[..., Triage], text: str, author: str, expected: str) -> None:
    state = conversation(("customer", "Hi"), ("bot", BOT), ("agent", AGENT), ("agent", "我们正在处理"))
    assert why(make_triage, state, text, author=author) == expected
    later = state.model_copy(update={"episode": 2})
    assert why(make_triage, later, text, author=author) == ("own" if author != "customer" else "")


@pytest.mark.parametrize(
    ("edits", "minutes", "stale"),
    [
        (None, 0, True),
        ("m0", 4, True),
        ("m0", 5, False),
        ("m0", 6, False),
        ("m0", 5 - 73 * 60, False),
        ("m9", 4, False),
    ],
)
def test_a_later_wording_makes_an_earlier_one_stale(edits: str | None, minutes: int, stale: bool) -> None:
    state = conversation(("customer", "Hi"), edits=("e",), edited_at=START + timedelta(minutes=5))
    message = Message(id="m0" if edits is None else "new", conversation_id="c", edits=edits)
    assert is_stale(message, state, START + timedelta(minutes=minutes), silence=SILENCE) is stale
    assert not is_stale(message, Conversation(id="c"), START, silence=SILENCE)
