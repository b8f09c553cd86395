"""What a text's form alone betrays: a placeholder that was not filled in, too great a length, the wrong language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError
from cs_assist.guard.context import Context
from cs_assist.guard.normal import Normal
from cs_assist.guard.words import Lexicon
from cs_assist.limits import limits_of
from cs_assist.types import Finding, Severity, same_language

MODEL_TALK = Path(__file__).parent / "data" / "model_talk.yaml"
#: What stands in brackets in a template, at its beginning or its end.
_FIELDS = (
    "insert|your|name|customer|order|number|date|link|url|amount|price|email|address|product|item|tracking|agent|shop|store|company"
    "|kunde|kundenname|bestell|datum|betrag|vorname|nachname|nombre|cliente|pedido|número|fecha|importe|nom|prénom|client|commande"
    "|numéro|montant|nome|ordine|numero|data|valor|naam|klant|bestelling|namn|kund|imię|klient|zamówieni|ad|isim|müşteri|sipariş"
    "|имя|клиент|заказ|номер|дата|الاسم|اسم|العميل|الطلب|नाम|ग्राहक|ऑर्डर|nama|pelanggan|pesanan|ชื่อ|ลูกค้า|คำสั่งซื้อ|tên|khách|đơn hàng"
    "|姓名|客户|客戶|订单|訂單|日期|链接|お名前|名前|お客様|注文|日付|이름|고객|주문|날짜"
)
_TAGS = "a|b|i|u|p|br|hr|em|ul|ol|li|div|span|strong|table|t[rdh]|h[1-6]|img|font"
#: What templates leave behind, in whatever script the field is named: ``{name}``, ``{{ name }}``, ``${name}``, ``$NAME``,
#: ``<name>``, ``[Customer Name]``, ``%name%``, ``%(name)s``, ``%s``, ``{0}``, ``#NAME#``, ``##name##``, ``XXX``, ``○○様``.
#: Placeholders of the vault ("[EMAIL_1]") are among them: their value was not put back.
_PLACEHOLDER = re.compile(
    r"\{\d{1,2}\}|(?<!\d)(?<!\d[ \u00a0\u202f])%(?:\d\$)?[sd](?![\w'’])"
    r"|\$?[{｛]{1,2}(?=[^{}｛｝\n]{0,60}[^\W\d_])[^{}｛｝\n]{1,60}[}｝]{1,2}"
    r"|(?-i:\$[^\W\da-z_][^\W\da-z]{3,40}(?![^\W_]))|\$[a-z]{2,20}_[a-z_]{2,30}"
    r"|%[^\W\d]{2,40}%|%\([a-z_]{2,40}\)[sd]|(?-i:#[A-Z][A-Z_]{2,30}#)|##[^#\s]{2,40}##"
    rf"|[<＜](?!/|(?:{_TAGS}|https?)\b)(?=[^\W\d_])[^<>＜＞\n/@.:=]{{2,40}}[>＞]"
    rf"|\[[A-Z_]{{3,30}}_\d{{1,4}}\]|[\[【](?:{_FIELDS})[^\]】\n]{{0,30}}[\]】]"
    r"|\[(?=[^\]\n]{0,40}[^\W\d_]{2})[^\[\]\n(){}/.:@]{2,40}\](?!\()"
    r"|(?<![a-z0-9])x{3,8}(?![a-z0-9])|(?<!\w)(?:_{4,40}|tbd)(?!\w)|[○〇◯△]{2,6}|lorem ipsum|(?-i:\bTODO\b(?= ?:|$))",
    re.I,
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]{{0,300}})?/?>", re.I)
#: Bold words, a heading, a link of Markdown.
_MARKDOWN = re.compile(r"\*\*(?![\s*])[^*\n]{1,80}(?<!\s)\*\*|^#{1,4} (?=[^\W\d])|\[[^\[\]\n]{1,80}\]\((?=https?://)", re.M)
_CHATS = frozenset(["live_chat", "social_dm", "whatsapp"])
_MIN_LETTERS = 20
#: Findings of one kind that are told.
_MOST = 100
SURE_LANGUAGE = 0.8
#: Languages that the head cannot tell apart well enough to hold a reply back for it.
_NEAR: tuple[set[str], ...] = ({"id", "ms"}, {"hi-Latn", "en"})


def placeholders(text: str) -> Iterator[Finding]:
    """Yield what a template left unfilled."""
    for match in islice(_PLACEHOLDER.finditer(text), _MOST):
        yield Finding(
            rule="placeholder", severity="block", start=match.start(), end=match.end(),
            message=f"'{match.group()}' was not filled in", suggestion="fill it in, or leave the sentence out",
        )  # fmt: skip


class ModelTalk(BaseModel):
    """What language models leave in a text, by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    source: str
    languages: Mapping[str, tuple[str, ...]]


