"""Passwords, one-time codes, and the keys and tokens that programs use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cs_assist.guard.private_words import Found, Reading, Word, glued

#: Keys by the prefixes that their issuers publish, tokens by their form.
_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-(?:proj-|ant-|live-|test-)?[A-Za-z0-9_-]{16,200}"
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,200}"
    r"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|glpat-[A-Za-z0-9_-]{16,64}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,40}|ya29\.[A-Za-z0-9_-]{20,400}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,200}|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{20,64}|hf_[A-Za-z0-9]{20,64}|npm_[A-Za-z0-9]{20,64}"
    r"|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}|EAA[A-Za-z0-9]{30,400}|[0-9]{8,10}:AA[A-Za-z0-9_-]{32,34}"
    r"|eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,4000}(?:\.[A-Za-z0-9_-]{0,4000})?"
    r")(?![A-Za-z0-9])"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----")
_PEM_END = re.compile(r"-----END [A-Z ]{0,20}PRIVATE KEY-----")
_BEARER = re.compile(r"(?:Bearer|Basic|Token) ([A-Za-z0-9._~+/=-]{16,4000})")
_IN_LINK = re.compile(r"://[^\s/:@]{1,64}:([^\s/@]{1,128})@")
_PARAMETER = re.compile(
    r"(?:api[_-]?key|apikey|access[_-]?token|auth[_-]?token|token|secret|client[_-]?secret|password|passwd|pwd|session(?:id)?)"
    r" ?[=:] ?[\"']?([A-Za-z0-9._~+/=!@$%^*-]{6,400})",
    re.I,
)  # fmt: skip
#: Between a label and its secret: a sign, a word for "is", or both; quotes of any kind.
_SIGN = re.compile(
    r"(?P<sign>\s{0,3}[:=→]\s{0,3})?"
    r"(?P<word>\s{0,2}(?:(?:is|was|ist|war|lautet|est|était|es|era|è|é|e|er|är|var|to|jest|adalah|ialah|saya|nya|là|la|hai|है|هي|هو"
    r"|это|şu|on)(?!\w)|=|—|-|คือ|は|が|是：|是|为|為|는|은|으로|를|을|としては)[\s:]{0,3})?"
    r"\s{0,2}[\"'«“„`「『]?"
)
_QUOTED = re.compile(r"[\"'«“„`「『]([^\n\"'»”“`」』]{3,64})[\"'»”“`」』]")
_VALUE = re.compile(r"[!-~À-ɏЀ-ӿ]{3,64}")
#: "password for my account: hunter2" - up to three words before the sign.
_THROUGH = re.compile(r"(?:\s[^\W\d_]{1,16}){1,3}\s{0,2}[:=]\s{0,3}")
_SITE = re.compile(r"[A-Za-z\d-]+(?:\.[A-Za-z]{2,})+(?:/.*)?|https?:.*")
_CODE = re.compile(r"(?<![\d-])\d(?:[ -]?\d){2,7}(?![\d.,-]\d|\d)|(?<![A-Za-z\d])(?=[A-Z-]{0,7}\d)[A-Z\d-]{4,8}(?![A-Za-z\d-])")
_CLOSERS = ".,;:!?)]}>\"'`"


def secrets(reading: Reading) -> Iterator[Found]:
    """Yield passwords, codes, keys and tokens with their spans; the type of all is ``password``."""
    text = reading.text
    for match in _KEYS.finditer(text):
        if match.group()[:3] != "EAA" or any(c.isdigit() for c in match.group()):
            yield Found(0, "password", *match.span())
    if "PRIVATE KEY" in text:
        for match in _PEM.finditer(text):
            close = _PEM_END.search(text, match.end())
            yield Found(0, "password", match.start(), close.end() if close else len(text))
            if close is None:
                break
    for match in _BEARER.finditer(text):
        yield Found(0, "password", *match.span(1))
    if "://" in text:
        for match in _IN_LINK.finditer(text):
            yield Found(0, "password", *match.span(1))
    for match in _PARAMETER.finditer(text):
        if _looks_made(match[1]):
            yield Found(1, "password", match.start(1), match.end(1) - (len(match[1]) - len(match[1].rstrip("."))))
    for word in reading.labels:
        if word.role == "password":
            yield from _password(reading, word)
        elif word.role == "pin":
            yield from _code(reading, word)


def _password(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield what follows a word for "password": in quotes or after a colon anything, after "is" what is no plain word."""
    text = reading.text
    sign = _SIGN.match(text, word.end)
    if sign is None:
        return
    quoted = _QUOTED.match(text, sign.end() - 1) if sign.end() > word.end else None
    if quoted:
        yield Found(1, "password", *quoted.span(1))
        return
    value = _VALUE.match(text, sign.end())
    if value is None:
        yield from _through(reading, word)
        return
    if reading.low.startswith(("http://", "https://"), value.start()):
        return
    # "Praia2025! e não" goes on in small letters: the sign belongs to the password.
    goes_on = re.match(r" [^\W\d_]", text[value.end() : value.end() + 2]) and not text[value.end() + 1].isupper()
    kept = value.group().rstrip(".,;:)]}>\"'`") if goes_on else value.group().rstrip(_CLOSERS)
    if len(kept) < 3:
        yield from _through(reading, word)
        return
    announced, said = bool(sign["sign"]), bool(sign["sign"] or (sign["word"] or "").strip())
    if (said and _looks_made(kept)) or (announced and _alone(reading, value.end())):
        yield Found(1, "password", value.start(), value.start() + len(kept))
    elif not sign.group().strip() and (sign.end() > word.end or glued(text[word.end - 1])) and _mixed(kept):
        yield Found(3, "password", value.start(), value.start() + len(kept))
    else:
        yield from _through(reading, word)


