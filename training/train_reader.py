"""Train the reader: does this passage answer this message, and where?

    python training/train_reader.py --base build/finetuned --text DATA --out build/reader [--sets shops]

The base is the encoder that ``finetune.py`` wrote (a part of its layers is kept, so that eight passages are read in
70 ms), or a folder that this script wrote, which goes on whole. ``--sets public`` trains on the public question-answer
sets, ``shops`` on the shops, whose candidates come from the shipped encoder's searches; ``shops.TEST_SHOP`` is reported
on, and ``shops.CALIBRATION_SHOPS`` are left to ``train_answerability.py``. Word embeddings are frozen. ``build_reader.py``
makes the graph that ships.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.reader import DEPTH, ends, joined
from training.finetune import BFLOAT16, hide
from training.groups import Group, public_groups, shop_groups
from training.shops import TEST_SHOP, known_shops, own_shops

HEADS = "reader_heads.npz"
LAYERS = (0, 1, 2, 3, 5, 7, 9, 11)  # of the base's twelve
TOKENS = 2900  # padded tokens in a batch
LIST = 1.0  # weight of telling the answering passage from the others of its group
SPAN = 0.3  # weight of finding the words that answer


class Model(nn.Module):
    """The cross-encoder with its two heads."""

    def __init__(self, encoder: Any, dimension: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.answer = nn.Linear(dimension, 1)
        self.span = nn.Linear(dimension, 2, bias=False)

    def take_heads(self, path: Path) -> None:
        """Go on with the heads that an earlier run of this script wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            self.answer.weight.data = torch.from_numpy(arrays["answer"])[None]
            self.answer.bias.data = torch.from_numpy(arrays["answer_bias"])[None]
            self.span.weight.data = torch.from_numpy(arrays["span"])

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the log-odds that each passage answers, and each piece's scores to begin and end the span."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return self.answer(hidden[:, 0])[:, 0], self.span(hidden)


def main() -> None:
    """Train, report, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--text", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--sets", choices=["public", "shops"], default="shops")
    parser.add_argument("--each", type=int, default=400, help="questions of each public set")
    parser.add_argument("--share", type=float, default=1.0, help="share of the hard questions that is taken")
    parser.add_argument("--size", type=int, default=5, help="passages shown with a question")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--frozen", type=int, default=0, help="first layers that stay as they are: a branch may rest on them")
    parser.add_argument("--seed", type=int, default=20261122)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(2)
    plain = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    eager = {"attn_implementation": "eager"}
    base = SentenceTransformer(arguments.base, device="cpu", model_kwargs=eager, config_kwargs=plain)
    model = Model(base[0].auto_model, base.get_embedding_dimension())
    cut(model.encoder)
    earlier = Path(arguments.base) / HEADS
    if earlier.exists():
        model.take_heads(earlier)
    model.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    if arguments.frozen:
        for part in (model.encoder.embeddings, model.encoder.encoder.layer[: arguments.frozen]):
            part.requires_grad_(False)
    train, test = groups(arguments)

    def after() -> None:
        report(test, predict(model, base.tokenizer, test))
        save(base, model, arguments.out)

    print(f"{len(train)} questions with {sum(len(g.shown) for g in train)} passages, {len(test)} held out", flush=True)
    fit(model, base.tokenizer, train, arguments, after)


def groups(options: Any) -> tuple[list[Group], list[Group]]:
    """Return the groups to train on and those that are held out."""
    if options.sets == "public":
        made = public_groups(options.text, each=options.each, size=options.size, seed=options.seed)
        return made[::1], made[::40]
    encoder = OnnxEncoder()
    shops = [*known_shops(options.text / "shops"), *own_shops()]
    found = [g for s in shops for g in shop_groups(s, encoder, size=options.size, seed=options.seed)]
    chance = random.Random(options.seed)
    train = [g for g in found if g.plain or chance.random() < options.share]
    return train, shop_groups(TEST_SHOP, encoder, size=DEPTH + 2, seed=options.seed)


def cut(encoder: Any) -> None:
    """Keep :data:`LAYERS` of an encoder that has more."""
    if len(encoder.encoder.layer) > len(LAYERS):
        encoder.encoder.layer = nn.ModuleList([encoder.encoder.layer[i] for i in LAYERS])
        encoder.config.num_hidden_layers = len(LAYERS)


class Rows:
    """The groups as piece numbers: one row a passage, with where its span lies."""

    def __init__(self, tokenizer: Any, found: list[Group]) -> None:
        self.ids: list[list[int]] = []
        self.first: list[int] = []
        self.spans: list[tuple[int, int] | None] = []
        self.answers: list[float] = []
        self.of: list[list[int]] = []
        for group in found:
            question = ends(tokenizer(group.asked, add_special_tokens=False)["input_ids"])
            self.of.append([])
            for shown in group.shown:
                part = tokenizer(shown.text, add_special_tokens=False, return_offsets_mapping=True)
                row = joined(question, part["input_ids"])
                self.of[-1].append(len(self.ids))
                self.ids.append(row)
                self.first.append(len(question) + 3)
                self.answers.append(float(shown.answers))
                self.spans.append(self._pieces(shown.span, part["offset_mapping"], len(question) + 3, len(row) - 1))

    @staticmethod
    def _pieces(span: tuple[int, int] | None, offsets: list[tuple[int, int]], first: int, stop: int) -> tuple[int, int] | None:
        """Return the first and last piece of a span, where all of it was read."""
        if span is None:
            return None
        inside = [first + i for i, (a, b) in enumerate(offsets) if a < span[1] and b > span[0] and b > a]
        return (inside[0], inside[-1]) if inside and inside[-1] < stop else None

    def tensors(self, chosen: list[int], pad: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids and mask of some rows, padded to the longest."""
        width = max(len(self.ids[i]) for i in chosen)
        ids = torch.full((len(chosen), width), pad)
        mask = torch.zeros((len(chosen), width), dtype=torch.long)
        for n, i in enumerate(chosen):
            ids[n, : len(self.ids[i])] = torch.tensor(self.ids[i])
            mask[n, : len(self.ids[i])] = 1
        return ids, mask


