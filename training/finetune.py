"""Fine-tune the encoder once for all tasks: reading messages and finding the articles that answer them.

    python training/finetune.py --base E5 --text DATA --out DIR [--hold-out second] [--epochs 4]

Tasks: intent, emotion, dissatisfaction, urgency, intensity (linear heads over the two pooled vectors
of a message) and retrieval (message to answering passage, in-batch and hard negatives). Word
embeddings are frozen. ``--hold-out`` keeps a part back and reports on it: ``second`` all messages of the
second group of authors, trained on the first group alone; ``calibration`` every eighth of
the third group, which the probabilities are calibrated on (the default, and what ships). A ``--base``
that this script wrote goes on with its heads. What is nearly the same as a held-out message is not trained on.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sklearn.metrics import f1_score, roc_auc_score
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parent.parent))

from training import corpora, retrieval
from training.labels import LABELS
from training.near_duplicates import near

HEADS = "finetuned_heads.npz"
#: Where the processor has none, sums in it take ten times as long as in float32.
BFLOAT16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
SCALE = 16.0  # of the unit vectors that the heads read
TOKENS = 2048  # padded tokens in a batch of messages
HIDDEN = 0.06  # share of a message's pieces that is hidden in training
SPECIAL = 3  # the highest number of the pieces for start, padding, end and unknown
PAIRS = 16  # messages in a batch of retrieval
SECONDARY = 0.2  # share of the intent's target that secondary intents take


class Model(nn.Module):
    """The encoder with its heads."""

    def __init__(self, encoder: Any, dimension: int) -> None:
        super().__init__()
        self.encoder = encoder
        sizes = {"intent": 40, "emotion": 7, "urgency": 4, "dissatisfied": 1, "intensity": 1}
        self.heads = nn.ModuleDict({name: nn.Linear(2 * dimension, size) for name, size in sizes.items()})
        self.dropout = nn.Dropout(0.1)

    def take_heads(self, path: Path) -> None:
        """Go on with the heads that an earlier run of this script wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            for name, head in self.heads.items():
                head.weight.data = torch.from_numpy(arrays[f"{name}.weight"])
                head.bias.data = torch.from_numpy(arrays[f"{name}.bias"])

    def pool(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return unit vectors: the mean over tokens (retrieval) and the first token's (heads only)."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask[..., None].float()
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return F.normalize(mean, dim=-1), F.normalize(hidden[:, 0], dim=-1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the retrieval vector and the heads' logits."""
        mean, first = self.pool(ids, mask)
        features = self.dropout(torch.cat([mean, first], -1) * SCALE)
        return mean, {name: head(features) for name, head in self.heads.items()}


def main() -> None:
    """Fine-tune, report, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--text", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument(
        "--retrieval", type=float, default=0.25, help="retrieval batches for each batch of messages; 0 leaves it out"
    )
    parser.add_argument(
        "--first", type=float, default=1.0, help="share of the first group in each epoch, where the base has learned from it"
    )
    parser.add_argument("--hold-out", choices=["second", "calibration"], default="calibration")
    parser.add_argument("--seed", type=int, default=20261121)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(2)
    # Drawing dropout masks costs a fifth of the time on a CPU; hidden words regularise as well, for nothing.
    plain = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    eager = {"attn_implementation": "eager"}
    base = SentenceTransformer(arguments.base, device="cpu", model_kwargs=eager, config_kwargs=plain)
    train, test = split(corpora.messages(), arguments.hold_out)
    print(f"{len(train)} messages to train on, {len(test)} held out", flush=True)
    model = Model(base[0].auto_model, base.get_embedding_dimension())
    earlier = Path(arguments.base) / HEADS
    if earlier.exists():
        model.take_heads(earlier)
    model.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    pairs = retrieval.pairs(arguments.text) if arguments.retrieval else []
    fit(model, base.tokenizer, train, pairs, arguments)
    report(test, predict(model, base.tokenizer, test))
    save(base, model, arguments.out)


def split(rows: list[dict[str, str]], how: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return training and held-out messages; no message of the one is nearly one of the other."""
    if how == "calibration":
        return corpora.held_out(rows)
    test = [row for row in rows if row["group"] == "second"]
    train = [row for row in rows if row["group"] == "first"]
    close = {i for i, _, _ in near([row["text"] for row in train], [row["text"] for row in test])}
    return [row for i, row in enumerate(train) if i not in close], test


def batches(rows: list[int], lengths: list[int], generator: np.random.Generator) -> list[list[int]]:
    """Return batches of row numbers of like length, of at most ``TOKENS`` padded tokens, shuffled."""
    order = sorted(rows, key=lambda i: lengths[i] * generator.uniform(0.8, 1.2))
    made: list[list[int]] = [[]]
    for i in order:
        if made[-1] and (max(lengths[j] for j in (*made[-1], i)) * (len(made[-1]) + 1) > TOKENS or len(made[-1]) >= 64):
            made.append([])
        made[-1].append(i)
    generator.shuffle(made)
    return made


def tensors(tokenizer: Any, texts: list[str], limit: int = 160) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and mask of ``texts``, padded to the longest."""
    out = tokenizer(texts, padding=True, truncation=True, max_length=limit, return_tensors="pt")
    return out["input_ids"], out["attention_mask"]


def hide(ids: torch.Tensor, mark: int) -> torch.Tensor:
    """Return ``ids`` with a share of the pieces hidden; the marks of the start and the prompt are kept."""
    chosen = torch.rand(ids.shape) < HIDDEN
    chosen[:, :3] = False
    return torch.where(chosen & (ids > SPECIAL), mark, ids)


def targets(rows: list[dict[str, str]]) -> dict[str, torch.Tensor]:
    """Return what the heads are to say of ``rows``."""
    intents = torch.zeros(len(rows), 40)
    for i, row in enumerate(rows):
        second = [s for s in row["secondary"].replace(";", ",").split(",") if s.strip() in LABELS["intent"]]
        for name in second:
            intents[i, LABELS["intent"].index(name.strip())] = SECONDARY / len(second)
        intents[i, LABELS["intent"].index(row["intent"])] = 1 - (SECONDARY if second else 0)
    return {
        "intent": intents,
        "emotion": torch.tensor([LABELS["emotion"].index(row["emotion"]) for row in rows]),
        "urgency": torch.tensor([LABELS["urgency"].index(row["urgency"]) for row in rows]),
        "dissatisfied": torch.tensor([float(row["dissatisfied"]) for row in rows]),
        "intensity": torch.tensor([float(row["intensity"]) for row in rows]),
    }


def loss_of(logits: dict[str, torch.Tensor], gold: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the weighted sum of the heads' losses."""
    return (
        F.cross_entropy(logits["intent"], gold["intent"], label_smoothing=0.05)
        + 0.5 * F.cross_entropy(logits["emotion"], gold["emotion"], label_smoothing=0.05)
        + 0.3 * F.cross_entropy(logits["urgency"], gold["urgency"])
        + 0.5 * F.binary_cross_entropy_with_logits(logits["dissatisfied"][:, 0], gold["dissatisfied"])
        + 0.5 * F.mse_loss(logits["intensity"][:, 0], gold["intensity"])
    )


def retrieval_loss(model: Model, tokenizer: Any, chosen: list[retrieval.Pair]) -> torch.Tensor:
    """Return the contrastive loss of messages against their own, the batch's and hard wrong passages."""
    queries, _ = model.pool(*tensors(tokenizer, [f"query: {pair.query}" for pair in chosen], 64))
    texts = [pair.passage for pair in chosen] + [hard for pair in chosen for hard in pair.hard[:1]]
    passages, _ = model.pool(*tensors(tokenizer, [f"passage: {text}" for text in texts], 128))
    scores = queries @ passages.T / 0.03
    same = torch.tensor([[a.group == b.group for b in chosen] for a in chosen]) & ~torch.eye(len(chosen), dtype=torch.bool)
    scores[:, : len(chosen)] = scores[:, : len(chosen)].masked_fill(same, -1e4)  # another right answer is no negative
    return F.cross_entropy(scores, torch.arange(len(chosen)))


def fit(model: Model, tokenizer: Any, rows: list[dict[str, str]], pairs: list[retrieval.Pair], options: Any) -> None:
    """Train in place, in bfloat16 where the processor has it, with warm-up and a linear decay."""
    generator = np.random.default_rng(options.seed)
    lengths = [min(160, len(tokenizer(f"query: {row['text']}")["input_ids"])) for row in rows]
    first = np.array([row["group"] == "first" for row in rows])
    plan = [
        batches(np.flatnonzero(~first | (generator.random(len(rows)) < options.first)).tolist(), lengths, generator)
        for _ in range(options.epochs)
    ]
    steps = sum(len(epoch) for epoch in plan)
    slow = [p for n, p in model.named_parameters() if p.requires_grad and n.startswith("encoder")]
    fast = [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("encoder")]
    optimizer = torch.optim.AdamW(
        [{"params": slow, "lr": options.rate}, {"params": fast, "lr": 10 * options.rate}], weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / (0.06 * steps), (steps - s) / steps))
    model.train()
    started, step, running, found = time.time(), 0, 0.0, 0.0
    deck: list[int] = []
    for number, epoch in enumerate(plan):
        for chosen in epoch:
            with torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
                part = [rows[i] for i in chosen]
                ids, mask = tensors(tokenizer, [f"query: {row['text']}" for row in part])
                _, logits = model(hide(ids, tokenizer.unk_token_id), mask)
                loss = loss_of({k: v.float() for k, v in logits.items()}, targets(part))
                running += float(loss.detach())
                if pairs and generator.random() < options.retrieval:
                    if len(deck) < PAIRS:
                        deck = generator.permutation(len(pairs)).tolist()
                    extra = retrieval_loss(model, tokenizer, [pairs[deck.pop()] for _ in range(PAIRS)])
                    found = 0.98 * found + 0.02 * float(extra.detach())
                    loss = loss + 0.5 * extra
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step % 20 == 0:
                left = (time.time() - started) / step * (steps - step) / 60
                losses = f"loss {running / 20:.3f} retrieval {found:.3f}"
                print(f"epoch {number + 1} step {step}/{steps} {losses} left {left:.1f} min", flush=True)
                running = 0.0


@torch.no_grad()
def predict(model: Model, tokenizer: Any, rows: list[dict[str, str]]) -> dict[str, np.ndarray]:
    """Return the heads' logits for ``rows``, in their order."""
    model.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["text"]))
    out: dict[str, np.ndarray] = {}
    for at in range(0, len(order), 48):
        chosen = order[at : at + 48]
        _, logits = model(*tensors(tokenizer, [f"query: {rows[i]['text']}" for i in chosen], 512))
        for name, value in logits.items():
            out.setdefault(name, np.zeros((len(rows), value.shape[1]), np.float32))[chosen] = value.numpy()
    return out


