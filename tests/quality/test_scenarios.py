from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any, get_args

import pytest

from cs_assist.config import Settings
from cs_assist.errors import ModelError, SettingsError
from cs_assist.llm import schemas
from cs_assist.markets.market import load_market, market_codes
from cs_assist.quality.complaints import Situation
from cs_assist.quality.scenarios import (
    BLANK,
    CHANNELS,
    Deck,
    Scenario,
    enrich,
    make_scenarios,
    matrix,
    spoken,
    to_markdown,
)
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Action, Emotion, Message, same_language

SETTINGS = Settings()


def make(code: str, n: int = 100, seed: int = 0) -> list[Scenario]:
    return make_scenarios(load_market(code), SETTINGS, n=n, seed=seed)


@pytest.fixture(scope="module")
def japan() -> list[Scenario]:
    return make("JP")


def test_the_same_seed_gives_the_same_and_another_gives_others(japan: list[Scenario]) -> None:
    assert make("JP") == japan
    assert {s.text for s in make("JP", seed=1)} != {s.text for s in japan}


@pytest.mark.parametrize("code", sorted(market_codes()))
def test_in_every_market_a_hundred_are_different_and_spread(code: str) -> None:
    made = make(code)
    assert len({s.text for s in made}) == len({s.id for s in made}) == 100
    for counts, kinds in (
        (Counter(s.intent for s in made), get_args(Situation)),
        (Counter(s.emotion for s in made), [e for e in Emotion if e is not Emotion.HAPPY]),
        (Counter(s.channel for s in made), CHANNELS),
        (Counter(s.language for s in made), spoken(load_market(code))),
    ):
        assert set(counts) == set(kinds)
        assert min(counts.values()) >= 0.5 * 100 / len(kinds)
        assert max(counts.values()) <= 1.5 * 100 / len(kinds)


def test_the_gravest_come_first(japan: list[Scenario]) -> None:
    scores = [s.risk.score for s in japan]
    assert scores == sorted(scores, reverse=True)


def test_what_must_happen_follows_the_policy(japan: list[Scenario]) -> None:
    rules = {s.intent: s.expected for s in japan if s.intent in ("safety_issue", "legal_threat", "human_request")}
    assert all(expected.action is Action.HANDOVER and expected.rule == intent for intent, expected in rules.items())
    assert rules["safety_issue"].priority == "P1"
    twice = [s for s in japan if "repeat" in s.circumstances and s.emotion in (Emotion.ANGRY, Emotion.FRUSTRATED)]
    assert twice
    assert all(s.expected.action is Action.HANDOVER for s in twice)
    assert all(s.history and s.dissatisfied for s in twice)


def test_a_reply_frame_is_in_the_customers_language_and_has_a_blank_where_an_answer_goes(
    japan: list[Scenario], reader: MessageReader
) -> None:
    for s in japan:
        assert (BLANK in s.template) == (s.expected.action is Action.DRAFT)
        assert same_language(reader.identify(s.template)[0], "ja")


def test_what_comes_by_night_comes_while_nobody_is_there(japan: list[Scenario]) -> None:
    market = load_market("JP")
    hours = market.business_hours
    by_night = {s.now.astimezone(market.zone).time() for s in japan if "night" in s.circumstances}
    by_day = {s.now.astimezone(market.zone).time() for s in japan if "night" not in s.circumstances}
    assert by_night
    assert all(not hours.start <= at < hours.end for at in by_night)
    assert all(hours.start <= at < hours.end for at in by_day)


def test_platforms_are_the_markets_own(japan: list[Scenario]) -> None:
    for s in japan:
        assert (s.platform in load_market("JP").platforms) == (s.channel == "marketplace")


def test_the_whole_texts_read_as_they_are_meant(reader: MessageReader) -> None:
    missed, total = [], 0
    for code in ("JP", "DE", "US", "IN", "SA", "BR", "MY", "TH"):
        made = make(code, n=40)
        read = reader.read_many([Message(id=s.id, text=s.text, market=s.market, history=s.history) for s in made])
        total += len(made)
        missed += [s.text for s, t in zip(made, read, strict=True) if s.intent not in [name for name, _ in t.intents[:3]]]
    assert len(missed) <= 0.1 * total, missed


def test_markets_whose_languages_have_no_words_write_english() -> None:
    assert spoken(load_market("DK")) == ("en",)
    assert spoken(load_market("ES")) == ("es",)


