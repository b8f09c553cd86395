"""One attempt to mend a text that may not leave as it is: what offends is cut out by whole sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cs_assist.sentences import shorten
from cs_assist.types import Draft, Finding

_SENTENCE_END = re.compile(r"(?<=[.!?。！？؟।])(?:\s+|(?=[^\s\d]))|\n+")
#: What a reply is whole without: the sentence goes. A wrong figure or a wrong language is not mended so.
_CUTTABLE = re.compile(
    r"[a-z_]*_(?:contact_\w+|deal_outside|pay_elsewhere|iban|review_\w+|marketing|cross_sell)"
    r"|private_\w+|claim_(?:exaggeration|promise|guarantee|medical|legal)|ungrounded_(?:link|email|phone)"
)


def repair(draft: Draft, findings: Iterable[Finding]) -> Draft:
    """Return ``draft`` without the sentences that it is whole without and may not have, and within its length.

    Faults that cutting cannot mend (a wrong number, a wrong language) are left; the check that
    follows still blocks them.
    """
    findings = list(findings)
    text = draft.text
    spans = [(f.start, f.end) for f in findings if f.severity == "block" and _CUTTABLE.fullmatch(f.rule)]
    if spans:
        kept = [(s, e) for s, e in sentences(text) if not any(s < end and start < e for start, end in spans)]
        text = "".join(text[s:e] for s, e in kept).strip()
    if not text:
        return draft  # nothing would be left: better blocked than empty
    limit = min((f.start for f in findings if f.rule == "length"), default=None)
    if limit is not None and len(text) > limit:
        text = shorten(text, limit) or text
    return draft.model_copy(update={"text": text})


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of ``text``; each has the white space that follows it."""
    spans = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.end() > start:
            spans.append((start, match.end()))
            start = match.end()
    if start < len(text):
        spans.append((start, len(text)))
    return spans
