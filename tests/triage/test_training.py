from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import TrainingDataError, TrainingTargetError
from cs_assist.triage.own_intents import FILE, OwnIntents
from cs_assist.triage.training import (
    CELL,
    REPORT,
    Example,
    Trained,
    check_target,
    nll,
    read_examples,
    save,
    sure_from,
    train_intents,
    written_alike,
)

Write = Callable[[str, str | bytes], Path]
GOOD = [
    ("Can I rent a trike?", "rental"),
    ("Was kostet ein Leihrad?", "rental"),
    ("¿Hay taller?", "repair"),
    ("bremse, kaputt", "repair"),
]
cells = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=30)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def tsv(*rows: tuple[str, str], head: str = "text\tintent") -> str:
    return "\n".join([head, *("\t".join(row) for row in rows)]) + "\n"


def pairs(examples: list[Example]) -> list[tuple[str, str]]:
    return [(found.text, found.intent) for found in examples]


# -- files that are right


def test_the_three_kinds_of_file_say_the_same(write: Write) -> None:
    table = io.StringIO(newline="")
    csv.writer(table).writerows([("text", "intent"), *GOOD])
    lines = "".join(json.dumps({"text": text, "intent": intent}) + "\n" for text, intent in GOOD)
    files = [write("a.tsv", tsv(*GOOD)), write("a.csv", table.getvalue()), write("a.jsonl", lines)]
    assert [pairs(read_examples(path)) for path in files] == [GOOD] * 3
    assert [found.line for found in read_examples(files[0])] == [2, 3, 4, 5]
    assert [found.line for found in read_examples(files[2])] == [1, 2, 3, 4]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_marks_and_line_ends_of_any_system_are_read(write: Write, bom: bytes, end: bytes) -> None:
    lines = "".join(json.dumps({"text": text, "intent": intent}) + "\n" for text, intent in GOOD)
    for name, content in (
        ("a.tsv", tsv(*GOOD)),
        ("a.csv", tsv(*GOOD[:3], ("bremse", "repair")).replace("\t", ",")),
        ("a.jsonl", lines),
    ):
        examples = read_examples(write(name, bom + content.encode().replace(b"\n", end)))
        assert [found.intent for found in examples] == [intent for _, intent in GOOD]


def test_other_columns_any_order_and_empty_lines_are_passed_over(write: Write) -> None:
    path = write(
        "a.tsv", "id\tintent\tnote\ttext\n1\trental\t\tone\n\n2\trental\tx\ttwo\n3\trepair\tx\tthree\n4\trepair\tx\tfour\n"
    )
    examples = read_examples(path)
    assert pairs(examples) == [("one", "rental"), ("two", "rental"), ("three", "repair"), ("four", "repair")]
    assert [found.line for found in examples] == [2, 4, 5, 6]


def test_a_quotation_mark_in_tsv_is_a_character(write: Write) -> None:
    rows = [('My 29" wheel is bent', "repair"), ('"Hello" is all it says', "repair"), ('"unclosed', "rental"), ("two", "rental")]
    assert pairs(read_examples(write("a.tsv", tsv(*rows)))) == rows


def test_a_quoted_cell_in_csv_may_hold_commas_quotes_and_line_breaks(write: Write) -> None:
    path = write("a.csv", 'intent,text\nrepair,"one, ""two""\nthree"\nrepair,four\nrental,five\nrental,six\n')
    assert pairs(read_examples(path))[0] == ('one, "two"\nthree', "repair")


def test_a_text_that_stands_twice_counts_once(write: Write) -> None:
    rows = [
        ("Where is  it?", "rental"),
        ("where is it?", "rental"),
        ("ｗｈｅｒｅ is it?", "rental"),
        ("when?", "rental"),
        *GOOD[2:],
    ]
    assert [found.line for found in read_examples(write("a.tsv", tsv(*rows)))] == [2, 5, 6, 7]