def _through(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield what stands after a colon that some words part from the label, if it is no word and no address of a site."""
    through = _THROUGH.match(reading.text, word.end)
    value = _VALUE.match(reading.text, through.end()) if through else None
    if through is None or value is None or reading.label(through.end(), through.end() + 1, reach=1):
        return
    kept = value.group().rstrip(_CLOSERS)
    if len(kept) > 3 and _looks_made(kept) and not _SITE.fullmatch(kept):
        yield Found(3, "password", through.end(), through.end() + len(kept))


def _alone(reading: Reading, end: int) -> bool:
    """Tell whether nothing else of a sentence follows: a plain word after "password:" is one then."""
    return re.match(r"[ \t]*(?:$|\n|[.,;)」』\"'])", reading.text[end : end + 12]) is not None


def _looks_made(value: str) -> bool:
    """Tell whether a value is no word of a sentence: it has a digit, a sign, or capitals inside."""
    inner = value.strip(_CLOSERS)
    return (
        any(c.isdigit() for c in inner)
        or any(not c.isalnum() and c not in "-'" for c in inner)
        or (inner[1:] != inner[1:].lower() and not inner.isupper())
    )


def _mixed(value: str) -> bool:
    digits = sum(c.isdigit() for c in value)
    return digits > 0 and (len(value) > digits or digits >= 4) and len(value) >= 5


def _code(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the short code that follows a word for "code": three to eight digits, or capitals with a digit."""
    for match in _CODE.finditer(reading.text, word.end, min(len(reading.text), word.end + 40)):
        label = reading.label(*match.span())
        digits = re.sub(r"\D", "", match.group())
        postal = (
            len(digits) == 6
            and "IN" in reading.regions
            and word.end - word.start <= 8
            and "otp" not in reading.low[word.start : word.end]
        )
        gap = reading.low[word.end : match.start()]
        near = label is not None and (label[1] or (len(gap) <= 24 and not re.search(r"[,:;\"'()#]", gap)))
        if label and label[0] is word and near and not postal:
            yield Found(1 if label[1] else 4, "password", *match.span())
        return
