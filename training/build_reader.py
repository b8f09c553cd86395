"""Build the reader that ships: prune the vocabulary as the encoder's, quantise, write the folder with its card.

    python training/build_reader.py --base build/reader

``--base`` is a folder that ``train_reader.py`` wrote. The vocabulary is that of the shipped encoder. The same inputs give
the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import SHIPPED as ENCODER
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.reader import SHIPPED, Reader
from training import groups, onnx_graph, shops
from training.build_encoder import LIMIT_MB
from training.train_reader import HEADS, Model, Rows, report

CARD = Path(__file__).parent / "reader_card.md"
FIDELITY = 0.97  # lowest correlation of the shipped graph's answers with those of the weights it was made from


def main() -> None:
    """Build, compare with the weights in float, and write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, type=Path)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    base = SentenceTransformer(str(arguments.base), device="cpu", model_kwargs={"attn_implementation": "eager"})
    model = Model(base[0].auto_model, base.get_embedding_dimension())
    model.take_heads(arguments.base / HEADS)
    model.eval()
    found = groups.shop_groups(shops.TEST_SHOP, OnnxEncoder(), size=10, seed=1)
    rows = Rows(base.tokenizer, found)
    write_folder(base, model, rows, arguments.out)
    compare(model, rows, found, arguments.out)


def write_folder(base: SentenceTransformer, model: Model, rows: Rows, out: Path) -> None:
    """Write the graph, the encoder's tokenizer, the heads and a manifest."""
    transformer: Any = base[0]
    state = {name: value.detach().numpy() for name, value in transformer.auto_model.state_dict().items()}
    pieces = [piece for piece, _ in json.loads(transformer.tokenizer.backend_tokenizer.to_str())["model"]["vocab"]]
    number = {piece: i for i, piece in enumerate(pieces)}
    kept = [piece for piece, _ in json.loads((ENCODER / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]]
    table = "embeddings.word_embeddings.weight"
    state[table] = state[table][[number[piece] for piece in kept]]
    config = transformer.auto_model.config
    shape = onnx_graph.Shape(
        hidden=config.hidden_size, layers=config.num_hidden_layers, heads=config.num_attention_heads,
        inner=config.intermediate_size, epsilon=config.layer_norm_eps,
    )  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    onnx_graph.save(onnx_graph.build(state, shape, peaks=largest_inputs(model, rows)), out / "onnx" / "model.onnx")
    shutil.copy(ENCODER / "tokenizer.json", out / "tokenizer.json")
    heads = {
        "answer": model.answer.weight.detach().numpy()[0],
        "answer_bias": model.answer.bias.detach().numpy()[0],
        "span": model.span.weight.detach().numpy(),
    }
    np.savez(out / "heads.npz", **heads)  # type: ignore[arg-type]
    files = {name: _sha256(out / name) for name in ("onnx/model.onnx", "tokenizer.json", "heads.npz")}
    revision = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:12]
    manifest = {"name": "cs-assist-reader", "revision": revision, "layers": config.num_hidden_layers, "sha256": files}
    (out / "encoder.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def largest_inputs(model: Model, rows: Rows) -> dict[str, np.ndarray]:
    """Return the largest input of each column of the products that are smoothed, over a sample of ``rows``."""
    peaks: dict[str, np.ndarray] = {}

    def watch(name: str) -> Any:
        def hook(_: Any, inputs: Any) -> None:
            largest = inputs[0].detach().abs().flatten(0, -2).amax(0).numpy()
            peaks[name] = np.maximum(peaks.get(name, largest), largest)

        return hook

    products = [(n, m) for n, m in model.encoder.named_modules() if n.endswith(onnx_graph.SMOOTHED) and ".attention." not in n]
    handles = [module.register_forward_pre_hook(watch(name)) for name, module in products]
    with torch.no_grad():
        for group in rows.of[::12]:
            model(*rows.tensors(group))
    for handle in handles:
        handle.remove()
    return peaks


@torch.no_grad()
def compare(model: Model, rows: Rows, found: list[groups.Group], out: Path) -> None:
    """Print what the weights and the graph say of the test shop; write the card; refuse a graph that is far from its weights."""
    theirs = [model(*rows.tensors(group))[0].numpy() for group in rows.of]
    reader = Reader(out)
    ours = [np.array([x.answers for x in reader.read(g.asked, [s.text for s in g.shown])]) for g in found]
    report(found, theirs)
    report(found, ours)
    likeness = float(np.corrcoef(np.concatenate(theirs), np.concatenate(ours))[0, 1])
    megabytes = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    text = CARD.read_text(encoding="utf-8")
    for mark, value in {"REVISION": reader.revision, "SIZE": f"{megabytes:.1f}", "LIKENESS": f"{likeness:.4f}"}.items():
        text = text.replace(f"@{mark}@", value)
    (out / "README.md").write_text(text, encoding="utf-8")
    print(f"{out}: {megabytes:.1f} MB, {reader.revision}, correlation {likeness:.4f}")
    if megabytes > LIMIT_MB or likeness < FIDELITY:
        sys.exit("too large, or too far from its weights")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
