from __future__ import annotations

import json
import math
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_shop import DAY

from cs_assist.assistant import Assistant
from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import CalibrationError, HeadMismatchError, IndexDamagedError, KnowledgeIndexError
from cs_assist.knowledge.calibrate import (
    FILE,
    MIN_ANSWERED,
    Calibration,
    Labelled,
    Observed,
    calibrate,
    load_calibration,
    observe,
)
from cs_assist.knowledge.search import KnowledgeBase, open_knowledge
from cs_assist.store.base import MemoryStore
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message

MOMENT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def drawn(number: int, *, seed: int = 1, slope: float = 3.0) -> list[Observed]:
    """Questions whose chance of a right answer is a logistic function of the raw score."""
    dice = random.Random(seed)
    made = []
    for _ in range(number):
        raw = dice.uniform(-3, 3)
        right = dice.random() < 1 / (1 + math.exp(-slope * raw))
        made.append(Observed(raw, right, right or dice.random() < 0.3))
    return made


def made(observed: list[Observed], **fields: Any) -> Calibration:
    return calibrate(observed, **{"encoder": "e@1", "scorer": "s@1", "made_at": MOMENT, **fields})


def test_the_map_is_the_one_that_the_questions_were_drawn_from() -> None:
    found = made(drawn(4000))
    assert found.slope == pytest.approx(3.0, abs=0.3)
    assert found.intercept == pytest.approx(0.0, abs=0.2)
    assert found.ece < 0.03


def test_from_the_operating_point_on_the_wanted_share_is_right_also_of_unseen_questions() -> None:
    found, fresh = made(drawn(2000), precision=0.97), drawn(4000, seed=2)
    p = found.probabilities(np.array([o.raw for o in fresh], np.float32))
    sent = p >= found.answer_at
    assert np.mean([o.right for o, s in zip(fresh, sent, strict=True) if s]) == pytest.approx(0.97, abs=0.02)


def test_no_lower_threshold_would_do() -> None:
    observed = drawn(500)
    found = made(observed, precision=0.95)
    p = found.probabilities(np.array([o.raw for o in observed], np.float32))
    right = np.array([o.right for o in observed])
    assert right[p >= np.float32(found.answer_at)].mean() >= 0.95
    assert all(right[p >= at].mean() < 0.95 for at in np.unique(p) if at < np.float32(found.answer_at))


def test_the_report_counts_what_it_says() -> None:
    observed = drawn(300)
    found = made(observed, precision=0.9)
    assert (found.questions, found.unanswerable) == (300, sum(not o.answerable for o in observed))
    assert found.right_first == sum(o.right for o in observed)
    assert found.point.right / found.point.answered >= 0.9
    assert [point.target for point in found.checked] == [0.9, 0.95, 0.97, 0.99]
    assert all(point.right <= point.answered <= point.questions == 300 for point in found.checked)
    answered = [point.answered for point in found.checked]
    assert answered == sorted(answered, reverse=True)


def test_questions_without_any_article_count_as_unanswered() -> None:
    found = made([*drawn(300), *[Observed(None, False, False)] * 100])
    assert (found.questions, found.point.questions) == (400, 400)
    assert found.slope == pytest.approx(made(drawn(300)).slope)


@pytest.mark.parametrize(("number", "unanswerable"), [(49, 20), (200, 9), (0, 0)])
def test_too_few_questions_are_refused(number: int, unanswerable: int) -> None:
    observed = [Observed(o.raw, o.right and i >= unanswerable, i >= unanswerable) for i, o in enumerate(drawn(number))]
    with pytest.raises(CalibrationError, match=f"{number} questions, {min(number, unanswerable)} of them") as caught:
        made(observed)
    assert "At least 50 are needed, 10 of them with an empty 'gold'" in caught.value.hint


def test_a_precision_that_is_reached_nowhere_is_refused_with_what_can_be_had() -> None:
    blurred = [Observed(o.raw, o.right and i % 4 > 0, i % 4 > 0) for i, o in enumerate(drawn(400))]
    with pytest.raises(CalibrationError, match=r"with a precision of 0\.97") as caught:
        made(blurred)
    assert "The highest that is reached is 0." in caught.value.hint


