"""A BERT encoder as a compact ONNX graph: 4-bit word embeddings, 8-bit matrices, fused attention.

The graph is written node by node rather than traced, so that the operators are those that
onnxruntime runs fastest on a CPU (measured: MatMulNBits took twice the time of
DynamicQuantizeMatMul, SkipLayerNormalization five times that of Add and LayerNormalization) and the
file holds nothing else. Inputs ``input_ids`` and
``attention_mask`` (int64, batch x tokens); output ``last_hidden_state`` (float32, batch x tokens x
hidden): what sentence-transformers' ONNX backend expects too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[np.float32]
MS = "com.microsoft"
SMOOTHING = 0.7  # share of an outlier that moves to the weights; 0.5 left a mean cosine of 0.956, 0.7 of 0.995
#: The products whose inputs have outliers; the attention's have none.
SMOOTHED = ("intermediate.dense", "output.dense")


@dataclass(frozen=True)
class Shape:
    """The sizes of a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    inner: int
    epsilon: float


def quantize_blocks(weight: Array, *, block: int) -> tuple[npt.NDArray[np.uint8], Array]:
    """Return ``weight`` (rows x columns) as 4-bit codes 0..15 around 8, and a scale for each block.

    The scale is chosen, among 16 candidates below the one that fits the largest value, to give the
    least squared error of the block.
    """
    rows, columns = weight.shape
    top = 8
    parts = weight.reshape(rows, columns // block, block)
    peak = np.take_along_axis(parts, np.abs(parts).argmax(-1)[..., None], -1)[..., 0]
    best_error = np.full(peak.shape, np.inf, np.float32)
    best_scale = np.zeros(peak.shape, np.float32)
    best_codes = np.zeros(parts.shape, np.int16)
    for step in range(16):
        # Signed like the peak, so that the peak uses the longer, negative half of the range.
        scale = (-peak / top * (1 - 0.02 * step)).astype(np.float32)
        safe = np.where(scale == 0, 1, scale)[..., None]
        codes = np.clip(np.rint(parts / safe), -top, top - 1)
        error = ((codes * safe - parts) ** 2).sum(-1)
        better = error < best_error
        best_error = np.where(better, error, best_error)
        best_scale = np.where(better, scale, best_scale)
        best_codes = np.where(better[..., None], codes.astype(np.int16), best_codes)
    return (best_codes + top).astype(np.uint8).reshape(rows, columns), best_scale


class _Builder:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, op: str, inputs: list[str], output: str, *, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def weight(self, name: str, value: npt.NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def linear(self, x: str, name: str, weight: Array, bias: Array, *, peaks: Array | None = None) -> str:
        """Add ``x @ weight.T + bias`` with 8-bit weights, a scale an output.

        ``peaks`` are the largest inputs of each column: a column that is far larger than the others would take
        the 8 bits of all, so it is divided by a factor that its weights are multiplied with (SmoothQuant, Xiao et
        al. 2023, equation 4).
        """
        if peaks is not None:
            factors = np.maximum(peaks, 1e-3) ** SMOOTHING / np.maximum(np.abs(weight).max(0), 1e-4) ** (1 - SMOOTHING)
            factors = (factors / np.median(factors)).astype(np.float32)
            weight = weight * factors
            x = self.add("Mul", [x, self.weight(f"{name}.factors", 1 / factors)], f"{name}.smooth")
        scale = np.maximum(np.abs(weight).max(1), 1e-12) / 127
        codes = np.rint(weight / scale[:, None]).astype(np.int8)
        b = self.weight(f"{name}.codes", np.ascontiguousarray(codes.T))
        s = self.weight(f"{name}.scales", scale.astype(np.float32))
        return self.add("DynamicQuantizeMatMul", [x, b, s, "", self.weight(f"{name}.bias", bias)], name, domain=MS)


def build(state: Mapping[str, Array], shape: Shape, *, peaks: Mapping[str, Array], embedding_block: int = 32) -> onnx.ModelProto:
    """Return the encoder with weights ``state`` (names as in transformers' ``BertModel``).

    ``peaks`` holds the largest inputs of each column of :data:`SMOOTHED`, by the product's name.
    """
    g = _Builder()
    _embeddings(g, state, shape, embedding_block)
    g.add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    hidden = "h0"
    for layer in range(shape.layers):
        hidden = _layer(g, state, shape, layer, hidden, peaks)
    g.nodes[-1].output[0] = "last_hidden_state"
    axes = ["batch", "tokens"]
    graph = helper.make_graph(
        g.nodes,
        "encoder",
        [helper.make_tensor_value_info(n, TensorProto.INT64, axes) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*axes, shape.hidden])],
        g.weights,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MS, 1)], producer_name="cs_assist"
    )
    model.ir_version = 10
    return model


