"""Train the weights that tell an attempt at the machine from what customers and shops write.

    python training/train_injection.py --text DATA [--vectors FILE] [--evaluate]

Attempts and their harmless neighbours were written by hand (``data/injection``); public lists of planted tasks
and of questions of an encyclopaedia are added to those of third parties. Against them stand all customer
messages, all sentences of the shops' articles, and the phrases that replies are made of. Two readers learn
from them: one of the classes of words alone, one of these, the encoder's vector and the wording. What is printed was
held out: by folds, and with ``--evaluate``, which writes nothing, by whole authors, languages and kinds.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.injection_model import HEADS, MODEL
from cs_assist.guard.injection_terms import NAMES
from cs_assist.guard.injection_windows import MAX_SENTENCES, handicap, sentences, windows
from cs_assist.guard.normal import Normal
from training import corpora
from training.wording import add_ngrams, store

HERE = Path(__file__).parent
SEED = 20261122
FOLDS = 3  # one of them of the ordinary texts is kept aside for the thresholds
#: Kinds that only a third party's text is an attempt with: a customer may ask for a poem (and gets none).
OWN = ("first", "second", "third", "fourth")  # who wrote the attempts and neighbours
THIRD_PARTY = {"add", "task", "question"}
NEIGHBOURS = {"ordinary", "article"}
ORDINARY = {"message", "foreign", "sentence", "phrase"}
#: Shares of ordinary texts that the threshold of 0.5 is set by.
FALSE_ALARMS = {"customer": {"message": 0.004}, "planted": {"message": 0.006, "article": 0.009}}
QUESTIONS = 60  # taken from each file of the encyclopaedia
WEIGHT = 3.0  # of an attempt or neighbour, against 1 of an ordinary text: the words' reader
COPIES, KEPT = 3, 0.6  # an attempt also counts with a share of its words only: others will use other words
HIDDEN, EPOCHS, BATCH, RATE = 256, 6, 512, 3e-3
#: The wording's reader, and how much it counts beside the network. With an author's texts left out, 0.08 more of them are found
#: than without it at the same false alarms; half and twice as much give the same within 0.02.
BUCKETS, LONGEST, STRENGTH, WORDING = 2**18, 4, 0.3, 2.0
NET_WEIGHT = {"attempt": 6.0, "neighbour": 5.0}
PAIRS = {(i, j): k for k, (i, j) in enumerate((i, j) for i in range(len(NAMES)) for j in range(i + 1, len(NAMES)))}
SETTINGS = {"C": 0.5, "max_iter": 400, "solver": "liblinear", "random_state": SEED}
Kinds = tuple[int, ...]


@dataclass
class Item:
    """One text: what it is, and what it must not be split from; its windows' classes, its units with theirs.

    A unit is what the encoder reads: each sentence, and a text of two or three as a whole.
    """

    text: str
    kind: str
    language: str
    group: str
    windows: list[Kinds]
    units: list[tuple[str, Kinds]]
    sentences: int

    def widest(self) -> Kinds:
        """Return the classes of the window that finds most."""
        return max(self.windows, key=len, default=())

    def label(self, head: str) -> float:
        """Return 1 for an attempt, 0 for an ordinary text, NaN for what a head does not learn from."""
        if self.kind in NEIGHBOURS | ORDINARY:
            aside = {"article"} if head == "customer" else {"foreign"}
            return float("nan") if self.kind in aside else 0.0
        return float("nan") if head == "customer" and self.kind in THIRD_PARTY else 1.0


def main() -> None:
    """Train and write the weights, or evaluate them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", required=True, type=Path, help="folder with the public sets (injection/, qa/)")
    parser.add_argument("--vectors", type=Path, help="file that keeps the encoder's vectors between runs")
    parser.add_argument("--evaluate", action="store_true")
    arguments = parser.parse_args()
    items = [
        *attempts(), *public(arguments.text), *foreign_questions(arguments.text), *messages(), *articles(), *phrases(),
    ]  # fmt: skip
    inputs = Inputs(Vectors(arguments.vectors), Ngrams([text for one in items for text, _ in one.units]))
    if arguments.evaluate:
        leave_out(items, inputs)
    else:
        train(items, inputs)