def model_talk(text: str, context: Context) -> Iterator[Finding]:
    """Yield where a language model speaks of itself or of its draft, in the text's language or in English."""
    seen = Normal(text)
    for lexicon in (_model_talk(context.language), *([_model_talk("en")] if not context.language.startswith("en") else [])):
        reach = 0
        for start, end in lexicon.hits(seen.text).get("said", ())[:_MOST]:
            if end <= reach:
                continue
            reach = end
            first, last = seen.span(start, end)
            yield Finding(
                rule="model_talk", severity="block", start=first, end=last,
                message="this is a language model's own talk", suggestion="leave it out, and answer",
            )  # fmt: skip


@cache
def _model_talk(language: str) -> Lexicon:
    """Return the phrases of a language, read once; none for a language without any.

    Raises:
        DataFileError: The file breaks the schema or the notation.
    """
    phrases = load_yaml(MODEL_TALK, ModelTalk).languages
    own = next((tag for tag in phrases if same_language(tag, language)), "")
    try:
        return Lexicon(own or "und", {"said": phrases[own]} if own else {})
    except ValueError as exc:
        raise DataFileError(str(exc), path=MODEL_TALK, key=own) from exc


def markup(text: str, context: Context) -> Iterator[Finding]:
    """Yield HTML tags and Markdown where the channel shows them as they are written."""
    if context.channel in _CHATS:
        for match in islice(_TAG.finditer(text), _MOST):
            yield Finding(
                rule="markup", severity="block", start=match.start(), end=match.end(),
                message=f"'{match.group()}' is shown as it is written", suggestion="write plain text",
            )  # fmt: skip
    if context.channel in (*_CHATS, "marketplace") or context.platform not in (None, "own_shop"):
        for match in islice(_MARKDOWN.finditer(text), _MOST):
            yield Finding(
                rule="markup", severity="warn", start=match.start(), end=match.end(),
                message="Markdown is shown as it is written", suggestion="write plain text",
            )  # fmt: skip


def length(text: str, context: Context) -> Iterator[Finding]:
    """Yield how far a text is longer than its platform and its channel take; a limit that is not sure only warns."""
    for limit in limits_of(context.channel, context.platform):
        if len(text) > limit.value:
            severity: Severity = "warn" if limit.certainty == "general" else "block"
            yield Finding(
                rule="length", severity=severity, start=limit.value, end=len(text),
                message=f"{len(text)} characters; {limit.value} are allowed ({limit.source})", suggestion="write less",
            )  # fmt: skip


def language(text: str, context: Context, identify: Callable[[str], tuple[str, float]]) -> Iterator[Finding]:
    """Yield that a text is not in the language that it should be in, where that is sure."""
    if sum(c.isalpha() for c in text) < _MIN_LETTERS:
        return
    seen, p = identify(text)
    if p >= SURE_LANGUAGE and not same_language(seen, context.language) and {seen, context.language} not in _NEAR:
        yield Finding(
            rule="language", severity="block", start=0, end=len(text),
            message=f"reads as '{seen}', should be '{context.language}'", suggestion=f"write it in '{context.language}'",
        )  # fmt: skip
