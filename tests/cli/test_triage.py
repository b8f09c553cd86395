from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cs_assist.types import Emotion, Intent, Urgency

from .conftest import Done, Run

KEYS = [
    "id", "language", "languages", "intent", "intents", "emotion", "emotions", "intensity", "dissatisfied", "p_dissatisfied",
    "urgency", "entities", "flags", "priority", "secondary", "unsure", "hits",
]  # fmt: skip

GOOD: list[dict[str, Any]] = [
    {"id": "a", "text": "Where is my order 114-5520917-1234567? Mail me at kate@example.com", "market": "US"},
    {"id": 7, "text": "Wo ist mein Paket?", "market": "DE", "channel": "live_chat"},
    {"id": 1.5, "text": "返品したいのですが、どうすればいいですか。", "market": "JP", "platform": "rakuten"},
    {"id": None, "text": "", "market": "us"},
    {"id": [1, {"x": "ß"}], "text": "ok", "history": [{"role": "bot", "text": "Wie groß?"}], "language": "de"},
    {"id": {"a": 1}, "html": "<p>Where is my parcel?</p>"},
    {"text": "no id at all", "unknown": "key", "market": None},
    {"id": True, "text": "a line separator \u2028 inside"},
]


@pytest.fixture(scope="module")
def read(run: Run) -> Done:
    return run("triage", lines=GOOD)


def test_good_lines_exit_with_zero_and_say_nothing_else(read: Done) -> None:
    assert (read.code, read.err) == (0, "")


def test_answers_keep_the_order_and_ids_of_any_kind(read: Done) -> None:
    assert [answer["id"] for answer in read.objects] == ["a", 7, 1.5, None, [1, {"x": "ß"}], {"a": 1}, 7, True]


def test_an_answer_has_exactly_the_contracts_keys(read: Done) -> None:
    for answer in read.objects:
        assert list(answer) == KEYS


def test_all_intents_and_emotions_are_ranked_with_probabilities(read: Done) -> None:
    for answer in read.objects:
        for ranked, labels, best in (("intents", Intent, "intent"), ("emotions", Emotion, "emotion")):
            names, values = zip(*answer[ranked], strict=True)
            assert sorted(names) == sorted(label.value for label in labels)
            assert list(values) == sorted(values, reverse=True)
            assert sum(values) == pytest.approx(1, abs=0.01)
            assert answer[best] == names[0]
        assert answer["languages"][0][0] == answer["language"]


def test_every_value_is_of_its_kind(read: Done) -> None:
    for answer in read.objects:
        assert isinstance(answer["dissatisfied"], bool)
        assert 0 <= answer["p_dissatisfied"] <= 1
        assert 0 <= answer["intensity"] <= 1
        assert answer["urgency"] in [urgency.value for urgency in Urgency]
        assert answer["priority"] in ("P1", "P2", "P3", "P4")
        assert all(isinstance(flag, str) for flag in answer["flags"])


def test_entities_say_where_they_stand_in_the_text(read: Done) -> None:
    entities = read.objects[0]["entities"]
    assert [(entity["type"], entity["value"]) for entity in entities] == [
        ("order_number", "114-5520917-1234567"), ("email", "kate@example.com"),
    ]  # fmt: skip
    for entity in entities:
        assert sorted(entity) == ["end", "start", "type", "value"]
        assert GOOD[0]["text"][entity["start"] : entity["end"]] == entity["value"]


def test_languages_are_told_apart(read: Done) -> None:
    assert [answer["language"] for answer in read.objects[:3]] == ["en", "de", "ja"]
    assert "empty" in read.objects[3]["flags"]


BAD: list[tuple[object, str, str]] = [
    (b'{"id": 1, "text": "\xff"}', "message.invalid", "is not UTF-8"),
    (b"Where is my parcel?", "message.invalid", "is not JSON"),
    (b"[1]", "message.invalid", "an object was expected"),
    ({"id": 4, "text": "Hi", "market": "UK"}, "market.unknown", "Did you mean 'GB'?"),
    ({"id": 5, "market": "DE"}, "message.invalid", "key 'text' is missing"),
    ({"id": 6, "text": 12}, "message.invalid", "key 'text' is 12; a string was expected"),
    ({"id": 7, "text": "Hi", "channel": "fax"}, "message.invalid", "key 'channel'"),
    ({"id": 8, "text": "Hi", "platform": "My Shop"}, "message.invalid", "key 'platform'"),
    ({"id": 9, "text": "Hi", "history": "none"}, "message.invalid", "key 'history'"),
    ({"id": 10, "text": "Hi", "history": [{"role": "robot", "text": "x"}]}, "message.invalid", "history.0.role"),
    ({"id": 11, "text": "Hi", "market": 5}, "message.invalid", "key 'market'"),
    ({"id": 12, "text": "Hi", "now": "tomorrow"}, "message.invalid", "key 'now' is 'tomorrow'"),
    ({"id": 1, "text": "Hi", "now": 0}, "message.invalid", "key 'now' is '0'; an ISO 8601 moment"),
    ({"id": 1, "text": "Hi", "now": []}, "message.invalid", "key 'now' is '[]'; an ISO 8601 moment"),
    ({"id": 1, "text": "Hi", "now": "", "received_at": "x"}, "message.invalid", "key 'received_at' is 'x'"),
    (
        {"id": 1, "text": "Hi", "now": "9999-12-31T23:00:00Z"},
        "message.invalid",
        "key 'now' is '9999-12-31T23:00:00Z'",
    ),
    ({"id": 1, "text": "Hi", "history": [3]}, "message.invalid", "key 'history.0': Input should be an object"),
    ({"id": 1, "text": "Hi", "history": {"role": "bot"}}, "message.invalid", "key 'history': Input should be a list"),
    ({"id": 1, "text": "Hi", "history": [{"role": "bot", "text": "x"}, {"id": 3}]}, "message.invalid", "key 'history.1.role'"),
    (b'{"id": 1, "text": "Hi", "x": ' + b"[" * 5000, "message.invalid", "is not JSON that can be read: it is nested"),
    (
        b'{"id": 1, "text": "Hi"',
        "message.invalid",
        "read: Expecting ',' delimiter at character 24.",
    ),
    ({"id": 13, "text": "Hi", "market": "../DE"}, "market.unknown", "no market data"),
]