def train(items: Sequence[Item], inputs: Inputs) -> None:
    """Fit both readers, set their thresholds by the ordinary texts kept aside, and write the weights."""
    held_out = fold_of(items)
    ordinary = [one for one, fold in zip(items, held_out, strict=True) if fold == 0 and one.kind in ORDINARY]
    aside = set(map(id, ordinary))
    readers = fit([one for one in items if id(one) not in aside], inputs)
    shifts = report(score(readers, ordinary, inputs))
    arrays: dict[str, np.ndarray] = {"names": np.array(NAMES), "encoder_revision": np.array(inputs.vectors.revision)}
    for head in HEADS:
        words = readers.words[head]
        single, pairs = spread(words.coef_)
        arrays |= {f"{head}_single": single.astype(np.float32), f"{head}_pairs": pairs.astype(np.float32)}
        arrays[f"{head}_bias"] = (words.intercept_ - shifts[head, "words"]).astype(np.float32)
        store(arrays, head, readers.wording[head].coef_ * WORDING)
    heard = [WORDING * float(readers.wording[head].intercept_[0]) for head in HEADS]
    arrays |= readers.net.arrays([shifts[head, "net"] - more for head, more in zip(HEADS, heard, strict=True)])
    arrays |= inputs.ngrams.arrays | train_kinds(items)
    np.savez_compressed(MODEL, **arrays)
    print(f"{MODEL}: {MODEL.stat().st_size / 1e3:.0f} kB")


def item(text: str, kind: str, language: str, group: str) -> Item:
    """Return a text as the scanner reads it."""
    seen = Normal(text)
    spans = sentences(seen.text)
    found = windows(seen.text)
    units = [(n, n) for n in range(len(spans))]
    units += [(0, len(spans) - 1)] if 1 < len(spans) <= MAX_SENTENCES else []
    read = []
    for first, last in units:
        start, end = seen.span(spans[first][0], spans[last][1])
        kinds = next((window.kinds for window in found if (window.first, window.last) == (first, last)), ())
        read.append((text[start:end], kinds))
    return Item(text, kind, language, group, sorted({window.kinds for window in found}), read, len(spans))