def test_what_nobody_sees_is_not_part_of_a_text(write: Write) -> None:
    rows = [("\u200b bremse\u00ad ", " repair "), ("gang", "repair"), *GOOD[:2]]
    assert pairs(read_examples(write("a.tsv", tsv(*rows))))[0] == ("bremse", "repair")


def test_an_empty_cell_in_another_column_and_a_long_one_there_stop_nothing(write: Write) -> None:
    rows = "".join(f"{text},{'x' * 200_000 if at else ''},{intent}\n" for at, (text, intent) in enumerate(GOOD[:3]))
    path = write("a.CSV", f'text,mail,intent\n{rows}"bremse, kaputt",,repair\n')
    before = csv.field_size_limit(131_072)  # of everyone in the process
    try:
        assert pairs(read_examples(path)) == GOOD
        assert csv.field_size_limit() == 131_072
    finally:
        csv.field_size_limit(before)


def test_the_line_of_a_row_is_the_one_that_it_begins_on(write: Write) -> None:
    path = write("a.csv", 'text,intent\n"eins\nzwei\ndrei",repair\n\nvier,repair\nfünf,rental\nsechs,rental\n')
    assert [found.line for found in read_examples(path)] == [2, 6, 7, 8]


@pytest.mark.parametrize(
    ("intents", "groups"),
    [
        (["pause", "refund", "Pause"], [["Pause", "pause"]]),
        (["Rückgabe", "RÜCKGABE", "rückgabe", "Leasing"], [["RÜCKGABE", "Rückgabe", "rückgabe"]]),
        (["ВОЗВРАТ", "возврат", "Возврат "], [["ВОЗВРАТ", "Возврат ", "возврат"]]),
        (["ＦＡＱ", "faq", "返品", "退货"], [["faq", "ＦＡＱ"]]),
        (["bike  leasing", "Bike Leasing", "a", "A"], [["A", "a"], ["Bike Leasing", "bike  leasing"]]),
        (["pause", "pauses", "paused", "คืนเงิน", "استرجاع"], []),
        ([], []),
    ],
)
def test_intents_that_are_written_alike_are_found(intents: list[str], groups: list[list[str]]) -> None:
    assert written_alike(intents) == groups


def test_half_of_a_character_in_json_stops_nothing(write: Write, encoder: OnnxEncoder) -> None:
    lines = "".join(f'{{"text": "text \\ud83d {i}", "intent": "{"ab"[i % 2]}\\udc00"}}\n' for i in range(4))
    examples = read_examples(write("a.jsonl", lines))
    assert examples[0].text == "text \ufffd 0"
    assert len(train_intents(examples, encoder, seed=0).labels) == 2


@given(st.lists(st.tuples(cells, st.sampled_from(["a", "b"])), min_size=4, max_size=12, unique_by=lambda row: row[0]))
def test_any_printable_texts_come_back_from_every_kind_of_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "a.tsv").write_text(tsv(*rows), encoding="utf-8", newline="")
    (folder / "a.jsonl").write_text("".join(json.dumps(dict(zip(("text", "intent"), row, strict=True))) + "\n" for row in rows))
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "intent"), *rows])
    told = []
    for name in ("a.tsv", "a.csv", "a.jsonl"):
        try:
            told.append(str(pairs(read_examples(folder / name))))
        except TrainingDataError as exc:
            told.append(exc.problem.splitlines()[0].split("line")[0])
    assert told[0] == told[1] == told[2]


# -- files that are wrong