@pytest.fixture(scope="module")
def mixed(run: Run) -> Done:
    lines: list[object] = []
    for bad, _, _ in BAD:
        lines += [bad, {"id": f"good-{len(lines)}", "text": "Where is my parcel?"}]
    return run("triage", lines=lines)


def test_bad_lines_exit_with_two_and_are_counted(mixed: Done) -> None:
    assert mixed.code == 2
    assert f"{len(BAD)} line(s) could not be answered" in mixed.err


@pytest.mark.parametrize("number", range(len(BAD)), ids=[said for _, _, said in BAD])
def test_a_bad_line_has_one_error_object_in_its_place(mixed: Done, number: int) -> None:
    line, code, said = BAD[number]
    answer = mixed.objects[2 * number]
    assert list(answer) == ["id", "error"]
    assert answer["id"] == (line["id"] if isinstance(line, dict) else 2 * number + 1)
    assert sorted(answer["error"]) == ["code", "hint", "line", "message"]
    assert (answer["error"]["code"], answer["error"]["line"]) == (code, 2 * number + 1)
    assert said in answer["error"]["message"]


def test_the_lines_between_bad_ones_are_answered(mixed: Done) -> None:
    good = mixed.objects[1::2]
    assert [answer["id"] for answer in good] == [f"good-{2 * i}" if i else "good-0" for i in range(len(BAD))]
    assert all(list(answer) == KEYS for answer in good)


def test_lone_surrogates_stop_no_other_line(run: Run) -> None:
    done = run("triage", lines=[b'{"id": 1, "text": "hi \\ud800"}', b'{"id": "\\udc00", "text": "hi"}', {"id": 3, "text": "hi"}])
    answers = done.objects
    assert len(answers) == 3
    assert answers[0]["id"] == 1
    assert list(answers[2]) == KEYS


def test_a_null_text_is_like_none_where_html_is_given(run: Run) -> None:
    done = run("triage", lines=[{"id": 1, "text": None, "html": "<p>Where is my parcel?</p>"}])
    assert list(done.objects[0]) == KEYS


def test_answers_are_utf8_whatever_the_consoles_encoding_is(run: Run) -> None:
    done = run("triage", lines=[{"id": "日本", "text": "hi"}], PYTHONIOENCODING="cp1252")
    assert done.objects[0]["id"] == "日本"


def test_a_file_is_read_like_standard_input_and_one_that_is_missing_is_named(run: Run, tmp_path: Path) -> None:
    done = run("triage", tmp_path / "none.jsonl")
    assert (done.code, done.out) == (2, "")
    assert "none.jsonl' cannot be read: No such file or directory" in done.err
    (tmp_path / "in.jsonl").write_text('{"id": "file", "text": "hi"}\n', encoding="utf-8")
    assert [answer["id"] for answer in run("triage", tmp_path / "in.jsonl").objects] == ["file"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CS_ASSIST_STRIKES", "none", "setting 'strikes'"),
        ("CS_ASSIST_ENCODER_DIR", "/nowhere", "no usable encoder in '/nowhere'"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(run: Run, name: str, value: str, said: str) -> None:
    done = run("triage", lines=GOOD[:1], **{name: value})
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_message_without_a_market_is_read_in_the_default_one(run: Run) -> None:
    text = {"id": 1, "text": "返品", "language": None}
    (there,), (default,) = (
        run("triage", lines=[{**text, "market": "JP"}]).objects,
        run("triage", lines=[text], CS_ASSIST_DEFAULT_MARKET="jp").objects,
    )
    (elsewhere,) = run("triage", lines=[{**text, "market": "TW"}], CS_ASSIST_DEFAULT_MARKET="JP").objects
    assert default == there
    assert default["language"] != elsewhere["language"]


def test_a_default_market_that_is_none_is_told_before_a_line_is_read(run: Run) -> None:
    done = run("triage", lines=[{"text": "Where is my parcel?"}], CS_ASSIST_DEFAULT_MARKET="UK")
    assert (done.code, done.out) == (2, "")
    assert "setting 'default_market' is 'UK'" in done.err
