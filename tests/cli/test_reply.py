from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sample_shop import ANGRY

from cs_assist.types import Handover

from .conftest import Done, Run
from .test_triage import KEYS as TRIAGE_KEYS

KEYS = ["id", "action", "triage", "reply", "findings", "handover", "reasons", "due_at", "send_at"]
NOW = "2026-11-23T12:00:00Z"
ORDER = {"number": "PL-1", "status": "shipped", "promised_date": "2026-11-25"}

GOOD: list[dict[str, Any]] = [
    {"id": "ask", "text": "Where is my order?", "market": "US"},
    {"id": "order", "text": "Where is my order?", "market": "US", "order": ORDER, "now": NOW, "name": "Kate"},
    {"id": "legal", "text": "I will take you to court over this.", "market": "US", "now": "2026-11-23T13:00:00+01:00"},
    {"id": 1, "text": ANGRY[0], "market": "DE", "conversation_id": "c"},
    {"id": 2, "text": ANGRY[1], "market": "DE", "conversation_id": "c"},
    {"id": 2, "text": ANGRY[1], "market": "DE", "conversation_id": "c"},
    {"id": {"x": 1}, "text": "Szeretném visszaküldeni a terméket, mert nem működik.", "market": "DE"},
    {"id": "ch", "text": "Combien coûte la taxe d'importation pour une livraison en Suisse ?", "market": "CH", "now": NOW},
    {"id": "empty", "text": ""},
]
BAD: list[object] = [
    b"\xff",
    b"{",
    {"id": "uk", "text": "x", "market": "UK"},
    {"id": "none"},
    {"id": "o", "text": "x", "order": 5},
]


@pytest.fixture(scope="module")
def done(run: Run, index: Path) -> Done:
    return run("reply", "--index", index, lines=[*GOOD, *BAD, {"id": "last", "text": "Where is my order?"}])


def answer(done: Done, position: int) -> dict[str, Any]:
    return done.objects[position]


def test_answers_keep_order_and_ids_and_bad_lines_have_errors(done: Done) -> None:
    assert done.code == 2
    ids = [line["id"] for line in done.objects]
    assert ids == [*(line["id"] for line in GOOD), 10, 11, "uk", "none", "o", "last"]
    assert [index for index, line in enumerate(done.objects) if "error" in line] == list(range(9, 14))
    assert "Did you mean 'GB'?" in done.objects[11]["error"]["message"]
    assert "key 'order'" in done.objects[13]["error"]["message"]


def test_an_answer_has_exactly_the_contracts_keys(done: Done) -> None:
    for line in (*done.objects[:9], done.objects[-1]):
        assert list(line) == KEYS
        assert ["id", *line["triage"]] == TRIAGE_KEYS
        assert sorted(line["reply"]) == ["citations", "language", "source", "text"]
        if line["handover"]:
            assert set(line["handover"]) == set(Handover.model_fields)
        for finding in line["findings"]:
            assert sorted(finding) == ["end", "message", "rule", "severity", "start", "suggestion"]


@pytest.mark.parametrize(
    ("position", "action", "reason"),
    [
        (0, "ask", "order_number"),
        (1, "reply", "order_facts"),
        (2, "handover", "legal_threat"),
        (4, "handover", "dissatisfied"),
        (5, "ignore", "duplicate"),
        (6, "handover", "language"),
        (7, "draft", "other_language"),
        (8, "ask", "empty"),
    ],
)
def test_each_message_has_its_action_and_the_reason_first(done: Done, position: int, action: str, reason: str) -> None:
    line = answer(done, position)
    assert (line["action"], line["reasons"][0]) == (action, reason)


def test_only_replies_and_questions_are_sent_and_only_drafts_and_handovers_have_a_packet(done: Done) -> None:
    for line in done.objects[:9]:
        assert (line["send_at"] is not None) == (line["action"] in ("reply", "ask"))
        assert (line["handover"] is not None) == (line["action"] in ("draft", "handover"))
        assert line["due_at"]


def test_the_given_clock_is_the_clock_of_the_answer(done: Done) -> None:
    assert answer(done, 1)["send_at"] == "2026-11-23T12:00:00+00:00"
    assert answer(done, 2)["due_at"].startswith("2026-11-23T1")


def test_an_orders_facts_stand_in_the_reply(done: Done) -> None:
    assert "PL-1" in answer(done, 1)["reply"]["text"]
    assert "Kate" in answer(done, 1)["reply"]["text"]


def test_a_foreign_answer_is_attached_for_translation_and_not_pasted(done: Done) -> None:
    line = answer(done, 7)
    assert "Einfuhrsteuer" in line["handover"]["source_text"]
    assert "Einfuhrsteuer" not in line["reply"]["text"]


def test_conversations_are_remembered_in_the_state_file_and_forgotten_without_one(run: Run, index: Path, tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state.db"
    for option, last in ((("--state", state), "handover"), ((), "draft")):
        run("reply", "--index", index, *option, lines=[GOOD[3]])
        assert run("reply", "--index", index, *option, lines=[GOOD[4]]).objects[0]["action"] == last
    assert state.exists()


def test_a_key_encrypts_the_texts_in_the_state_file(run: Run, index: Path, tmp_path: Path) -> None:
    fernet = pytest.importorskip("cryptography.fernet")
    said = ANGRY[0].encode()
    for name, key in (("plain", ""), ("sealed", fernet.Fernet.generate_key().decode())):
        folder = tmp_path / name
        command = ("reply", "--index", index, "--state", folder / "state.db")
        assert run(*command, lines=[GOOD[3]], CS_ASSIST_STORE_KEY=key).code == 0
        readable = [path for path in folder.iterdir() if said in path.read_bytes()]
        assert bool(readable) == (not key)
        assert run(*command, lines=[GOOD[4]], CS_ASSIST_STORE_KEY=key).objects[0]["action"] == "handover"
        refused = run(*command, lines=[GOOD[5]])
        assert (refused.code, "store.key" in refused.err) == ((2, True) if key else (0, False))


@pytest.mark.parametrize("now", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_clock_at_the_end_of_time_is_answered_or_refused_but_never_a_crash(run: Run, index: Path, now: str) -> None:
    done = run("reply", "--index", index, lines=[{"id": 1, "text": "Where is my order?", "now": now}, {"id": 2, "text": ""}])
    assert [line["id"] for line in done.objects] == [1, 2]


def test_a_missing_index_says_how_to_build_one(run: Run, tmp_path: Path) -> None:
    done = run("reply", "--index", tmp_path / "none", lines=GOOD[:1])
    assert (done.code, done.out) == (2, "")
    assert "cs-assist kb build ARTICLES" in done.err


def test_a_state_file_that_cannot_be_written_says_what_to_set(run: Run, index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("reply", "--index", index, "--state", tmp_path / "file" / "state.db", lines=GOOD[:1])
    assert (done.code, done.out) == (2, "")
    assert "StoreReadOnlyError" in done.err


@pytest.mark.parametrize(("name", "said"), [("a?b.db", "has a question mark in its name"), (".", "is a folder")])
def test_a_state_that_cannot_be_a_file_of_that_name_is_refused_before_anything_is_made(
    run: Run, index: Path, tmp_path: Path, name: str, said: str
) -> None:
    done = run("reply", "--index", index, "--state", tmp_path / name, lines=[{"id": 1, "text": "Hi"}])
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not list(tmp_path.iterdir())
