from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_shop import DAY

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.gaps import EXAMPLES, Asked, Gap, Gaps, find_gaps, group
from cs_assist.knowledge.likeness import Likeness
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message

ICELAND = [
    ("en", "Do you ship to Iceland?"),
    ("en", "Is delivery to Iceland possible?"),
    ("de", "Liefern Sie auch nach Island?"),
    ("fr", "Livrez-vous en Islande ?"),
    ("es", "¿Hacen envíos a Islandia?"),
    ("ja", "アイスランドへの配送は可能ですか？"),
]
STUDENTS = [
    ("en", "Do you have a student discount?"),
    ("de", "Gibt es bei Ihnen Studentenrabatt?"),
    ("fr", "Avez-vous une réduction étudiante ?"),
    ("es", "¿Tienen descuento para estudiantes?"),
]
ALONE = [("en", "What is the voltage of the travel adapter in Brazil?"), ("sv", "Var ligger er butik i Malmö?")]
NO_QUESTION = [("en", "Hello!"), ("en", "I want to talk to a real person right now.")]

Ask = Callable[..., list[Asked]]


@pytest.fixture(scope="module")
def ask(reader: MessageReader) -> Ask:
    def make(texts: list[tuple[str, str]], **fields: Any) -> list[Asked]:
        messages = [
            Message(**{"id": text, "text": text, "language": language, "market": "US", **fields}) for language, text in texts
        ]
        return [Asked(message, triage, DAY) for message, triage in zip(messages, reader.read_many(messages), strict=True)]

    return make


@pytest.fixture(scope="module")
def base(shop_index: Path, encoder: OnnxEncoder) -> KnowledgeBase:
    return KnowledgeBase(shop_index, encoder, answer_at=1.0)  # however near an article is, nothing counts as answered


@pytest.fixture(scope="module")
def report(ask: Ask, base: KnowledgeBase, encoder: OnnxEncoder) -> Gaps:
    return find_gaps(ask([*ALONE, *STUDENTS, *NO_QUESTION, *ICELAND]), base, encoder)


def texts(gap: Gap) -> set[str]:
    return {asked.message.text for asked in gap.examples}


def test_one_question_in_many_languages_is_one_gap_and_the_most_asked_comes_first(report: Gaps) -> None:
    iceland, students = report.gaps
    assert iceland.count >= 5
    assert texts(iceland) <= {text for _, text in ICELAND}
    assert len(iceland.languages) >= 4
    assert students.count >= 3
    assert texts(students) <= {text for _, text in STUDENTS}


def test_every_message_is_accounted_for(report: Gaps) -> None:
    assert (report.messages, report.answered, report.no_question) == (14, 0, 2)
    assert report.single + sum(gap.count for gap in report.gaps) == 12


def test_what_the_index_answers_by_now_is_left_out(ask: Ask, shop_index: Path, encoder: OnnxEncoder) -> None:
    generous = KnowledgeBase(shop_index, encoder, answer_at=0.0)
    assert find_gaps(ask([*ICELAND, *NO_QUESTION]), generous, encoder) == Gaps((), 8, 6, 2, 0)


def test_examples_show_each_language_before_any_twice(report: Gaps) -> None:
    for gap in report.gaps:
        languages = [asked.triage.language for asked in gap.examples]
        assert len(gap.examples) <= EXAMPLES
        assert len(set(languages[: len(gap.languages)])) == min(len(gap.languages), EXAMPLES)


def test_the_order_of_the_messages_does_not_matter(ask: Ask, base: KnowledgeBase, encoder: OnnxEncoder, report: Gaps) -> None:
    shuffled = ask([*ALONE, *STUDENTS, *NO_QUESTION, *ICELAND])
    random.Random(7).shuffle(shuffled)
    again = find_gaps(shuffled, base, encoder)
    assert [(gap.count, texts(gap)) for gap in again.gaps] == [(gap.count, texts(gap)) for gap in report.gaps]


def test_a_text_that_comes_twice_counts_twice_and_is_shown_once(ask: Ask, base: KnowledgeBase, encoder: OnnxEncoder) -> None:
    twice = [*ask(ICELAND[:1], market="GB"), *ask(ICELAND[:1]), *ask(ICELAND[:1])]
    (gap,) = find_gaps(twice, base, encoder).gaps
    assert (gap.count, len(gap.examples)) == (3, 1)
    assert (gap.languages, gap.markets) == ((("en", 3),), (("US", 2), ("GB", 1)))


def test_a_question_that_too_few_ask_is_no_gap(ask: Ask, base: KnowledgeBase, encoder: OnnxEncoder) -> None:
    found = find_gaps(ask(ICELAND[:2]), base, encoder, at_least=3)
    assert (found.gaps, found.single) == ((), 2)
    assert len(find_gaps(ask(ICELAND[:2]), base, encoder, at_least=2).gaps) == 1


def test_no_messages_are_no_gaps(base: KnowledgeBase, encoder: OnnxEncoder) -> None:
    assert find_gaps([], base, encoder) == Gaps((), 0, 0, 0, 0)


SWISS = [("de", "Wie hoch ist die Einfuhrsteuer beim Import?"), ("de", "Wie viel Einfuhrsteuer fällt an?")]
AMAZON = [("en", "How do I return my Amazon order?"), ("en", "How are orders from Amazon returned?")]


GIFT_CARDS = [("de", "Verkauft ihr Geschenkkarten?"), ("de", "Gibt es bei euch Geschenkkarten zu kaufen?")]


@pytest.mark.parametrize(
    ("asked", "fields", "nearest", "why"),
    [
        (SWISS, {"market": "JP"}, "zoll-ch", {"other_market"}),
        (AMAZON, {"platform": "ebay"}, "returns-amazon", {"other_platform"}),
        (ICELAND[:2], {}, None, {"off_topic"}),
        (GIFT_CARDS, {}, None, {"off_topic"}),
        (GIFT_CARDS, {"market": "JP"}, None, {"off_topic"}),
    ],
)
def test_the_nearest_article_and_why_it_did_not_answer(
    ask: Ask,
    base: KnowledgeBase,
    encoder: OnnxEncoder,
    asked: list[tuple[str, str]],
    fields: dict[str, Any],
    nearest: str | None,
    why: set[str],
) -> None:
    (gap,) = find_gaps(ask(asked, **fields), base, encoder, at_least=2).gaps
    assert gap.nearest is not None
    assert gap.nearest.doc_id == nearest or nearest is None
    assert set(gap.why) == why


@given(st.lists(st.integers(0, 5), max_size=12))
def test_groups_hold_every_message_once_and_equal_ones_together(kinds: list[int]) -> None:
    class Plain(Likeness):
        def __init__(self) -> None: ...

        def of(self, cosines: Any) -> Any:
            return np.asarray(cosines)

    placed = np.eye(6, dtype=np.float32)[kinds].reshape(len(kinds), 6)
    groups = group(placed, Plain(), np.ones((len(kinds), 1), np.float32))
    assert sorted(i for members in groups for i in members) == list(range(len(kinds)))
    assert all(len({kinds[i] for i in members}) == 1 for members in groups)
    assert len(groups) == len(set(kinds))
    assert [len(members) for members in groups] == sorted((len(members) for members in groups), reverse=True)


def test_messages_whose_intents_have_nothing_in_common_are_no_group() -> None:
    class Same(Likeness):
        def __init__(self) -> None: ...

        def of(self, cosines: Any) -> Any:
            return np.ones_like(cosines)

    assert group(np.ones((2, 3), np.float32), Same(), np.eye(2, dtype=np.float32)) == [[0], [1]]
