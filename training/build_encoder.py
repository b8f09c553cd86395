"""Build the encoder that ships: prune the vocabulary, quantise, write a sentence-transformers folder.

    python training/build_encoder.py --base intfloat/multilingual-e5-small --text DATA --out DIR

``--base`` is a hub id or a local sentence-transformers folder; ``--text`` is the folder with the
public sets named in the model card. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import OnnxEncoder
from training import corpora, onnx_graph, vocabulary

OUT = Path(__file__).parent.parent / "cs_assist" / "encoder" / "model"
MAX_TOKENS = 512
LIMIT_MB = 48
FIDELITY = 0.95  # lowest mean cosine of a language; without the common direction that unfinetuned vectors share, 0.98 is 0.99
RESULTS = Path(__file__).parent.parent / "evals" / "results" / "triage.md"
CARD = Path(__file__).parent / "encoder_card.md"


def main() -> None:
    """Build, measure, and write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="hub id or local folder of multilingual-e5-small, or a fine-tuned one")
    parser.add_argument("--text", required=True, type=Path, help="folder with the public sets (vocabulary counts)")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--vocabulary", type=int, default=96_000, help="pieces to keep")
    parser.add_argument("--sample", type=int, default=150, help="messages a language for the comparison")
    arguments = parser.parse_args()
    base = SentenceTransformer(arguments.base, device="cpu")
    write_folder(base, arguments.out, text=arguments.text, size=arguments.vocabulary)
    table = compare(base, arguments.out, sample=arguments.sample)
    write_card(arguments.out, table)


def write_folder(base: SentenceTransformer, out: Path, *, text: Path, size: int) -> None:
    """Write ``base`` pruned to ``size`` pieces and quantised into the folder ``out``."""
    transformer: Any = base[0]
    state = {name: value.detach().numpy() for name, value in transformer.auto_model.state_dict().items()}
    tokenizer = json.loads(transformer.tokenizer.backend_tokenizer.to_str())
    pieces = [(piece, score) for piece, score in tokenizer["model"]["vocab"]]
    own = (row["text"] for row in corpora.messages())
    tokenizer["padding"] = tokenizer["truncation"] = None  # what training set is not the model's
    counter = Tokenizer.from_str(json.dumps(tokenizer))
    counter.no_truncation()
    seen = vocabulary.count(counter, chain(own, corpora.public_text(text)))
    keep = vocabulary.choose(pieces, seen, size)
    state["embeddings.word_embeddings.weight"] = state["embeddings.word_embeddings.weight"][keep]
    tokenizer["model"]["vocab"] = [pieces[number] for number in keep]
    tokenizer["model"]["unk_id"] = [piece for piece, _ in tokenizer["model"]["vocab"]].index("<unk>")
    config = transformer.auto_model.config
    shape = onnx_graph.Shape(
        hidden=config.hidden_size, layers=config.num_hidden_layers, heads=config.num_attention_heads,
        inner=config.intermediate_size, epsilon=config.layer_norm_eps,
    )  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    peaks = largest_inputs(base, [row["text"] for row in corpora.messages()[::50]])
    onnx_graph.save(onnx_graph.build(state, shape, peaks=peaks), out / "onnx" / "model.onnx")
    _write_json(out / "tokenizer.json", tokenizer)
    _write_configuration(out, config.to_dict() | {"vocab_size": len(keep)})


def largest_inputs(base: SentenceTransformer, texts: list[str]) -> dict[str, np.ndarray]:
    """Return the largest input of each column of the products that are smoothed, over ``texts``."""
    peaks: dict[str, np.ndarray] = {}

    def watch(name: str) -> Any:
        def hook(_: Any, inputs: Any) -> None:
            largest = inputs[0].detach().abs().flatten(0, -2).amax(0).numpy()
            peaks[name] = np.maximum(peaks.get(name, largest), largest)

        return hook

    model: Any = base[0].auto_model
    products = [(n, m) for n, m in model.named_modules() if n.endswith(onnx_graph.SMOOTHED) and ".attention." not in n]
    handles = [module.register_forward_pre_hook(watch(name)) for name, module in products]
    base.encode([f"query: {text}" for text in texts], batch_size=32)
    for handle in handles:
        handle.remove()
    return peaks