BAD: list[tuple[str, str | bytes, int | None, str, str]] = [
    ("a.tsv", "text\tlabel\nx\ty\n", 1, "intent", "the column is missing; found: text, label"),
    ("a.csv", "text;intent\nx;y\n", 1, "text", "the column is missing; found: text;intent"),
    ("a.tsv", "", 1, "text", "the column is missing; found: none"),
    ("a.tsv", tsv(*GOOD, ("", "repair")), 6, "text", "is empty"),
    ("a.tsv", tsv(*GOOD, ("\u200b", "repair")), 6, "text", "is empty"),
    ("a.csv", "text,intent\none,a\ntwo,a\nthree\nfour,b\nfive,b\n", 4, "intent", "the row has 1 cell(s), the header has 2"),
    ("a.tsv", tsv(*GOOD, ("wo ist es", "", "rental")), 6, "intent", "the row has 3 cell(s), the header has 2; a tab ends a cell"),
    ("a.tsv", tsv(*GOOD, ("foo\twhere is it", "order_status")), 6, "intent", "the row has 3 cell(s), the header has 2"),
    ("a.tsv", tsv(*GOOD, ("ok", "rental\t")), 6, "intent", "the row has 3 cell(s), the header has 2"),
    ("a.tsv", "id\ttext\tintent\n1\tone\trental\n2\ttwo\n", 3, "intent", "the row has 2 cell(s), the header has 3"),
    ("a.csv", "text,intent\n¿Hola, hay alguien?,greeting\n你好,greeting\n", 2, "intent",
     "the row has 3 cell(s), the header has 2; a cell that holds a comma needs quotation marks around it"),
    ("a.csv", "intent,text\na,one\na,two\nb,Bonjour, où est-il ?\n", 4, "text", "the row has 3 cell(s), the header has 2"),
    ("a.csv", 'intent,text\na,"one\ntwo"\na,three\nb\n', 5, "text", "the row has 1 cell(s), the header has 2"),
    ("a.csv", "text,intent,text\none,a,two\n", 1, "text", "the column stands there more than once; found: text, intent, text"),
    ("a.tsv", tsv(*GOOD, ("x" * (CELL + 1), "repair")), 6, "text", f"has {CELL + 1} characters; {CELL} at most are read"),
    ("a.csv", "intent,text\n" + "ж" * 150_000 + ",x\n", 2, "intent", f"has 150000 characters; {CELL} at most are read"),
    ("a.jsonl", '{"intent": "a", "text": "' + "x" * (CELL + 1) + '"}\n', 1, "text", f"has {CELL + 1} characters"),
    ("a.jsonl", '{"text": "x", "intent": null}\n', 1, "intent", "is empty"),
    ("a.jsonl", '{"text": "x"}\n', 1, "intent", "is empty"),
    ("a.jsonl", '{"text": "x", "intent": ["a", "b"]}\n', 1, "intent", 'is ["a", "b"]; a string was expected'),
    ("a.jsonl", '{"text": {"de": "x"}, "intent": "a"}\n', 1, "text", 'is {"de": "x"}; a string was expected'),
    ("a.jsonl", '{"text": true, "intent": "a"}\n', 1, "text", "is true; a string was expected"),
    ("a.jsonl", '{"text": "x", "intent": 3}\n', 1, "intent", "is 3; a string was expected"),
    ("a.jsonl", '{"text": "x", "intent": 0}\n', 1, "intent", "is 0; a string was expected"),
    ("a.jsonl", '{"text": NaN, "intent": "a"}\n', 1, "text", "is NaN; a string was expected"),
    ("a.jsonl", '{"text": "x", "intent": "a"}\n\n{"text": \n', 3, "", "is not JSON"),
    ("a.jsonl", "[" * 100_000, 1, "", "is not JSON"),
    ("a.jsonl", '["x", "a"]\n', 1, "", "is no JSON object"),
    ("a.tsv", tsv(*GOOD, ("WAS  kostet ein Leihrad? ", "repair")), 6, "intent",
     "'repair' contradicts line 3, which has the same text as 'rental'"),
    ("a.tsv", tsv(*GOOD, ("gestohlen!", "theft")), 6, "intent", "'theft' has one example only; two or more are needed"),
    ("a.tsv", tsv(*GOOD, ("a", "theft"), ("A ", "theft")), 6, "intent", "'theft' has one example only"),
    ("a.tsv", tsv(*GOOD[:2]), None, "", "1 intent(s) found; 2 or more are needed"),
    ("a.tsv", tsv(), None, "", "0 intent(s) found; 2 or more are needed"),
    ("a.jsonl", "", None, "", "0 intent(s) found"),
    ("a.tsv", b"text\tintent\n" + b"x\ty\n" * 5_000 + b"gr\xfc\xdfe\ty\n", 5_002, "", "is not UTF-8"),
    ("a.tsv", tsv(*GOOD).encode("utf-16"), 1, "", "is not UTF-8"),
    ("a.tsv", "text\tintent\nhi\ta\nhow are you\tb\n".encode("utf-16-le"), 1, "", "is not UTF-8 text: it holds null characters"),
    ("a.csv", 'intent,text\na,"one\na,two\nb,three\nb,four\n', 2, "", "cannot be read: unexpected end of data"),
    ("a.csv", 'intent,text\na,"one" more\n', 2, "", "cannot be read"),
    ("a.xlsx", b"PK\x03\x04", None, "", "'.xlsx' is no kind that is read; use .tsv, .csv or .jsonl"),
    ("a", tsv(*GOOD), None, "", "'' is no kind that is read"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(BAD)), ids=[f"{name} {said}" for name, _, _, _, said in BAD])