@pytest.mark.parametrize("n", [0, -3])
def test_fewer_than_one_is_refused(n: int) -> None:
    with pytest.raises(SettingsError):
        make("JP", n=n)


def test_more_than_there_are_words_for_is_refused_with_the_number() -> None:
    with pytest.raises(SettingsError, match=r"about \d+ different complaints in market 'TH', not for 100000"):
        make("TH", n=100_000)


def test_a_line_is_an_input_line(japan: list[Scenario]) -> None:
    s = next(s for s in japan if s.history)
    line = json.loads(json.dumps(s.line(), ensure_ascii=False))
    assert {"id", "text", "market", "channel", "platform", "language", "now", "history", "turns"} <= line.keys()
    assert [turn["role"] for turn in line["turns"]] == ["customer", "bot", "customer"]
    assert line["turns"][-1]["text"] == s.text


def test_the_matrix_counts_every_scenario_once(japan: list[Scenario]) -> None:
    assert sum(map(sum, matrix(japan))) == len(japan)
    page = to_markdown(japan[:3], "Complaints, Japan")
    assert page.startswith("# Complaints, Japan\n")
    assert all(s.text.splitlines()[-1] in page and s.plan[0] in page for s in japan[:3])


def test_a_deck_deals_all_before_it_deals_any_twice() -> None:
    deck = Deck("abc", random.Random(1))
    assert sorted(deck.draw() for _ in range(6)) == ["a", "a", "b", "b", "c", "c"]
    assert deck.draw({"b"}) == "b"
    with pytest.raises(ValueError, match="fits"):
        deck.draw({"z"})


def says(*texts: str) -> schemas.Scenarios:
    made = [schemas.Scenario(text=text, intent="", emotion=Emotion.ANGRY) for text in texts]
    return schemas.Scenarios(language="de", scenarios=made)


VASE = "Also ehrlich, das Paket kam total zerbeult an und die Vase [ORDER] ist in tausend Teile zersprungen."
GLASS = "Das Glas war beim Auspacken schon zerbrochen, so geht das nicht."
TWICE = "Ihr habt mir die Bestellung doppelt abgebucht!!"


@pytest.mark.parametrize(
    ("replies", "reasons", "taken"),
    [
        ((says(VASE), says(GLASS), says(TWICE)), {}, 3),
        ((says(VASE), says(VASE), says("Where is my parcel? I was charged twice.")), {"duplicate": 1, "language": 1}, 1),
        (
            (says("Ich bin Anna Schmidt und die Vase ist zerbrochen."), says(" "), says("Wie lang ist die Hose?")),
            {"personal_data": 1, "empty": 1, "intent": 1},
            0,
        ),
        ((ModelError("timeout", "late"), "no JSON", says()), {"timeout": 1, "invalid": 1, "empty": 1}, 0),
    ],
)
def test_a_models_words_are_taken_only_where_they_pass(
    replies: tuple[Any, ...], reasons: dict[str, int], taken: int, reader: MessageReader
) -> None:
    scripted_chat = pytest.importorskip("scripted_chat", reason="needs the extra 'openai'")
    market = load_market("DE")
    given = [s for s in make("DE", n=60) if s.intent == "item_damaged" and not s.history][:2]
    given += [s for s in make("DE", n=60) if s.intent == "billing_issue"][:1]
    model, _ = scripted_chat.scripted(replies, together=False)
    done = enrich(given, model, reader, market)
    assert dict(done.kept) == reasons
    assert sum(s.made_by == "model" for s in done.scenarios) == taken
    for old, new in zip(given, done.scenarios, strict=True):
        assert (new.text == old.text) == (new.made_by == "template")
        assert "[ORDER]" not in new.text


def test_a_second_text_is_taken_where_the_first_does_not_pass(reader: MessageReader) -> None:
    scripted_chat = pytest.importorskip("scripted_chat", reason="needs the extra 'openai'")
    given = [s for s in make("DE", n=60) if s.intent == "item_damaged"][:1]
    model, asked = scripted_chat.scripted([says("Where is it?", "Die Vase ist völlig zerbrochen angekommen.")])
    (made,) = enrich(given, model, reader, load_market("DE")).scenarios
    assert made.text == "Die Vase ist völlig zerbrochen angekommen."
    assert "item_damaged" in asked[0]