def loss_of(rows: Rows, chosen: list[list[int]], score: torch.Tensor, span: torch.Tensor) -> torch.Tensor:
    """Return the loss of some groups: each passage alone, the group's right one among all, and its words."""
    flat = [i for group in chosen for i in group]
    gold = torch.tensor([rows.answers[i] for i in flat])
    loss = F.binary_cross_entropy_with_logits(score, gold)
    start, lists, finds = 0, [], []
    for group in chosen:
        own, marks = score[start : start + len(group)], gold[start : start + len(group)]
        if 0 < marks.sum() < len(group):
            lists.append(torch.logsumexp(own, 0) - torch.logsumexp(own[marks > 0], 0))
        for n, i in enumerate(group, start):
            place = rows.spans[i]
            if place:
                inside = span[n, rows.first[i] : len(rows.ids[i]) - 1]
                finds += [F.cross_entropy(inside[:, k][None], torch.tensor([place[k] - rows.first[i]])) for k in (0, 1)]
        start += len(group)
    if lists:
        loss = loss + LIST * torch.stack(lists).mean()
    return loss + SPAN * torch.stack(finds).mean() if finds else loss


def fit(model: Model, tokenizer: Any, found: list[Group], options: Any, after: Callable[[], None]) -> None:
    """Train in place, in bfloat16 where the processor has it, with warm-up and a linear decay; ``after`` each epoch."""
    generator = np.random.default_rng(options.seed)
    rows = Rows(tokenizer, found)
    size = [max(len(rows.ids[i]) for i in group) for group in rows.of]
    plan: list[list[list[int]]] = []
    for _ in range(options.epochs):
        order = sorted(range(len(rows.of)), key=lambda g: size[g] * generator.uniform(0.7, 1.3))
        batches: list[list[list[int]]] = [[]]
        width = 0
        for g in order:
            width = max(width, size[g])
            if batches[-1] and width * (sum(len(x) for x in batches[-1]) + len(rows.of[g])) > TOKENS:
                batches.append([])
                width = size[g]
            batches[-1].append(rows.of[g])
        plan += [batches[i] for i in generator.permutation(len(batches))]
    weights = [p for p in model.parameters() if p.requires_grad]
    heads = [*model.answer.parameters(), *model.span.parameters()]
    body = [p for p in weights if not any(p is h for h in heads)]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": options.rate}, {"params": heads, "lr": 5 * options.rate}], weight_decay=0.01
    )
    steps = len(plan)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / (0.06 * steps), (steps - s) / steps))
    ends_of_epochs = {round(steps * n / options.epochs) for n in range(1, options.epochs + 1)}
    model.train()
    started, running = time.time(), 0.0
    for step, chosen in enumerate(plan, 1):
        flat = [i for group in chosen for i in group]
        ids, mask = rows.tensors(flat)
        with torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
            score, span = model(hide(ids, tokenizer.unk_token_id), mask)
        loss = loss_of(rows, chosen, score.float(), span.float())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        running += float(loss.detach())
        if step % 20 == 0:
            left = (time.time() - started) / step * (steps - step) / 60
            print(f"step {step}/{steps} loss {running / 20:.3f} left {left:.1f} min", flush=True)
            running = 0.0
        if step in ends_of_epochs:
            after()
            model.train()


@torch.no_grad()
def predict(model: Model, tokenizer: Any, found: list[Group]) -> list[np.ndarray]:
    """Return the log-odds of each group's passages."""
    model.eval()
    rows = Rows(tokenizer, found)
    return [model(*rows.tensors(group))[0].float().numpy() for group in rows.of]


def report(found: list[Group], scores: list[np.ndarray]) -> None:
    """Print how often the best passage answers, and how well answerable questions are told from others."""
    if not found:
        return
    first = [g.shown[int(s.argmax())].answers for g, s in zip(found, scores, strict=True) if any(x.answers for x in g.shown)]
    three = [
        any(g.shown[i].answers for i in s.argsort()[::-1][:3])
        for g, s in zip(found, scores, strict=True)
        if any(x.answers for x in g.shown)
    ]
    line = f"n={len(found)} first {np.mean(first):.3f} among three {np.mean(three):.3f}"
    answerable = [g.answerable for g in found]
    if 0 < sum(answerable) < len(found):
        line += f" answerable AUC {roc_auc_score(answerable, [s.max() for s in scores]):.3f}"
    print(line, flush=True)


def save(base: SentenceTransformer, model: Model, out: Path) -> None:
    """Write the encoder as a sentence-transformers folder, and the heads beside it."""
    model.eval()
    base.save(str(out))
    np.savez(
        out / HEADS,
        answer=model.answer.weight.detach().numpy()[0],
        answer_bias=model.answer.bias.detach().numpy()[0],
        span=model.span.weight.detach().numpy(),
    )


if __name__ == "__main__":
    main()