def test_a_wrong_file_is_told_with_file_line_and_column(write: Write, number: int) -> None:
    name, content, line, column, said = BAD[number]
    path = write(name, content)
    with pytest.raises(TrainingDataError) as caught:
        read_examples(path)
    error = caught.value
    assert (error.path, error.line, error.key) == (path, line, column)
    assert error.problem.startswith(said)
    assert str(path) in str(error)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"none\.tsv: cannot be read: No such file"):
        read_examples(tmp_path / "none.tsv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(TrainingDataError, match=r"folder\.csv: cannot be read: Is a directory"):
        read_examples(tmp_path / "folder.csv")


def test_an_unknown_label_is_told_with_the_nearest_one(write: Write) -> None:
    path = write("a.tsv", tsv(*GOOD, ("one more", "rentl"), ("another", "xyz")))
    with pytest.raises(TrainingDataError) as caught:
        read_examples(path, labels=["rental", "repair", "theft"])
    assert (caught.value.line, caught.value.key) == (6, "intent")
    first, second = caught.value.problem.splitlines()
    assert first == "unknown label 'rentl'; did you mean 'rental'?"
    assert second == "  line 7, column 'intent': unknown label 'xyz'"
    assert pairs(read_examples(write("b.tsv", tsv(*GOOD)), labels=["rental", "repair", "theft"])) == GOOD


def test_all_problems_are_told_at_once_up_to_twenty_in_the_order_of_the_lines(write: Write) -> None:
    path = write("a.tsv", tsv(*GOOD, *[("", "repair")] * 24, ("alone", "theft")))
    with pytest.raises(TrainingDataError) as caught:
        read_examples(path)
    told = caught.value.problem.splitlines()
    assert len(told) == 21
    assert caught.value.line == 6
    assert told[1].strip().startswith("line 7, column 'text'")
    assert told[-1].strip() == "and 5 more"


def test_a_class_is_not_called_too_small_for_a_row_that_is_told_already(write: Write) -> None:
    with pytest.raises(TrainingDataError) as caught:
        read_examples(write("a.tsv", tsv(*GOOD[:3], ("", "repair"))))
    assert caught.value.problem == "is empty"


def test_rows_of_the_wrong_width_are_told_together_with_other_faults(write: Write) -> None:
    path = write("a.csv", "text,intent\nyes, please,greeting\n,repair\nStorno, bitte,storno\nalone,theft\nnur,eins,zwei\n")
    with pytest.raises(TrainingDataError) as caught:
        read_examples(path)
    assert caught.value.line == 2
    assert [told.split(":")[0].strip() for told in caught.value.problem.splitlines()[1:]] == [
        "line 3, column 'text'", "line 4, column 'intent'", "line 6, column 'intent'",
    ]  # fmt: skip


def test_a_file_to_measure_on_may_have_single_examples_but_not_none(write: Write) -> None:
    assert len(read_examples(write("a.tsv", tsv(GOOD[0])), single=True)) == 1
    with pytest.raises(TrainingDataError, match="0 intent"):
        read_examples(write("b.tsv", tsv()), single=True)


# -- training


def test_every_example_is_judged_by_a_head_that_had_not_seen_it(trained: Trained, bike_shop: list[Example]) -> None:
    gold = np.array([trained.labels.index(found.intent) for found in bike_shop])
    assert trained.probabilities.shape == (len(bike_shop), len(trained.labels))
    assert trained.probabilities.sum(1) == pytest.approx(np.ones(len(bike_shop)), abs=1e-5)
    assert trained.folds == 5
    assert (trained.probabilities.argmax(1) == gold).mean() >= 0.6  # one in eight by always saying the same


def test_labels_that_mean_nothing_are_not_learned(bike_shop: list[Example], encoder: OnnxEncoder) -> None:
    mixed = [Example(found.text, "ab"[i % 2], found.line) for i, found in enumerate(bike_shop)]
    trained = train_intents(mixed, encoder, seed=0)
    gold = np.array([i % 2 for i in range(len(mixed))])
    assert (trained.probabilities.argmax(1) == gold).mean() < 0.75


def test_the_same_seed_gives_the_same_head_and_another_seed_other_folds(
    bike_shop: list[Example],
) -> None:
    # Fresh encoders: texts that one remembers leave its batches, and quantisation rounds by the batch.
    trained, again, other = (train_intents(bike_shop, OnnxEncoder(), seed=seed) for seed in (0, 0, 1))
    assert again.arrays.keys() == trained.arrays.keys()
    for name, array in trained.arrays.items():
        assert np.array_equal(array, again.arrays[name]), name
    assert np.array_equal(trained.probabilities, again.probabilities)
    assert not np.array_equal(trained.probabilities, other.probabilities)


def test_two_classes_of_two_examples_are_the_least_that_is_learned(encoder: OnnxEncoder) -> None:
    texts = ["red red red", "red, red!", "blue blue blue", "blue, blue!"]
    examples = [Example(text, text[:3], line) for line, text in enumerate(texts, start=2)]
    trained = train_intents(examples, encoder, seed=3)
    assert (trained.labels, trained.folds) == (("blu", "red"), 2)
    p = OwnIntents(trained.arrays).score(["very red", "so blue"], encoder.encode_messages(["very red", "so blue"]))
    assert p.argmax(1).tolist() == [1, 0]


def test_labels_are_kept_as_they_are(encoder: OnnxEncoder) -> None:
    labels = ["Rücksendung / Umtausch", "退货", "a b|c"]
    examples = [Example(f"{word} {label}", label, 1) for label in labels for word in ("one", "two")]
    assert train_intents(examples, encoder, seed=0).labels == tuple(sorted(labels))


def test_progress_rises_by_one_to_its_end(encoder: OnnxEncoder) -> None:
    told: list[tuple[int, int]] = []
    examples = [Example(f"{label} {i}", label, i) for label in ("pump", "saddle") for i in range(3)]
    train_intents(examples, encoder, seed=0, progress=lambda done, total: told.append((done, total)))
    assert told == [(i, len(told)) for i in range(1, len(told) + 1)]


# -- figures behind the probabilities

shapes = st.tuples(st.integers(1, 40), st.integers(2, 5))
probabilities = arrays_of.arrays(np.float32, shapes, elements=st.floats(0.0625, 1, width=16)).map(
    lambda raw: raw / raw.sum(1, keepdims=True)
)


@given(probabilities, st.data())
def test_from_the_threshold_on_nine_in_ten_are_right(p: np.ndarray, data: st.DataObject) -> None:
    gold = np.array(data.draw(st.lists(st.integers(0, p.shape[1] - 1), min_size=len(p), max_size=len(p))))
    at = sure_from(p, gold)
    assert 0.5 <= at <= 1
    sure = p.max(1) >= at
    right = p.argmax(1) == gold
    if at != 0.99:
        assert right[sure].mean() >= 0.9
    for lower in sorted(set(p.max(1)[(p.max(1) < at) & (p.max(1) >= 0.5)])):
        assert right[p.max(1) >= lower].mean() < 0.9


def test_known_thresholds() -> None:
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]], np.float32)
    assert sure_from(p, np.array([0, 0, 0, 0])) == pytest.approx(0.6)
    assert sure_from(p, np.array([0, 0, 0, 1])) == pytest.approx(0.7)
    assert sure_from(p, np.array([1, 0, 0, 0])) == 0.99
    assert sure_from(p, np.array([0, 0, 0, 1]), precision=0.7) == pytest.approx(0.6)


