from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpora import GROUPS
from training.near_duplicates import NEAR, grams, near, texts_of

TRAINING = Path(__file__).parent.parent.parent / "training"
SCRIPT = TRAINING / "near_duplicates.py"

# Few letters, so that many of the texts are near each other.
texts = st.lists(st.text("ab .!?Ä", max_size=14), max_size=12)


def jaccard(one: str, other: str) -> float:
    return len(grams(one) & grams(other)) / len(grams(one) | grams(other))


@given(st.text())
def test_every_text_has_grams_and_is_as_like_itself_as_can_be(text: str) -> None:
    assert grams(text)
    assert near([text], ["something else entirely", text])[0][2] == 1.0


@given(texts, texts, st.sampled_from([0.3, NEAR, 0.9, 1.0]))
def test_the_pairs_are_those_of_comparing_each_with_each(ours: list[str], others: list[str], at: float) -> None:
    expected = []
    for i, text in enumerate(ours):
        shares = [jaccard(text, other) for other in others]
        if shares and max(shares) >= at:
            expected.append((i, shares.index(max(shares)), max(shares)))
    assert near(ours, others, at=at) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my parcel?!", "where   is my PARCEL"),
        ("¿Dónde está mi pedido 12345?", "dónde está mi pedido, 12345"),
        ("商品がまだ届きません。いつ届きますか？", "商品がまだ届きません!いつ届きますか"),
        ("ｗｈｅｒｅ ｉｓ ｉｔ", "where is it"),
        ("Could you tell me when the blue lamp ships to Austria?", "Could you tell me when the blue lamp ships to Australia?"),
        ("👍👍", " 👍👍 "),
    ],
)
def test_small_differences_leave_texts_near(one: str, other: str) -> None:
    assert near([one], [other])
    assert near([other], [one])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my parcel?", "When will my refund arrive?"),
        ("Wo ist mein Paket?", "Where is my parcel?"),
        ("👍", "👎"),
        ("ok", "okay"),
        ("", "?"),
    ],
)
def test_other_texts_are_not_near(one: str, other: str) -> None:
    assert not near([one], [other])


def test_a_common_phrase_is_found_among_very_many_that_share_its_words() -> None:
    others = [f"Where is my order, number {i}, and why does nobody at all answer?" for i in range(500)] + ["where is my order"]
    assert near(["Where is my order?"], others) == [(0, 500, 1.0)]


def test_each_text_has_its_nearest_and_texts_that_have_none_are_left_out() -> None:
    ours = ["Can I pay by invoice", "My tyre lost all its air", "hello there"]
    others = ["can i pay by an invoice", "My tyre lost all its air!", "can i pay by invoice?"]
    assert near(ours, others) == [(0, 2, 1.0), (1, 1, 1.0)]


def test_texts_are_read_from_tables_rows_and_dialogues(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('\ufeffintent\ttext\nx\tSay "hi\ny\tzwei\n', encoding="utf-8")
    (tmp_path / "a.csv").write_text('text,intent\n"one, two",x\n', encoding="utf-8")
    dialogue = {"turns": [{"role": "bot", "text": "Hello"}, {"role": "customer", "text": "Wo?"}], "text": "not this"}
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "row"}) + "\n" + json.dumps(dialogue) + "\n", encoding="utf-8")
    assert list(texts_of(tmp_path / "a.tsv")) == ['Say "hi', "zwei"]
    assert list(texts_of(tmp_path / "a.csv")) == ["one, two"]
    assert list(texts_of(tmp_path / "a.jsonl")) == ["row", "Wo?"]


def test_a_dialogue_in_which_no_customer_speaks_has_no_texts(tmp_path: Path) -> None:
    dialogue = {"turns": [{"role": "bot", "text": "Anyone there?"}]}
    (tmp_path / "a.jsonl").write_text(json.dumps(dialogue) + "\n", encoding="utf-8")
    assert list(texts_of(tmp_path / "a.jsonl")) == []


def test_the_script_fails_where_a_message_is_one_that_is_trained_on(tmp_path: Path) -> None:
    known = next(texts_of(next((TRAINING / "data" / "messages" / GROUPS[0]).glob("*.tsv"))))
    (tmp_path / "leak.tsv").write_text(
        f"text\tintent\n{known}\tx\nZebrastreifenlackdosenöffner im Gurkenfeld\ty\n", encoding="utf-8"
    )
    (tmp_path / "clean.tsv").write_text("text\tintent\nZebrastreifenlackdosenöffner im Gurkenfeld\ty\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path / "clean.tsv", tmp_path / "leak.tsv"],
        capture_output=True, encoding="utf-8", env={"PYTHONUTF8": "1"}, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "clean.tsv: 0 of 1 are near" in done.stdout
    assert "leak.tsv: 1 of 2 are near" in done.stdout
    alone = subprocess.run([sys.executable, SCRIPT, tmp_path / "clean.tsv"], capture_output=True, check=False)
    assert alone.returncode == 0
