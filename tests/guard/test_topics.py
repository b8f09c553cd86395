from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_assist.errors import DataFileError
from cs_assist.guard.context import Context
from cs_assist.guard.rules import RuleBook
from cs_assist.guard.topics import TOPICS, TopicGuard, load_topics

HERE = Path(__file__).parent
GUARD = TopicGuard()
BOOK = RuleBook()
PIECES = ["god ", "Taiwan is ", "戦争", "👩‍👧", "حرب "]
MARKETS = (
    "en:US de:DE fr:FR es:ES pt:BR it:IT nl:NL pl:PL sv:SE tr:TR ru:RU ar:SA hi:IN hi-Latn:IN id:ID ms:MY th:TH vi:VN "
    "zh-Hans:CN zh-Hant:TW ja:JP ko:KR"
)
HOME: dict[str, str] = {language: market for language, _, market in (pair.partition(":") for pair in MARKETS.split())}


def harmless() -> Iterator[tuple[str, str]]:
    for language, lines in yaml.safe_load((HERE / "harmless.yaml").read_text(encoding="utf-8")).items():
        yield from ((language, line) for line in lines)


def touchy() -> Iterator[tuple[str, str, str, str]]:
    for row in yaml.safe_load((HERE / "touchy.yaml").read_text(encoding="utf-8")):
        language, market = row.pop("language"), row.pop("market")
        yield from ((language, market, rule, text) for rule, text in row.items())


def found(text: str, language: str = "en", market: str | None = "US", **values: object) -> dict[str, str]:
    where = Context(language=language, market=market, platform=None, channel=None, **values)  # type: ignore[arg-type]
    return {finding.rule: finding.severity for finding in GUARD(text, where)}


@pytest.mark.parametrize(("language", "text"), list(harmless()))
def test_an_ordinary_sentence_is_not_warned_about(language: str, text: str) -> None:
    where = Context(language=language, market=HOME[language], platform="amazon", channel=None)
    assert [f for check in (GUARD, BOOK) for f in check(text, where) if f.severity != "note"] == []


@pytest.mark.parametrize(("language", "market", "rule", "text"), list(touchy()))
def test_a_sensitive_sentence_is_warned_about(language: str, market: str, rule: str, text: str) -> None:
    assert found(text, language, market).get(rule) in ("warn", "block")


def test_there_are_at_least_150_harmless_sentences_over_all_languages() -> None:
    lines = list(harmless())
    assert len(lines) >= 150
    assert {language for language, _ in lines} == set(HOME)


def test_a_topic_that_the_customer_or_the_evidence_raised_is_one_step_milder() -> None:
    text = "It contains bacon."
    assert found(text, market="AE") == {"topic_pork": "warn"}
    assert found(text, market="AE", customer_text="Is there pork in it?") == {"topic_pork": "note"}
    assert found(text, market="AE", evidence=("bacon bits",)) == {"topic_pork": "note"}
    assert found(text, market="US") == {}


def test_food_by_day_is_a_topic_in_ramadan_only() -> None:
    text = "Enjoy your lunch!"
    assert found(text, market="SA", on=date(2027, 2, 20)) == {"topic_ramadan_food": "warn"}
    assert found(text, market="SA", on=date(2027, 6, 20)) == {}
    assert found(text, market="SA") == {}
    assert found(text, market="GB", on=date(2027, 2, 20)) == {}


def test_a_language_stands_for_its_market_where_none_is_known() -> None:
    assert found("आपकी जाति क्या है?", "hi", None) == {"topic_caste": "warn"}


def test_an_unlucky_number_is_noted_in_a_gift_only() -> None:
    assert found("We send you a voucher of 44 yuan.", market="CN") == {"topic_number_four": "note"}
    assert found("We send 44 pieces.", market="CN") == {}


def test_a_seller_switches_a_topic_off() -> None:
    assert found("Pray to God.", allowed=frozenset(["topic_religion"])) == {}


def test_what_is_only_general_knowledge_never_blocks(tmp_path: Path) -> None:
    for topic in load_topics().topics:
        assert topic.certainty != "general" or "block" not in (topic.severity, *topic.markets.values())
    for path in TOPICS.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    file = tmp_path / "_topics.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("{CN: note}", "{CN: block}", 1), encoding="utf-8")
    with pytest.raises(DataFileError, match="does not block"):
        load_topics(tmp_path)


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=8), st.sampled_from(["god ", "Taiwan is ", "戦争", "👩‍👧", "حرب "])), max_size=10).map(
        "".join
    ),
    st.sampled_from(["en", "ja", "ar", "th"]),
)
def test_any_text_can_be_checked_and_spans_fit(text: str, language: str) -> None:
    for finding in GUARD(text, Context(language=language, market=None, platform=None, channel=None)):
        assert 0 <= finding.start < finding.end <= len(text)


@pytest.mark.parametrize(
    ("text", "language", "market", "topic"),
    [
        ("Les Wallons sont toujours en retard.", "fr", "BE", "topic_peoples"),
        ("Del resto al Sud funziona così.", "it", "IT", "topic_peoples"),
        ("Te sientes bien, a tu edad es normal.", "es", "ES", "topic_private_life"),
        ("戦前の話ですが、箱は木製です。", "ja", "JP", "topic_history"),
        ("The prime minister should pay for this.", "en", "GB", "topic_public_life"),
    ],
)
def test_what_may_divide_is_noted(text: str, language: str, market: str, topic: str) -> None:
    assert found(text, language, market).get(topic) == "note"