def test_known_likelihoods() -> None:
    assert nll(np.zeros((3, 4), np.float32), np.array([0, 1, 2])) == pytest.approx(np.log(4))
    assert nll(np.log(np.array([[0.8, 0.2], [0.5, 0.5]], np.float32)), np.array([0, 1])) == pytest.approx(
        -np.log([0.8, 0.5]).mean()
    )
    assert nll(np.array([[1000.0, -1000.0]], np.float32), np.array([0])) == 0


# -- the folder


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_head_is_saved_with_its_report_and_nothing_is_left_beside_it(trained: Trained, tmp_path: Path) -> None:
    save(trained, tmp_path / "deep" / "er" / "intents", [("report.md", "# Bericht ü\n"), ("reliability.png", b"\x89PNG")])
    assert held(tmp_path / "deep" / "er" / "intents").keys() == {FILE, "report.md", "reliability.png"}
    assert (tmp_path / "deep" / "er" / "intents" / "report.md").read_text(encoding="utf-8") == "# Bericht ü\n"
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["intents"]


def test_an_earlier_head_is_replaced_as_a_whole_only_when_asked(trained: Trained, tmp_path: Path) -> None:
    out = tmp_path / "intents"
    save(trained, out, [(REPORT[0], "old"), (REPORT[1], "old")])
    before = held(out)
    with pytest.raises(TrainingTargetError, match="already holds trained intents") as caught:
        save(trained, out, [(REPORT[0], "new")])
    assert "--force" in caught.value.hint
    assert held(out) == before
    save(trained, out, [(REPORT[0], "new")], force=True)
    assert held(out).keys() == {FILE, REPORT[0]}
    assert (out / REPORT[0]).read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["intents"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("also", [[], [FILE], [FILE, *REPORT]])
def test_a_folder_with_other_things_is_never_touched(trained: Trained, tmp_path: Path, force: bool, also: list[str]) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    for name in ["my_labels.tsv", *also]:
        (out / name).write_text("mine", encoding="utf-8")
    before = held(out)
    with pytest.raises(TrainingTargetError, match=r"holds something else, such as 'my_labels\.tsv'"):
        check_target(out, force=force)
    with pytest.raises(TrainingTargetError):
        save(trained, out, force=force)
    assert held(out) == before


@pytest.mark.parametrize("out", ["taken", "taken/intents", "taken/a/b"])
def test_a_file_in_the_way_is_told_before_the_work(tmp_path: Path, out: str) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    with pytest.raises(TrainingTargetError, match="no folder"):
        check_target(tmp_path / out, force=True)


def test_what_cannot_be_written_leaves_the_earlier_head_whole(trained: Trained, tmp_path: Path) -> None:
    out = tmp_path / "intents"
    save(trained, out)
    before = held(out)
    with pytest.raises(TrainingTargetError, match="cannot be written"):
        save(trained, out, [("no/such/folder.md", "x")], force=True)
    assert held(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["intents"]


def test_an_empty_folder_may_be_the_target_also_by_the_name_of_a_point(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    save(trained, Path("."))
    assert (tmp_path / "here" / FILE).is_file()


def test_a_link_to_a_folder_stays_a_link(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    save(trained, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / FILE).is_file()