def test_a_handful_of_lucky_answers_is_no_precision() -> None:
    few = [Observed(5.0 + i, True, True) for i in range(MIN_ANSWERED - 1)]
    many = [Observed(-1.0 + i / 1000, i % 2 == 0, i % 4 > 0) for i in range(200)]
    with pytest.raises(CalibrationError):
        made([*few, *many])


@pytest.mark.parametrize(
    "observed",
    [
        [Observed(0.5, i % 2 == 0, i % 3 > 0) for i in range(100)],
        [Observed(i / 10, True, i % 3 > 0) for i in range(100)],
        [Observed(i / 10, False, i % 3 > 0) for i in range(100)],
        [Observed(-i / 10, i > 50, i % 3 > 0) for i in range(100)],
        [Observed(None, False, False)] * 100,
    ],
    ids=["one score", "all right", "none right", "upside down", "nothing found"],
)
def test_a_score_that_says_nothing_is_refused(observed: list[Observed]) -> None:
    with pytest.raises(CalibrationError):
        made(observed)


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=40))
def test_the_map_never_falls_and_stays_between_none_and_certain(raw: list[float]) -> None:
    found = made(drawn(200), precision=0.9)
    p = found.probabilities(np.array(sorted(raw), np.float32))
    assert ((p >= 0) & (p <= 1)).all()
    assert (np.diff(p) >= 0).all()


def test_questions_that_the_score_separates_fully_still_give_a_finite_map() -> None:
    found = made([Observed(raw := i - 50.0, raw > 0, raw > -20) for i in range(100)])
    assert math.isfinite(found.slope)
    assert found.point.answered > 40


def test_the_same_questions_give_the_same_calibration() -> None:
    assert made(drawn(200), precision=0.9) == made(drawn(200), precision=0.9)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    found = made(drawn(200), precision=0.9)
    assert found.save(tmp_path) == tmp_path / FILE
    assert load_calibration(tmp_path, encoder="e@1", scorer="s@1") == found
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_calibration_that_was_altered_is_refused(tmp_path: Path) -> None:
    path = made(drawn(200), precision=0.9).save(tmp_path)
    said = json.loads(path.read_text(encoding="utf-8"))
    for altered in ({**said, "answer_at": 0.01}, {key: value for key, value in said.items() if key != "own_sha256"}):
        path.write_text(json.dumps(altered), encoding="utf-8")
        with pytest.raises(IndexDamagedError, match="is altered since it was made"):
            load_calibration(tmp_path, encoder="e@1", scorer="s@1")


