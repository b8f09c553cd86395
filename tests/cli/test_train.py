from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.triage.own_intents import OwnIntents

from .conftest import Done, Run

DATA = Path(__file__).parent.parent / "data"
EXAMPLES, UNSEEN = DATA / "bike_shop.tsv", DATA / "bike_shop_unseen.tsv"
FILES = {"intents.npz", "report.md", "report.json", "reliability.png"}
FIGURES = {"n", "accuracy", "among_three", "macro_f1", "expected_calibration_error"}


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@dataclass(frozen=True)
class Training:
    """A finished run on the bike shop's examples with ``--test``, and the folder that it wrote."""

    done: Done
    out: Path

    @property
    def summary(self) -> dict[str, Any]:
        return self.done.objects[0]


@pytest.fixture(scope="module")
def bikes(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Training:
    out = tmp_path_factory.mktemp("bikes") / "intents"
    return Training(run("train", "--intents", EXAMPLES, "--out", out, "--test", UNSEEN, "--json", "--seed", 7), out)


def test_training_prints_one_summary_and_exits_with_zero(bikes: Training) -> None:
    assert bikes.done.code == 0, bikes.done.err
    assert len(bikes.done.objects) == 1
    assert bikes.summary.keys() == {
        "out", "examples", "intents", "folds", "seed", "seconds", "encoder", "unsure_below", "few_examples", "written_alike",
        "cross_validated", "test",
    }  # fmt: skip
    assert {key: bikes.summary[key] for key in ("out", "examples", "intents", "folds", "seed", "few_examples", "encoder")} == {
        "out": str(bikes.out), "examples": 40, "intents": 8, "folds": 5, "seed": 7, "few_examples": [],
        "encoder": OnnxEncoder().revision,
    }  # fmt: skip


def test_the_figures_are_those_of_the_examples_and_of_the_test_file(bikes: Training) -> None:
    for name, n in (("cross_validated", 40), ("test", 24)):
        figures = bikes.summary[name]
        assert figures.keys() == FIGURES
        assert figures["n"] == n
        assert 0.6 <= figures["accuracy"] <= figures["among_three"] <= 1
        assert 0 <= figures["expected_calibration_error"] <= 1


def test_the_folder_holds_the_head_the_report_and_the_picture(bikes: Training) -> None:
    assert {path.name for path in bikes.out.iterdir()} == FILES
    assert (bikes.out / "reliability.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert json.loads((bikes.out / "report.json").read_text(encoding="utf-8")) == bikes.summary
    assert [path.name for path in bikes.out.parent.iterdir()] == ["intents"]


def test_the_report_names_its_files_its_figures_and_how_to_go_on(bikes: Training) -> None:
    report = (bikes.out / "report.md").read_text(encoding="utf-8")
    for said in (
        "# Intents trained from bike_shop.tsv", "## Cross-validated", "## Measured on bike_shop_unseen.tsv",
        "| accuracy (95% interval) |",
        "| bike_leasing | 5 |", "| bike_leasing | 3 |", "![Reliability](reliability.png)", "CS_ASSIST_INTENTS_DIR", "- seed: 7",
    ):  # fmt: skip
        assert said in report


def test_the_head_in_the_folder_reaches_the_figures_in_the_report(bikes: Training, encoder: OnnxEncoder) -> None:
    own = OwnIntents.load(bikes.out, revision=encoder.revision)
    rows = [line.split("\t") for line in UNSEEN.read_text(encoding="utf-8").splitlines()[1:]]
    guesses = own.score([text for text, _ in rows], encoder.encode_messages([text for text, _ in rows])).argmax(1)
    right = sum(own.labels[guess] == intent for guess, (_, intent) in zip(guesses, rows, strict=True))
    assert right / len(rows) == pytest.approx(bikes.summary["test"]["accuracy"], abs=1 / len(rows))
    assert own.unsure_below == pytest.approx(bikes.summary["unsure_below"], abs=1e-4)


def test_nothing_is_overwritten_unless_asked_and_a_failure_leaves_the_earlier_result(
    bikes: Training, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "intents"
    small = tmp_path / "small.tsv"
    small.write_text("text\tintent\n" + "".join(f"退货 {i}\t退货\n換貨 {i}\t換貨 [x]\n" for i in range(2)), encoding="utf-8")
    first = run("train", "--intents", small, "--out", out, PYTHONIOENCODING="cp1252")
    assert first.code == 0, first.err
    assert first.objects[0]["few_examples"] == ["換貨 [x]", "退货"]
    assert first.objects[0]["folds"] == 2
    assert "test" not in first.objects[0]
    assert "fewer than 5 examples" in (out / "report.md").read_text(encoding="utf-8")
    before = held(out)

    refused = run("train", "--intents", EXAMPLES, "--out", out)
    assert (refused.code, refused.out) == (2, "")
    assert "already holds trained intents. Name a new folder, or add --force." in refused.err
    wrong = run("train", "--intents", tmp_path / "none.tsv", "--out", out, "--force")
    assert wrong.code == 2
    other = run("train", "--intents", small, "--test", EXAMPLES, "--out", out, "--force")
    assert other.code == 2
    assert held(out) == before

    (out / "labels.tsv").write_text("mine", encoding="utf-8")
    kept = run("train", "--intents", EXAMPLES, "--out", out, "--force")
    assert kept.code == 2
    assert "holds something else, such as 'labels.tsv'" in kept.err
    assert held(out) == {**before, "labels.tsv": b"mine"}
    (out / "labels.tsv").unlink()

    again = run("train", "--intents", small, "--out", out, "--force", "--seed", 1)
    assert again.code == 0
    assert held(out).keys() == before.keys()
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["seed"] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"text\tlabel\nx\ty\n", "line 1, key 'intent': the column is missing; found: text, label"),
        (b"text\tintent\n\ta\nx\tb\n", "line 2, key 'text': is empty"),
        (b"text\tintent\ngr\xfc\xdfe\ta\n", "line 2: is not UTF-8"),
        (b"text\tintent\nx\ta\ny\ta\nX\tb\n", "line 4, key 'intent': 'b' contradicts line 2"),
    ],
)
def test_a_wrong_file_is_told_with_its_place_and_writes_nothing(run: Run, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "bad.tsv").write_bytes(content)
    done = run("train", "--intents", tmp_path / "bad.tsv", "--out", tmp_path / "intents")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("TrainingDataError [training.data]:")
    assert f"bad.tsv, {said}" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.tsv"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.tsv", "text\tintent\nfoo\twhere is it\torder_status\nbar\twhere is it\torder_status\nhi\tgreeting\nho\tgreeting\n",
         "line 2, key 'intent': the row has 3 cell(s), the header has 2"),
        ("a.csv", "text,intent\nBonjour, où est mon colis ?,suivi\nUne question,suivi\n安,問\n安心,問\n",
         "line 2, key 'intent': the row has 3 cell(s), the header has 2"),
        ("a.jsonl", '{"text": true, "intent": 3}\n{"text": "x", "intent": "a"}\n',
         "line 1, key 'text': is true; a string was expected"),
        ("a.tsv", "text\tintent\n" + "x" * 140_000 + "\ta\n", "line 2, key 'text': has 140000 characters"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_told_apart_keeps_the_earlier_intents(
    run: Run, tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    out = tmp_path / "intents"
    out.mkdir()
    (out / "intents.npz").write_bytes(b"earlier")
    done = run("train", "--intents", tmp_path / name, "--out", out, "--force")
    assert (done.code, done.out) == (2, "")
    assert f"{name}, {said}" in done.err
    assert held(out) == {"intents.npz": b"earlier"}


def test_intents_that_are_written_alike_are_told_in_the_summary_the_report_and_at_once(run: Run, tmp_path: Path) -> None:
    rows = [f"{word} {i}\t{word}\n" for word in ("Pause", "pause", "ПАУЗА", "пауза", "退货") for i in range(2)]
    rows = [row.replace("Pause ", "halt ").replace("ПАУЗА ", "стоп ") for row in rows]
    (tmp_path / "a.tsv").write_text("text\tintent\n" + "".join(rows), encoding="utf-8")
    done = run("train", "--intents", tmp_path / "a.tsv", "--out", tmp_path / "intents")
    assert done.code == 0, done.err
    assert done.objects[0]["written_alike"] == [["Pause", "pause"], ["ПАУЗА", "пауза"]]
    assert done.objects[0]["intents"] == 5
    report = (tmp_path / "intents" / "report.md").read_text(encoding="utf-8")
    for told in (done.err, report):
        assert "written nearly alike" in told
        assert "Pause, pause" in told
        assert "ПАУЗА, пауза" in told


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "names no intent"), (b"\n \n", "names no intent"), ("rental\n".encode("utf-16"), "line 1: is not UTF-8")],
)
def test_a_list_of_labels_that_is_none_is_told(run: Run, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    done = run("train", "--intents", EXAMPLES, "--labels", tmp_path / "labels.txt", "--out", tmp_path / "intents")
    assert (done.code, done.out) == (2, "")
    assert "labels.txt" in done.err
    assert said in done.err


def test_only_allowed_labels_pass_and_the_list_may_come_from_any_system(run: Run, tmp_path: Path) -> None:
    names = sorted({line.split("\t")[1] for line in EXAMPLES.read_text(encoding="utf-8").splitlines()[1:]})
    (tmp_path / "labels.txt").write_bytes(
        "\ufeff".encode() + "\r\n\r\n".join([name.replace("rental", "bike_rental") for name in names]).encode()
    )
    done = run("train", "--intents", EXAMPLES, "--out", tmp_path / "intents", "--labels", tmp_path / "labels.txt")
    assert done.code == 2
    assert "key 'intent': unknown label 'rental'; did you mean 'bike_rental'?" in done.err
    missing = run("train", "--intents", EXAMPLES, "--out", tmp_path / "intents", "--labels", tmp_path / "none.txt")
    assert missing.code == 2
    assert "none.txt: cannot be read" in missing.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing option"),
        (("--intents", EXAMPLES), "Missing option '--out'"),
        (("--intents", EXAMPLES, "--out", "x", "--seed", "-1"), "--seed"),
        (("--intents", EXAMPLES, "--out", "x", "--seed", "many"), "--seed"),
        (("--intents", EXAMPLES, "--out", EXAMPLES), "is no folder"),
        (("--intents", EXAMPLES, "--out", EXAMPLES / "x"), "cannot be made"),
    ],
)
def test_the_callers_mistakes_exit_with_two(run: Run, arguments: tuple[object, ...], said: str) -> None:
    done = run("train", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_the_encoder_of_the_settings_is_used(run: Run, tmp_path: Path) -> None:
    done = run("train", "--intents", EXAMPLES, "--out", tmp_path / "x", CS_ASSIST_ENCODER_DIR="/nowhere")
    assert done.code == 2
    assert "no usable encoder in '/nowhere'" in done.err
    assert not list(tmp_path.iterdir())


def test_help_tells_every_option_what_is_written_and_an_example(run: Run) -> None:
    done = run("train", "--help", NO_COLOR="1", TERM="dumb")
    assert done.code == 0
    for said in (
        "--intents",
        "--out",
        "--test",
        "--labels",
        "--seed",
        "--force",
        "--json",
        "--debug",
        "report.md",
        "reliability.png",
    ):
        assert said in done.out
    assert "cs-assist train --intents my.tsv --out my_intents" in done.out


def test_debug_shows_where_an_error_arose(work: Path, tmp_path: Path) -> None:
    from .conftest import COMMAND

    arguments = [str(COMMAND), "train", "--intents", "none.tsv", "--out", str(tmp_path / "x"), "--debug"]
    done = subprocess.run(arguments, cwd=work, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "none.tsv" in done.stderr
