"""Finding messages that are nearly the same in two sets: none may be trained on and measured with.

    python training/near_duplicates.py FILE...   # messages of FILE (TSV, CSV or JSON Lines with 'text') near our own

Exit status 1 where there are any. Two texts are near where the Jaccard index of their character 5-grams
(letters and digits only, case folded) is 0.6 or more; texts without letters are near where they are equal.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

NEAR = 0.6
_SIZE = 5


def grams(text: str) -> frozenset[str]:
    """Return the character 5-grams of a text's letters and digits; a shorter text is one gram."""
    folded = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
    if not folded:
        return frozenset({text.strip()})
    return frozenset(folded[i : i + _SIZE] for i in range(max(1, len(folded) - _SIZE + 1)))


def near(texts: Sequence[str], others: Sequence[str], *, at: float = NEAR) -> list[tuple[int, int, float]]:
    """Return (place in ``texts``, place in ``others``, Jaccard index) of the nearest pairs, one for each text that has one.

    Example:
        >>> near(["Where is my parcel?!"], ["Hello", "where is my parcel"])
        [(0, 1, 1.0)]
    """
    sets = [grams(text) for text in others]
    postings: dict[str, list[int]] = defaultdict(list)
    for i, found in enumerate(sets):
        for gram in found:
            postings[gram].append(i)
    pairs = []
    for i, text in enumerate(texts):
        mine = grams(text)
        # A near text shares at least a part ``at`` of mine, so it has one of any of them that are more than the rest.
        enough = len(mine) - math.ceil(at * len(mine) - 1e-9) + 1
        rare = sorted(mine, key=lambda gram: len(postings.get(gram, ())))[:enough]
        candidates = {j for gram in rare for j in postings.get(gram, ())}
        best = max(((len(mine & sets[j]) / len(mine | sets[j]), -j) for j in candidates), default=(0.0, 0))
        if best[0] >= at:
            pairs.append((i, -best[1], best[0]))
    return pairs


def texts_of(path: Path) -> Iterator[str]:
    """Yield the customer's texts of a file: rows with ``text``, or dialogues with ``turns``."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".jsonl":
            for line in file:
                row = json.loads(line)
                if "turns" in row:
                    yield from (turn["text"] for turn in row["turns"] if turn["role"] == "customer")
                else:
                    yield row["text"]
        else:
            tab = path.suffix == ".tsv"
            rows = csv.DictReader(file, delimiter="\t" if tab else ",", quoting=csv.QUOTE_NONE if tab else csv.QUOTE_MINIMAL)
            yield from (row["text"] for row in rows)


def main() -> None:
    """Print the pairs and exit 1 where there are any."""
    from training import corpora

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    own = [row["text"] for row in corpora.messages(corpora.EVERY)]
    found = 0
    for path in parser.parse_args().files:
        texts = list(texts_of(path))
        pairs = near(texts, own)
        found += len(pairs)
        print(f"{path}: {len(pairs)} of {len(texts)} are near a message that is trained on")
        for i, j, share in pairs[:20]:
            print(f"  {share:.2f}  {texts[i][:80]!r}  {own[j][:80]!r}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
