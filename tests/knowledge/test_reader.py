from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_assist.errors import EncoderError
from cs_assist.knowledge.reader import SHIPPED, Reader, ends, framed, joined

RETURNS = "Returns to our warehouse\nYou may send goods back within 45 days of delivery. We pay the postage."
BATTERY = "Care of the lamp\nThe battery is charged in three hours. Do not leave it in the sun."
ASKED = framed("How many days do I have to send it back?", market="GB", platform=None)


@pytest.fixture(scope="module")
def passages_reader() -> Reader:
    return Reader()


@pytest.mark.parametrize(
    ("market", "platform", "text"),
    [
        ("AT", None, "query: Austria: Hi"),
        ("JP", "tiktok_shop", "query: Japan, tiktok shop: Hi"),
        (None, "amazon", "query: amazon: Hi"),
        (None, None, "query: Hi"),
        ("ZZ", None, "query: Unknown Region: Hi"),
    ],
)
def test_a_message_is_framed_with_where_it_was_written(market: str | None, platform: str | None, text: str) -> None:
    assert framed("Hi", market=market, platform=platform) == text


@given(st.lists(st.integers(0, 90_000), max_size=300), st.lists(st.integers(0, 90_000), max_size=300))
def test_what_the_graph_reads_is_never_longer_than_it_was_trained_on(question: list[int], passage: list[int]) -> None:
    row = joined(ends(question), passage)
    assert len(row) <= 64 + 160 + 4
    assert (row[0], row[-1]) == (0, 2)
    if len(question) <= 64:
        assert row[1 : 1 + len(question)] == question
    else:  # of a long message its beginning and its end
        assert row[1:33] == question[:32]
        assert row[33:65] == question[-32:]


def test_the_passage_that_answers_is_told_from_one_that_does_not(passages_reader: Reader) -> None:
    answer, other = passages_reader.read(ASKED, [RETURNS, BATTERY])
    assert answer.answers > other.answers
    other, answer = passages_reader.read(ASKED, [BATTERY, RETURNS])  # in the order of the call
    assert answer.answers > other.answers


def test_it_reads_across_languages(passages_reader: Reader) -> None:
    for asked in ("Wie lange darf ich die Ware zurückschicken?", "返品は何日以内ですか？", "كم يوماً لدي لإرجاع المنتج؟"):
        answer, other = passages_reader.read(framed(asked, market=None, platform=None), [RETURNS, BATTERY])
        assert answer.answers > other.answers


def test_a_passage_is_read_alike_alone_and_among_others(passages_reader: Reader) -> None:
    alone = passages_reader.read(ASKED, [RETURNS])[0]
    among = passages_reader.read(ASKED, [BATTERY, RETURNS, BATTERY + " " * 10 + RETURNS * 3, "x"])[1]
    assert alone.answers == pytest.approx(among.answers, abs=0.75)  # the rounding of dynamic quantisation


def test_no_passages_give_no_readings(passages_reader: Reader) -> None:
    assert passages_reader.read(ASKED, []) == []


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=400), st.lists(st.text(max_size=1200), min_size=1, max_size=3))
def test_any_text_is_read_and_spans_stay_inside(passages_reader: Reader, asked: str, passages: list[str]) -> None:
    for reading, passage in zip(passages_reader.read(asked, passages), passages, strict=True):
        assert 0 <= reading.start <= reading.end <= len(passage)


def test_threads_do_not_disturb_each_other(passages_reader: Reader) -> None:
    expected = [reading.answers for reading in passages_reader.read(ASKED, [RETURNS, BATTERY])]
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: passages_reader.read(ASKED, [RETURNS, BATTERY]), range(24)):
            assert [reading.answers for reading in found] == pytest.approx(expected)


def test_a_megabyte_is_cut_before_it_is_read(passages_reader: Reader) -> None:
    (reading,) = passages_reader.read("x" * 1_000_000, [RETURNS + " y" * 500_000])
    assert reading.end <= len(RETURNS) + 1_000_000


def test_the_revision_is_name_and_content_hash(passages_reader: Reader) -> None:
    assert passages_reader.revision.startswith("cs-assist-reader@")


@pytest.mark.parametrize("missing", ["encoder.json", "heads.npz"])
def test_a_folder_without_a_model_is_refused(tmp_path: Path, missing: str) -> None:
    for name in {"encoder.json", "heads.npz"} - {missing}:
        shutil.copy(SHIPPED / name, tmp_path)
    with pytest.raises(EncoderError) as caught:
        Reader(tmp_path)
    assert str(tmp_path) in str(caught.value)