def attempts() -> list[Item]:
    """Return the attempts and neighbours that were written by hand, grouped by who wrote them."""
    rows = []
    for author in OWN:
        for path in sorted((HERE / "data" / "injection" / author).glob("*.tsv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                    rows.append(item(row["text"].replace("\\n", "\n"), row["kind"], path.stem, author))
    return rows


def public(root: Path) -> list[Item]:
    """Return the tasks of the public list (its training half)."""
    tasks = json.loads((root / "injection" / "bipia-text-attacks-train.json").read_text(encoding="utf-8"))
    return [item(text, "task", "en", "public") for texts in tasks.values() for text in texts]


def foreign_questions(root: Path) -> list[Item]:
    """Return questions of an encyclopaedia: what a shop's texts have no reason to ask."""
    rng = np.random.default_rng(SEED)
    rows = []
    for path in sorted((root / "qa").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        asked = [qa["question"].strip() for one in data for part in one["paragraphs"] for qa in part["qas"]]
        rows += [
            item(asked[at], "question", path.stem, "encyclopaedia") for at in rng.choice(len(asked), QUESTIONS, replace=False)
        ]
    return [one for one in rows if one.units]


def messages() -> list[Item]:
    """Return all customer messages; those that ask what is no shop's business are ``foreign``."""
    foreign = ("out_of_scope", "spam")
    return [
        item(row["text"], "foreign" if row["intent"] in foreign else "message", row["language"], "") for row in corpora.messages()
    ]


def articles() -> list[Item]:
    """Return the sentences of the shops' articles, grouped by article."""
    rows = []
    for path in sorted([*(HERE / "data" / "shops").rglob("*.md"), *(HERE.parent / "kb_index").rglob("*.md")]):
        body = path.read_text(encoding="utf-8").split("---", 2)[-1]
        rows += [item(body[start:end], "sentence", "", path.as_posix()) for start, end in sentences(body)]
    return rows


def phrases() -> list[Item]:
    """Return the phrases that the shop's own replies are made of."""
    rows = []
    for path in sorted((HERE.parent / "cs_assist" / "reply" / "data").glob("*.yaml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = line.partition(": ")[2].strip(" '\"|>-") or line.strip(" -'\"")
            if len(text) > 25 and "{" not in text[:1]:
                rows.append(item(text, "phrase", path.stem, path.as_posix()))
    return rows


class Vectors:
    """Vectors of texts by the shipped encoder, kept in a file where one is named."""

    def __init__(self, path: Path | None) -> None:
        self._path, self._encoder = path, OnnxEncoder(threads=1)
        self.revision = self._encoder.revision
        self._kept: dict[str, np.ndarray] = {}
        if path is not None and path.exists():
            with np.load(path, allow_pickle=False) as data:
                self._kept = dict(zip(data["texts"].tolist(), data["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return one row a text."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._kept]
        for at in range(0, len(missing), 64):
            batch = missing[at : at + 64]
            self._kept |= dict(zip(batch, self._encoder.encode_messages(batch).astype(np.float32), strict=True))
        if missing and self._path is not None:
            np.savez(self._path, texts=np.array(list(self._kept)), vectors=np.array(list(self._kept.values())))
        return np.array([self._kept[text] for text in texts])


class Ngrams:
    """The wording of all units, as :class:`~cs_assist.encoder.wording.Wording` reads it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        distinct = list(dict.fromkeys(texts))
        self._rows = add_ngrams(self.arrays, distinct, buckets=BUCKETS, longest=LONGEST)
        self._at = {text: row for row, text in enumerate(distinct)}

    def __call__(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row a text."""
        return self._rows[[self._at[text] for text in texts]]


@dataclass(frozen=True)
class Inputs:
    """What the second reader reads of a text beside its classes."""

    vectors: Vectors
    ngrams: Ngrams


def matrix(rows: Sequence[Kinds]) -> csr_matrix:
    """Return the classes and pairs of classes of each window."""
    indices: list[int] = []
    starts = [0]
    for kinds in rows:
        indices += kinds
        indices += [len(NAMES) + PAIRS[pair] for n, i in enumerate(kinds) for pair in ((i, j) for j in kinds[n + 1 :])]
        starts.append(len(indices))
    return csr_matrix((np.ones(len(indices)), indices, starts), shape=(len(rows), len(NAMES) + len(PAIRS)))


def fit_words(head: str, items: Sequence[Item]) -> LogisticRegression:
    """Return the weights of classes and pairs; of an ordinary text every window counts, of an attempt the widest.

    Most of an attempt's words were known when the classes were filled, an attacker's will not be: so each
    attempt also counts with some of its words left out.
    """
    rng = np.random.default_rng(SEED)
    whole = [one.widest() for one in items if one.label(head) == 1]
    thinned = [tuple(kind for kind in kinds if rng.random() < KEPT) for kinds in whole for _ in range(COPIES)]
    thinned = [kinds for kinds in thinned if len(kinds) > 1]
    near = [kinds for one in items if one.label(head) == 0 and one.kind in NEIGHBOURS for kinds in one.windows]
    common = [kinds for one in items if one.label(head) == 0 and one.kind in ORDINARY for kinds in one.windows]
    weights: dict[tuple[Kinds, int], float] = defaultdict(float)  # the same classes meet in many texts: one row for all
    for rows, y, weight in (whole, 1, WEIGHT), (thinned, 1, WEIGHT / COPIES), (near, 0, WEIGHT), (common, 0, 1.0):
        for kinds in rows:
            weights[kinds, y] += weight
    return LogisticRegression(**SETTINGS).fit(
        matrix([kinds for kinds, _ in weights]), [y for _, y in weights], sample_weight=list(weights.values())
    )


def multihot(rows: Sequence[Kinds]) -> np.ndarray:
    """Return one row of ones and zeros a set of classes."""
    found = np.zeros((len(rows), len(NAMES)), np.float32)
    for at, kinds in enumerate(rows):
        found[at, list(kinds)] = 1
    return found


@dataclass
class Net:
    """The second reader: vector and classes of a unit, one hidden layer, one output a head."""

    mean: np.ndarray
    scale: np.ndarray
    layers: torch.nn.Sequential

    def __call__(self, vectors: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Return one logit a unit and head."""
        x = torch.tensor(np.hstack([(vectors - self.mean) / self.scale, classes]), dtype=torch.float32)
        with torch.no_grad():
            return self.layers(x).numpy()

    def arrays(self, shifts: Sequence[float]) -> dict[str, np.ndarray]:
        """Return the weights, the standardisation folded in, each head moved to its threshold."""
        first, last = self.layers[1], self.layers[4]
        into = first.weight.detach().numpy().T.copy()
        bias = first.bias.detach().numpy() - (self.mean / self.scale) @ into[: len(self.mean)]
        into[: len(self.mean)] /= self.scale[:, None]
        return {
            "net_in": into.astype(np.float16),
            "net_in_bias": bias.astype(np.float32),
            "net_out": last.weight.detach().numpy().T.astype(np.float32),
            "net_out_bias": (last.bias.detach().numpy() - np.array(shifts)).astype(np.float32),
        }


@dataclass(frozen=True)
class Lesson:
    """Units to learn from, one label a head (NaN: not learned from), and how much each counts."""

    units: list[tuple[str, Kinds]]
    labels: np.ndarray
    weights: np.ndarray

    @property
    def texts(self) -> list[str]:
        """The units' texts."""
        return [text for text, _ in self.units]

    @classmethod
    def of(cls, items: Sequence[Item], chosen: dict[int, int]) -> Lesson:
        """Of an ordinary text every unit counts, of an attempt one: the ``chosen`` one, or the last (all of a short text)."""
        units, labels, weights = [], [], []
        for one in items:
            found = [one.label(head) for head in HEADS]
            bad = 1.0 in found
            at = chosen.get(id(one), len(one.units) - 1)
            for unit in one.units[at : at + 1] if bad else one.units:
                units.append(unit)
                labels.append(found)
                weights.append(NET_WEIGHT["attempt"] if bad else NET_WEIGHT["neighbour"] if one.kind in NEIGHBOURS else 1.0)
        return cls(units, np.array(labels, np.float32), np.array(weights, np.float32))


def choose(items: Sequence[Item], vectors: Vectors) -> dict[int, int]:
    """Return which unit of each long attempt is meant.

    Nobody has marked it: a first reader, which has learned from short attempts only, chooses the one that it holds likeliest.
    """
    long = [one for one in items if 1.0 in map(one.label, HEADS) and one.sentences > MAX_SENTENCES]
    if not long:
        return {}
    aside = set(map(id, long))
    first = fit_net(Lesson.of([one for one in items if id(one) not in aside], {}), vectors)
    units = [unit for one in long for unit in one.units]
    logits = iter(first(vectors([text for text, _ in units]), multihot([kinds for _, kinds in units])).max(1))
    return {id(one): int(np.argmax([next(logits) for _ in one.units])) for one in long}


def fit_wording(head: int, lesson: Lesson, ngrams: Ngrams) -> LinearSVC:
    """Return what hears the wording for one head."""
    known = np.flatnonzero(~np.isnan(lesson.labels[:, head]))
    rows = ngrams([lesson.units[at][0] for at in known])
    return LinearSVC(C=STRENGTH, random_state=SEED).fit(rows, lesson.labels[known, head], sample_weight=lesson.weights[known])


def fit_net(lesson: Lesson, vectors: Vectors) -> Net:
    """Return what reads vectors and classes."""
    torch.manual_seed(SEED)
    read = vectors(lesson.texts)
    mean, scale = read.mean(0), read.std(0) + 1e-6
    x = torch.tensor((read - mean) / scale)
    classes = torch.tensor(multihot([kinds for _, kinds in lesson.units]))
    y, w = torch.tensor(lesson.labels), torch.tensor(lesson.weights)[:, None]
    known = ~torch.isnan(y)
    y = torch.nan_to_num(y)
    layers = torch.nn.Sequential(
        torch.nn.Dropout(0.15), torch.nn.Linear(x.shape[1] + len(NAMES), HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(0.4),
        torch.nn.Linear(HIDDEN, len(HEADS)),
    )  # fmt: skip
    steps = EPOCHS * (len(x) // BATCH)
    optimiser = torch.optim.AdamW(layers.parameters(), lr=RATE, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x))[: len(x) // BATCH * BATCH].split(BATCH):
            kept = classes[rows] * (torch.rand(len(rows), len(NAMES)) < KEPT + 0.2)  # others will use other words
            logits = layers(torch.hstack([x[rows], kept]))
            losses = torch.nn.functional.binary_cross_entropy_with_logits(logits, y[rows], reduction="none")
            loss = (losses * w[rows] * known[rows]).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return Net(mean, scale, layers.eval())


@dataclass
class Scored:
    """A text that was held out: the log odds of its readers, by head and reader."""

    item: Item
    logits: dict[tuple[str, str], float]


def fold_of(items: Sequence[Item]) -> list[int]:
    """Return each text's fold; the sentences of an article share one."""
    rng = np.random.default_rng(SEED)
    groups: dict[str, int] = {}
    return [
        groups.setdefault(one.group, int(rng.integers(0, FOLDS)))
        if one.kind in ("sentence", "phrase")
        else int(rng.integers(0, FOLDS))
        for one in items
    ]


def hold_out(items: Sequence[Item], folds: Sequence[int], fold: int, inputs: Inputs) -> list[Scored]:
    """Return the texts of one fold, scored by readers that have not seen it."""
    readers = fit([one for one, at in zip(items, folds, strict=True) if at != fold], inputs)
    return score(readers, [one for one, at in zip(items, folds, strict=True) if at == fold], inputs)


@dataclass
class Readers:
    """What reads by words alone, by head; what reads with the encoder, and the wording beside it."""

    words: dict[str, LogisticRegression]
    net: Net
    wording: dict[str, LinearSVC]


def fit(inside: Sequence[Item], inputs: Inputs) -> Readers:
    """Return all readers, fitted on ``inside``."""
    lesson = Lesson.of(inside, choose(inside, inputs.vectors))
    wording = {head: fit_wording(at, lesson, inputs.ngrams) for at, head in enumerate(HEADS)}
    return Readers({head: fit_words(head, inside) for head in HEADS}, fit_net(lesson, inputs.vectors), wording)


def score(readers: Readers, outside: Sequence[Item], inputs: Inputs) -> list[Scored]:
    """Return ``outside`` scored by ``readers``."""
    units = [unit for one in outside for unit in one.units]
    texts = [text for text, _ in units]
    logits = readers.net(inputs.vectors(texts), multihot([kinds for _, kinds in units]))
    ngrams = inputs.ngrams(texts)
    heard = np.stack([readers.wording[head].decision_function(ngrams) for head in HEADS], axis=1)
    read = iter(logits + WORDING * heard)
    rows = [kinds for one in outside for kinds in [(), *one.windows]]
    said = {head: iter(readers.words[head].decision_function(matrix(rows))) for head in HEADS}
    found = []
    for one in outside:
        odds = {(head, "words"): max(float(next(said[head])) for _ in range(1 + len(one.windows))) for head in HEADS}
        best = np.max([next(read) for _ in one.units], axis=0) if one.units else np.full(len(HEADS), -9.0)
        odds |= {(head, "net"): float(best[at]) for at, head in enumerate(HEADS)}
        found.append(Scored(one, odds))
    return found


def threshold(held: Sequence[Scored], head: str, reader: str) -> float:
    """Return the log odds above which no more ordinary texts lie than are allowed.

    Of an article each sentence is held to more the more there are (``injection_windows.handicap``).
    """
    messages = [one for one in held if one.item.kind in ("message", "foreign") and one.item.label(head) == 0]
    said = [one.logits[head, reader] - handicap(one.item.sentences) for one in messages]
    bounds = [float(np.quantile(said, 1 - FALSE_ALARMS[head]["message"]))]
    if head == "planted":
        by_article: dict[str, list[float]] = {}
        for one in held:
            if one.item.kind == "sentence":
                by_article.setdefault(one.item.group, []).append(one.logits[head, reader])
        best = [max(values) - handicap(len(values)) for values in by_article.values()]
        bounds.append(float(np.quantile(best, 1 - FALSE_ALARMS[head]["article"])))
    return max(bounds)


def found(one: Scored, head: str, reader: str, shifts: dict[tuple[str, str], float]) -> bool:
    """Whether a reader takes a text for an attempt."""
    return one.logits[head, reader] - handicap(one.item.sentences) > shifts[head, reader]


def report(held: Sequence[Scored]) -> dict[tuple[str, str], float]:
    """Print what share of each kind was found, and return the thresholds."""
    shifts = {}
    for head in HEADS:
        for reader in ("words", "net"):
            shifts[head, reader] = threshold(held, head, reader)
            print(f"{head}, {reader}: threshold at log odds {shifts[head, reader]:.2f}")
            for kind in sorted({one.item.kind for one in held}):
                hits = [found(one, head, reader, shifts) for one in held if one.item.kind == kind]
                print(f"  {kind:10} n={len(hits):6} {np.mean(hits):.4f}")
            hits = [found(one, head, reader, shifts) for one in held if one.item.label(head) == 1]
            if hits:
                print(f"  all attempts n={len(hits)} found {np.mean(hits):.4f}", flush=True)
    return shifts


def leave_out(items: Sequence[Item], inputs: Inputs) -> None:
    """Print what is found of whole authors, languages and kinds that were not trained on."""
    shifts = report([scored for fold in range(FOLDS) for scored in hold_out(items, fold_of(items), fold, inputs)])
    cases: list[tuple[str, Callable[[Item], bool]]] = [
        (group, lambda one, group=group: one.language in group.split()) for group in ("de nl sv", "ja ko", "ru pl", "th vi")
    ]
    cases += [(kind, lambda one, kind=kind: one.kind == kind) for kind in ("others", "privilege", "add", "reveal")]
    cases += [(author, lambda one, author=author: one.group == author) for author in OWN]
    for name, chosen in cases:
        held = score(
            fit([one for one in items if one.group not in OWN or not chosen(one)], inputs),
            [one for one in items if one.group in OWN and chosen(one)],
            inputs,
        )
        for head, (said, label) in product(HEADS, (("attempts", 1.0), ("neighbours", 0.0))):
            of_head = [one for one in held if one.item.label(head) == label]
            if of_head:
                words, net = (np.mean([found(one, head, reader, shifts) for one in of_head]) for reader in ("words", "net"))
                print(f"{head}, left out {name}, {said}: n={len(of_head)} words {words:.4f}, with encoder {net:.4f}", flush=True)


def train_kinds(items: Sequence[Item]) -> dict[str, np.ndarray]:
    """Return the arrays that name the kind of an attempt."""
    rows = [one for one in items if one.group in OWN and one.kind not in NEIGHBOURS and one.windows]
    model = LogisticRegression(C=0.5, max_iter=300).fit(matrix([one.widest() for one in rows]), [one.kind for one in rows])
    single, pairs = spread(model.coef_)
    return {
        "kinds": np.array(model.classes_),
        "kind_bias": model.intercept_.astype(np.float32),
        "kind_single": single.astype(np.float32),
        "kind_pairs": pairs.astype(np.float32),
    }


def spread(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of classes, and those of pairs as upper triangles."""
    n = len(NAMES)
    pairs = np.zeros((len(weights), n, n))
    for (i, j), k in PAIRS.items():
        pairs[:, i, j] = weights[:, n + k]
    return weights[:, :n], pairs


if __name__ == "__main__":
    main()