def _write_configuration(out: Path, config: dict[str, Any]) -> None:
    """Write the small files that sentence-transformers and our own runtime read."""
    kept = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings",
            "type_vocab_size", "layer_norm_eps", "vocab_size", "pad_token_id", "hidden_act")  # fmt: skip
    _write_json(out / "config.json", {"model_type": "bert", "architectures": ["BertModel"]} | {k: config[k] for k in kept})
    marks = {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    names = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        "model_input_names": ["input_ids", "attention_mask"],
    }
    _write_json(out / "tokenizer_config.json", names | marks)
    _write_json(out / "special_tokens_map.json", marks)
    _write_json(out / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    _write_json(
        out / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (path, name) in enumerate(modules)
        ],
    )
    pooling = {"word_embedding_dimension": config["hidden_size"], "pooling_mode_mean_tokens": True}
    _write_json(out / "1_Pooling" / "config.json", pooling)
    prompts = {"query": "query: ", "passage": "passage: "}
    _write_json(out / "config_sentence_transformers.json", {"prompts": prompts, "similarity_fn_name": "cosine"})
    files = {name: _sha256(out / name) for name in ("onnx/model.onnx", "tokenizer.json")}
    revision = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:12]
    manifest = {"name": "cs-assist-e5-small", "revision": revision, "dimension": config["hidden_size"],
                "max_tokens": MAX_TOKENS, "prompts": prompts, "sha256": files}  # fmt: skip
    _write_json(out / "encoder.json", manifest, indent=1)


def compare(base: SentenceTransformer, out: Path, *, sample: int) -> dict[str, tuple[int, float, float]]:
    """Return, for each language, n, mean and lowest cosine between the base and the folder ``out``."""
    ours = OnnxEncoder(out)
    by_language: dict[str, list[str]] = defaultdict(list)
    for row in corpora.messages():
        by_language[row["language"]].append(row["text"])
    table = {}
    for language, texts in by_language.items():
        step = max(1, len(texts) // sample)
        chosen = texts[::step][:sample]
        reference = base.encode([f"query: {t}" for t in chosen], normalize_embeddings=True, batch_size=64)
        cosines = (reference * ours.encode_queries(chosen)).sum(1)
        table[language] = (len(chosen), float(np.mean(cosines)), float(np.min(cosines)))
        print(f"{language:8} n={len(chosen)} mean={table[language][1]:.4f} lowest={table[language][2]:.4f}", flush=True)
    return table


def write_card(out: Path, table: dict[str, tuple[int, float, float]]) -> None:
    """Write the model card and refuse a folder that is too large or too far from its base."""
    rows = "\n".join(f"| {lang} | {n} | {mean:.4f} | {low:.4f} |" for lang, (n, mean, low) in sorted(table.items()))
    megabytes = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    manifest = json.loads((out / "encoder.json").read_text(encoding="utf-8"))
    vocab = json.loads((out / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    text = CARD.read_text(encoding="utf-8")
    for mark, value in {
        "REVISION": manifest["revision"],
        "SIZE": f"{megabytes:.1f}",
        "VOCABULARY": f"{vocab:,}",
        "COSINES": rows,
        "QUALITY": _quality(),
    }.items():
        text = text.replace(f"@{mark}@", value)
    (out / "README.md").write_text(text, encoding="utf-8")
    print(f"{out}: {megabytes:.1f} MB, revision {manifest['revision']}")
    if megabytes > LIMIT_MB:
        sys.exit(f"{megabytes:.1f} MB is over the limit of {LIMIT_MB} MB; lower --vocabulary")
    weak = {lang: mean for lang, (_, mean, _) in table.items() if mean < FIDELITY}
    if weak:
        sys.exit(f"mean cosine below {FIDELITY} for {weak}")


def _quality() -> str:
    """Return the table by language of the latest evaluation: run this script again after ``make evals``."""
    lines = RESULTS.read_text(encoding="utf-8").split("## By language\n", 1)
    return lines[1].split("\n## ", 1)[0].strip() if len(lines) > 1 else "not measured yet"


def _write_json(path: Path, value: object, *, indent: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    separators = (",", ":") if indent is None else None
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent, separators=separators) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