def test_no_calibration_is_none_and_a_damaged_one_an_error(tmp_path: Path) -> None:
    assert load_calibration(tmp_path, encoder="e@1", scorer="s@1") is None
    whole = made(drawn(200), precision=0.9).save(tmp_path).read_text(encoding="utf-8")
    for text in ("", whole[: len(whole) // 2], "[]", whole.replace('"slope": ', '"slope": -'), whole.replace("answer_at", "at")):
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        with pytest.raises(IndexDamagedError, match="is no calibration"):
            load_calibration(tmp_path, encoder="e@1", scorer="s@1")


@pytest.mark.parametrize("other", [{"encoder": "e@2"}, {"scorer": "s@2"}])
def test_a_threshold_never_carries_over(tmp_path: Path, other: dict[str, str]) -> None:
    made(drawn(200), precision=0.9).save(tmp_path)
    with pytest.raises(HeadMismatchError, match=r"was made for .* is in use") as caught:
        load_calibration(tmp_path, **{"encoder": "e@1", "scorer": "s@1", **other})
    assert "cs-assist kb calibrate" in caught.value.hint


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeIndexError, match="cannot be written"):
        made(drawn(200), precision=0.9).save(tmp_path / "none")


class Shop:
    """The sample index in a folder of its own, and questions about it."""

    def __init__(self, folder: Path, encoder: OnnxEncoder, reader: MessageReader) -> None:
        self.folder, self.encoder, self.reader = folder, encoder, reader

    def open(self, **options: Any) -> KnowledgeBase:
        return KnowledgeBase(self.folder, self.encoder, **options)

    def labelled(self, text: str, market: str, *gold: str, on: date = DAY) -> Labelled:
        message = Message(id="1", text=text, market=market)
        return Labelled(message, self.reader(message), on, gold)


@pytest.fixture
def shop(shop_index: Path, tmp_path: Path, encoder: OnnxEncoder, reader: MessageReader) -> Shop:
    import shutil

    shutil.copytree(shop_index, tmp_path / "index")
    return Shop(tmp_path / "index", encoder, reader)


def calibration_of(base: KnowledgeBase, shop: Shop, **fields: Any) -> Calibration:
    return made(drawn(200), encoder=shop.encoder.revision, scorer=base.scorer.revision, precision=0.9, **fields)


def test_a_search_is_compared_with_the_truth(shop: Shop) -> None:
    asked = "How long does delivery to the United States take?"
    seen = observe(
        shop.open(),
        [
            shop.labelled(asked, "US", "shipping-us"),
            shop.labelled(asked, "US", "returns"),
            shop.labelled(asked, "US"),
            shop.labelled("", "US", "returns"),
        ],
    )
    assert [(o.right, o.answerable) for o in seen] == [(True, True), (False, True), (False, False), (False, True)]
    assert seen[0].raw == seen[1].raw == seen[2].raw
    assert seen[3].raw is None


def test_the_calibration_goes_before_the_shipped_curve(shop: Shop) -> None:
    before = shop.open()
    found = calibration_of(before, shop)
    found.save(shop.folder)
    after = shop.open()
    question = shop.labelled("How long does delivery to the United States take?", "US")
    first = before.first(question.message, question.triage, on=DAY)
    assert first is not None
    findings = after(question.message, question.triage, on=DAY)
    assert findings.p_answerable == pytest.approx(float(found.probabilities(np.array([first[1]], np.float32))[0]), abs=1e-4)
    assert findings.answerable is (findings.p_answerable >= found.answer_at)
    ids = [passage.doc_id for passage in before(question.message, question.triage, on=DAY).passages]
    assert [passage.doc_id for passage in findings.passages] == ids


def test_a_chosen_threshold_goes_before_the_calibrations(shop: Shop) -> None:
    calibration_of(shop.open(), shop).save(shop.folder)
    question = shop.labelled("gift card?", "US")
    assert shop.open(answer_at=0.0)(question.message, question.triage, on=DAY).answerable
    assert not shop.open(answer_at=1.0)(question.message, question.triage, on=DAY).answerable


def test_the_assistant_takes_the_calibrations_point_unless_a_setting_was_chosen(shop: Shop) -> None:
    as_set = open_knowledge(load_settings(), shop.folder, shop.encoder)
    found = calibration_of(as_set, shop).model_copy(update={"answer_at": 0.0})
    found.save(shop.folder)
    question = shop.labelled("gift card?", "US")
    for settings, answerable in ((load_settings(), True), (load_settings(reply_at=1.0), False)):
        base = Assistant(settings, index=shop.folder, store=MemoryStore()).knowledge
        assert base is not None
        assert base(question.message, question.triage, on=DAY).answerable is answerable


def test_a_calibration_of_another_encoder_is_refused_and_can_be_made_anew(shop: Shop) -> None:
    made(drawn(200), precision=0.9).save(shop.folder)
    with pytest.raises(HeadMismatchError, match="was made for encoder 'e@1'"):
        shop.open()
    calibration_of(shop.open(calibrated=False), shop).save(shop.folder)
    assert shop.open().calibration is not None


def test_the_file_says_what_it_belongs_to(shop: Shop) -> None:
    told = json.loads(calibration_of(shop.open(), shop).save(shop.folder).read_text(encoding="utf-8"))
    assert told["encoder"] == shop.encoder.revision
    assert told["made_at"].startswith("2026-11-23")
    assert (told["questions"], told["precision"]) == (200, 0.9)