def report(rows: list[dict[str, str]], logits: dict[str, np.ndarray]) -> None:
    """Print accuracy by language and the heads' figures."""
    gold = np.array([LABELS["intent"].index(row["intent"]) for row in rows])
    order = logits["intent"].argsort(1)[:, ::-1]
    languages = np.array([row["language"] for row in rows])
    by_language = {tag: float(np.mean(order[languages == tag, 0] == gold[languages == tag])) for tag in sorted(set(languages))}
    emotion = f1_score([LABELS["emotion"].index(row["emotion"]) for row in rows], logits["emotion"].argmax(1), average="macro")
    auc = roc_auc_score([row["dissatisfied"] == "1" for row in rows], logits["dissatisfied"][:, 0])
    print(json.dumps({k: round(v, 3) for k, v in by_language.items()}))
    print(
        f"n={len(rows)} intent {np.mean(order[:, 0] == gold):.4f} (mean of languages {np.mean(list(by_language.values())):.4f}, "
        f"lowest {min(by_language.values()):.3f}) among three {np.mean((order[:, :3] == gold[:, None]).any(1)):.4f} "
        f"emotion macro-F1 {emotion:.4f} dissatisfaction AUC {auc:.4f}",
        flush=True,
    )


def save(base: SentenceTransformer, model: Model, out: Path) -> None:
    """Write the encoder as a sentence-transformers folder, and the heads beside it."""
    model.eval()
    base.save(str(out))
    heads: dict[str, Any] = {
        f"{name}.{part}": getattr(head, part).detach().numpy()
        for name, head in model.heads.items()
        for part in ("weight", "bias")
    }
    np.savez(out / HEADS, scale=np.float32(SCALE), **heads)


if __name__ == "__main__":
    main()
