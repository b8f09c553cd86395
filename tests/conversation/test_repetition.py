from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation.repetition import Repetition, plain, unanswered
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.types import Entity, Triage, Turn

MakeTriage = Callable[..., Triage]
QUESTION = "Hello, is the lid of the Orlando casserole safe in the dishwasher?"
OFF_THE_POINT = "Our cookware comes in seven lovely colours!"


@pytest.fixture(scope="module")
def repetition(encoder: OnnxEncoder) -> Repetition:
    return Repetition(encoder)


def talk(*texts: str) -> list[Turn]:
    """Return turns; what begins with ``>`` is the shop's."""
    return [Turn(role="bot", text=t[1:]) if t.startswith(">") else Turn(role="customer", text=t) for t in texts]


AGAIN = "Nice. But the lid, can it go in the dishwasher?"


@pytest.mark.parametrize(
    ("text", "before", "asked"),
    [
        (QUESTION, (), 1),
        ("So, dishwasher for the lid, yes or no?", (QUESTION, f">{OFF_THE_POINT}", AGAIN, f">{OFF_THE_POINT}"), 3),
        ("Which colours are there?", (QUESTION, f">{OFF_THE_POINT}", AGAIN, f">{OFF_THE_POINT}"), 1),
        (QUESTION, (QUESTION, f">{OFF_THE_POINT}"), 2),
        ("Ich frage jetzt zum dritten Mal: Darf der Deckel in die Maschine?", (), 3),
        ("Das ist schon das dritte Mal, dass ich bei Ihnen kaufe.", (), 1),
    ],
)
def test_a_question_is_counted_as_often_as_it_was_asked(
    repetition: Repetition, make_triage: MakeTriage, text: str, before: tuple[str, ...], asked: int
) -> None:
    assert repetition(make_triage(text=text), talk(*before)) == asked


def test_what_the_shop_has_spoken_of_since_does_not_count(repetition: Repetition, make_triage: MakeTriage) -> None:
    answered = talk(QUESTION, ">Yes, the lid may go in the dishwasher.", AGAIN, ">Yes, the lid is safe in the dishwasher.")
    assert repetition(make_triage(text="So, dishwasher for the lid, yes or no?"), answered) < 3


def test_the_same_in_three_languages_is_the_same(repetition: Repetition, make_triage: MakeTriage) -> None:
    before = talk("Can the helmet be washed in the machine?", ">Hello!", "Kann man den Helm in der Maschine waschen?", ">Hallo!")
    assert repetition(make_triage(text="¿Se puede lavar el casco en la lavadora?"), before) == 3


def test_bare_answers_and_empty_messages_ask_nothing(repetition: Repetition, make_triage: MakeTriage) -> None:
    before = talk("PL-2610-47715", "PL-2610-47715")
    assert repetition(make_triage(text="PL-2610-47715", bare=True), before) == 1
    assert repetition(make_triage(text=""), before) == 1


def wrote(*intents: str) -> list[Turn]:
    """Return turns by what they want; ``>`` is the shop's."""
    return [Turn(role="bot", text="Yes.") if i == ">" else Turn(role="customer", text=i, intent=i) for i in intents]


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        (("item_damaged",), 2),
        (("item_damaged", "greeting"), 3),
        (("greeting", "item_damaged", "greeting", "greeting"), 3),
        (("item_damaged", ">"), 1),
        (("item_damaged", ">", "greeting"), 1),
        (("greeting", "praise"), 1),
        ((), 1),
    ],
)
def test_a_greeting_asks_again_for_the_answer_that_is_owed(
    repetition: Repetition, make_triage: MakeTriage, before: tuple[str, ...], asked: int
) -> None:
    assert repetition(make_triage(text="anyone there?", intent="greeting"), wrote(*before)) == asked


@pytest.mark.parametrize(
    ("text", "orders", "same"),
    [
        ("Where is order PL-2610-47715?", ("PL261047715",), True),
        ("Where is order PL-2610-47715?", ("PL999999999",), False),
        ("How do I descale the kettle?", (), False),
    ],
)
def test_two_messages_ask_the_same_only_about_the_same_order(
    repetition: Repetition, make_triage: MakeTriage, text: str, orders: tuple[str, ...], same: bool
) -> None:
    number = Entity(type="order_number", value="PL-2610-47715", start=0, end=13)
    triage = make_triage(text="Hi, my order PL-2610-47715, where is it?", entities=(number,))
    turn = Turn(role="customer", text=text, intent="usage_help" if not orders else "order_status", orders=orders)
    assert repetition.same(triage, turn) is same


@given(*[st.dictionaries(st.integers(0, 9), st.floats(0.1, 9), max_size=6)] * 3, st.frozensets(st.integers(0, 9)))
def test_the_share_is_one_and_falls_with_what_the_shop_says(
    one: dict[int, float], two: dict[int, float], three: dict[int, float], said: frozenset[int]
) -> None:
    one = {piece: 1.0 for piece in one}
    two, three = {piece: 1.0 for piece in two}, {piece: 1.0 for piece in three}
    assert 0 <= unanswered(one, two, three, said) <= unanswered(one, two, three, frozenset()) <= 1
    assert unanswered(one, one, one, frozenset(one)) == 0


@given(st.text())
def test_any_text_can_be_an_order_number(text: str) -> None:
    assert plain(plain(text)) == plain(text)