def _embeddings(g: _Builder, state: Mapping[str, Array], shape: Shape, block: int) -> None:
    words = state["embeddings.word_embeddings.weight"]
    codes, scales = quantize_blocks(words, block=block)
    signed = codes ^ 8  # from an offset of 8 to four-bit two's complement
    packed = (signed[:, 0::2] | (signed[:, 1::2] << 4)).astype(np.uint8)
    # Stored as raw 4-bit data: onnx's own converter would unpack it.
    g.weights.append(helper.make_tensor("words.codes", TensorProto.INT4, words.shape, packed.tobytes(), raw=True))
    g.weight("words.scales", scales.astype(np.float16))
    g.add("GatherBlockQuantized", ["words.codes", "input_ids", "words.scales"], "words.half", domain=MS,
          gather_axis=0, quantize_axis=1, block_size=block)  # fmt: skip
    g.add("Cast", ["words.half"], "words", to=TensorProto.FLOAT)
    places = state["embeddings.position_embeddings.weight"] + state["embeddings.token_type_embeddings.weight"][0]
    g.weight("places.table", places)
    g.add("Shape", ["input_ids"], "sizes", start=1, end=2)
    g.weight("zero", np.array([0], np.int64))
    g.add("Slice", ["places.table", "zero", "sizes", "zero"], "places")
    g.add("Add", ["words", "places"], "embedded")
    gain = g.weight("emb.ln.gain", state["embeddings.LayerNorm.weight"])
    shift = g.weight("emb.ln.shift", state["embeddings.LayerNorm.bias"])
    g.add("LayerNormalization", ["embedded", gain, shift], "h0", axis=-1, epsilon=shape.epsilon)


def _layer(g: _Builder, state: Mapping[str, Array], shape: Shape, number: int, x: str, peaks: Mapping[str, Array]) -> str:
    def part(name: str) -> tuple[Array, Array]:
        key = f"encoder.layer.{number}.{name}"
        return state[f"{key}.weight"], state[f"{key}.bias"]

    def add_and_norm(name: str, y: str, norm: str) -> str:
        # Not SkipLayerNormalization: its CPU kernel took five times as long as these two (measured).
        total = g.add("Add", [x, y], f"{name}.sum")
        gain, shift = part(norm)
        inputs = [total, g.weight(f"{name}.gain", gain), g.weight(f"{name}.shift", shift)]
        return g.add("LayerNormalization", inputs, name, axis=-1, epsilon=shape.epsilon)

    p = f"l{number}"
    names = ("query", "key", "value")
    heads = [g.linear(x, f"{p}.{n}", *part(f"attention.self.{n}")) for n in names]
    g.add("MultiHeadAttention", [*heads, "", "mask"], f"{p}.att", domain=MS, num_heads=shape.heads)
    x = add_and_norm(f"{p}.n1", g.linear(f"{p}.att", f"{p}.ao", *part("attention.output.dense")), "attention.output.LayerNorm")
    name = f"encoder.layer.{number}"
    inner = g.linear(x, f"{p}.fi", *part("intermediate.dense"), peaks=peaks[f"{name}.intermediate.dense"])
    g.add("Gelu", [inner], f"{p}.gelu", domain=MS)
    outer = g.linear(f"{p}.gelu", f"{p}.fo", *part("output.dense"), peaks=peaks[f"{name}.output.dense"])
    return add_and_norm(f"{p}.n2", outer, "output.LayerNorm")


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write the graph; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save_model(model, str(path))
