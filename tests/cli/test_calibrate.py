from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cs_assist.knowledge.calibrate import Calibration

from .conftest import Run

DAY = "2026-11-23"
#: What customers of the sample shop ask, the market that they ask from, and the articles that answer.
ANSWERED = [
    ("How long does delivery to the United States take?", "US", ["shipping-us"]),
    ("When will a parcel arrive in the US?", "US", ["shipping-us"]),
    ("What does shipping within the United States cost?", "US", ["shipping-us"]),
    ("How many days until my order gets to America?", "US", ["shipping-us"]),
    ("Wie lange dauert die Lieferung nach Deutschland?", "DE", ["lieferung-de"]),
    ("Wann kommt ein Paket in Deutschland an?", "DE", ["lieferung-de"]),
    ("Was kostet der Versand innerhalb Deutschlands?", "DE", ["lieferung-de"]),
    ("Wie viele Werktage braucht die Lieferung?", "DE", ["lieferung-de"]),
    ("Can I send back an unused item?", "GB", ["returns"]),
    ("How long does a refund take after a return?", "GB", ["returns"]),
    ("Within how many days can I return something?", "GB", ["returns"]),
    ("Who pays for the return label?", "GB", ["returns"]),
    ("Wie hoch ist die Einfuhrsteuer in der Schweiz?", "CH", ["zoll-ch"]),
    ("Muss ich in der Schweiz Zoll bezahlen?", "CH", ["zoll-ch"]),
    ("Fallen bei Lieferung in die Schweiz Abgaben an?", "CH", ["zoll-ch"]),
    ("How do I descale my Brewa K1?", "GB", ["kettle-descaling"]),
    ("My Brewa K1 kettle is full of limescale, what do I do?", "GB", ["kettle-descaling"]),
    ("How often should the Brewa K1 be descaled?", "GB", ["kettle-descaling"]),
]
UNANSWERED = [
    "Do you sell gift cards?", "Is the red scarf in stock?", "What is your phone number?", "Do you have a shop in Oslo?",
    "Can I pay by cheque?", "Which size should I order?", "Do you offer student discounts?", "Are your boxes recycled?",
    "Can I change my e-mail address?", "Is there a loyalty programme?", "Who founded the company?", "Do you hire?",
]  # fmt: skip


def lines() -> list[dict[str, Any]]:
    """Eighty-four questions: each asked as it is, and more of the answered ones with a greeting before it."""
    made = [{"text": text, "market": market, "gold": gold} for text, market, gold in ANSWERED]
    made += [{**line, "text": f"{hello} {line['text']}"} for hello in ("Hi!", "Hello,", "Good morning.") for line in made[:18]]
    made += [{"text": text, "market": "US", "gold": []} for text in UNANSWERED]
    return [{"id": number, "date": DAY, **line} for number, line in enumerate(made)]


@pytest.fixture
def own_index(index: Path, tmp_path: Path) -> Path:
    shutil.copytree(index, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return write(tmp_path / "questions.jsonl", lines())


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_point_is_chosen_stored_and_used(run: Run, own_index: Path, questions: Path) -> None:
    done = run("kb", "calibrate", "--index", own_index, "--questions", questions, "--precision", "0.8")
    assert done.code == 0, done.err
    (told,) = done.objects
    assert (told["questions"], told["unanswerable"], told["precision"]) == (84, 12, 0.8)
    assert told["point"]["precision"] >= 0.8
    assert [point["target"] for point in told["checked"]] == [0.8, 0.95, 0.97, 0.99]
    for point in told["checked"]:
        low, high = point["interval"]
        assert 0 <= low <= (point["precision"] or 0) <= high <= 1 or point["precision"] is None
        assert point["coverage"] == pytest.approx(point["answered"] / 84, abs=1e-4)
    stored = json.loads((own_index / "calibration.json").read_text(encoding="utf-8"))
    assert {key: stored[key] for key in ("encoder", "scorer", "answer_at")} == {
        key: told[key] for key in ("encoder", "scorer", "answer_at")
    }
    asked = [{"id": 1, "text": ANSWERED[0][0], "market": "US", "date": DAY}]
    answer = run("kb", "search", "--index", own_index, lines=asked).objects[0]
    assert answer["answerable"] is (answer["p_answerable"] >= told["answer_at"])


@pytest.mark.parametrize("number", [0, 40])
def test_too_few_questions_choose_nothing(run: Run, own_index: Path, tmp_path: Path, number: int) -> None:
    done = run("kb", "calibrate", "--index", own_index, "--questions", write(tmp_path / "few.jsonl", lines()[:number]))
    assert done.code == 2
    assert f"{number} questions, 0 of them without an answer, are too few" in done.err
    assert not (own_index / "calibration.json").exists()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"gold": ["shiping-us"]}, "line 2: key 'gold' names 'shiping-us', which is not in the index"),
        ({"gold": "returns"}, "line 2: key 'gold' is \"returns\"; a list of article ids was expected"),
        ({"gold": None}, "line 2: key 'gold' is null"),
        ({"date": "soon"}, "line 2: key 'date' is 'soon'"),
        ({"market": "UK"}, "Did you mean 'GB'?"),
        ({"text": None}, "line 2: key 'text' is missing"),
    ],
)
def test_one_bad_line_refuses_the_file_and_is_named(
    run: Run, own_index: Path, tmp_path: Path, bad: dict[str, Any], said: str
) -> None:
    rows = lines()
    rows[1] |= bad
    done = run("kb", "calibrate", "--index", own_index, "--questions", write(tmp_path / "bad.jsonl", rows))
    assert done.code == 2
    assert said in done.err.replace("\n", " ")
    assert "1 line(s) of" in done.err
    assert not (own_index / "calibration.json").exists()


def test_a_calibration_of_another_encoder_stops_the_search_and_can_be_made_anew(
    run: Run, own_index: Path, questions: Path
) -> None:
    made = run("kb", "calibrate", "--index", own_index, "--questions", questions, "--precision", "0.8")
    assert made.code == 0
    said = json.loads((own_index / "calibration.json").read_text(encoding="utf-8"))
    del said["own_sha256"]
    Calibration.model_validate({**said, "encoder": "other@1"}).save(own_index)
    done = run("kb", "search", "--index", own_index, lines=[{"id": 1, "text": "hello"}])
    assert done.code == 2
    assert "was made for encoder 'other@1'" in done.err
    assert run("kb", "calibrate", "--index", own_index, "--questions", questions, "--precision", "0.8").code == 0
    assert run("kb", "search", "--index", own_index, lines=[{"id": 1, "text": "hello"}]).code == 0


def test_what_is_missing_is_told(run: Run, own_index: Path, questions: Path, tmp_path: Path) -> None:
    assert "there is no knowledge index" in run("kb", "calibrate", "--index", tmp_path / "x", "--questions", questions).err
    done = run("kb", "calibrate", "--index", own_index, "--questions", tmp_path / "none.jsonl")
    assert (done.code, "cannot be read" in done.err) == (2, True)
    assert run("kb", "calibrate", "--index", own_index, "--questions", questions, "--precision", "97").code == 2


def test_a_search_model_without_its_extra_says_what_to_install(run: Run, own_index: Path) -> None:
    import importlib.util

    if importlib.util.find_spec("sentence_transformers"):
        pytest.skip("the extra 'sentence-transformers' is installed")
    done = run("kb", "search", "--index", own_index, lines=[{"id": 1, "text": "hi"}], CS_ASSIST_SEARCH_MODEL="some/model")
    assert done.code == 2
    assert "pip install 'cs-assist[sentence-transformers]'" in done.err
