"""Names in Chinese, Japanese, Korean and Thai, which put no spaces, or endings, between a name and what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cs_assist.guard.private_words import Found, Reading, Word, words

_HANGUL = r"[\uac00-\ud7a3]"
_HAN = r"[\u3005\u4e00-\u9fff]"
_HIRAGANA = r"[\u3041-\u3096]"
_KATAKANA = r"[\u30a1-\u30fa\u30fc]"
_THAI_WORD = re.compile(r"[\u0e01-\u0e4e]{2,24}")
#: Words with which a sentence goes on right after a Thai name.
_THAI_END = re.compile(
    r"ครับ|ค่ะ|คะ|นะ|จ้า|ค่า|เบอร์|โทร|สั่ง|ต้องการ|อยาก|ที่อยู่|ไม่|ได้|มี|เป็น|อยู่|และ|จะ|ขอ|รอ|ให้|แล้ว|ซื้อ|บอก|ตอบ|แจ้ง|นามสกุล|ยัง|เซ็น"
)
_THAI_GAP = re.compile(r" {1,2}(?:นามสกุล ?)?")
_THAI_NO_TITLE = re.compile(r"(?:ขอบ|พระ|นิ้ว|ท|ล้าน)$")
_KO_SPACED = re.compile(rf"{_HANGUL}{{1,2}} {_HANGUL}{{2}}(?=님|씨|입니다|이에요|\Z|[\s,.])")
_KO_AFTER = re.compile(
    r" ?(?:님|씨|입니다|이에요|예요|이예요|이라고|라고|이고|드림|올림|고객|이며|이구요|인데|이요|요)|\Z|[^\uac00-\ud7a3]"
)
_KO_SAID = re.compile(r" ?(?:님|씨|입니다|이에요|예요|이라고|라고|이고|인데)")
_KO_SURE = frozenset(["님", "씨", "드림", "올림", "고객님"])
_KO_SELF = re.compile(r"(?:저는|전|제 이름은|이름은|나는) ?$")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,4}")
#: Signs with which a sentence goes on after a Chinese name; few of them are part of one.
_ZH_STOP = (
    "的是在有我你您他她了和与與要想说說来來去已把被就也都不没沒电電地订訂下买買之将將请請可以希望联聯住手号號收寄"
    "这這那从從于於为為到给給及或但因现現今昨上个這们們想问問打姓等刚剛"
)
_ZH_GIVEN = re.compile(rf"[^{_ZH_STOP}]{{1,2}}")
_ZH_TITLES = ("先生", "女士", "小姐", "太太")
#: Suffixes that mean something else unless the line ends with them.
_ZH_LAST = frozenset(["上", "收", "啟", "敬上", "謹上", "谨上", "(收)"])
_LINE_ENDS = re.compile(r"\s{0,3}(?:\Z|\n|[。)])")
_JA_PART = re.compile(
    rf"{_HAN}{{1,5}}[ 　]{_HAN}{{1,4}}|{_HAN}{{1,5}}[ 　]?(?:{_HIRAGANA}|{_KATAKANA}){{0,6}}"
    rf"|{_HIRAGANA}{{2,8}}(?:[ 　]{_HIRAGANA}{{2,8}})?"
    rf"|{_KATAKANA}{{2,8}}(?:[ 　・]{_KATAKANA}{{2,8}})?"
)
_JA_STOPS = (
    "です",
    "と申し",
    "といい",
    "と言い",
    "さん",
    "さま",
    "の",
    "は",
    "が",
    "で",
    "に",
    "を",
    "と",
    "より",
    "も",
    "から",
    "へ",
    "や",
)
_JA_SAID = re.compile(r" ?(?:と申し|といい|と言い|です|でございます|様|さん)")
_JA_ENDS = re.compile(r"[\s、。,.()]|\Z")
_JA_BEFORE = re.compile(
    rf"(?:{_HAN}{{1,4}}[ 　](?:{_HAN}|{_HIRAGANA}){{1,5}}|{_HAN}{{1,6}}"
    rf"|{_KATAKANA}{{2,10}}(?:[ 　・]{_KATAKANA}{{2,10}})?|{_HIRAGANA}{{2,6}})$"
)
_JA_POLITE = frozenset(["様", "さん", "さま", "氏", "と申します", "といいます", "と言います"])
_JA_VERBS = frozenset(["です", "より", "でございます", "先生", "くん", "ちゃん", "宛", "宛て", "殿", "名義"])
_JA_CLAUSE = re.compile(r"(?:^|[、。\s!?は]|した|の)$")
_JA_NO_NAMES = ("申し", "注文", "先日", "商品")
#: All of a name that stands between marks, syllables between its signs included: "猪股とし江".
_JA_WHOLE = re.compile(rf"{_HAN}(?:{_HAN}|{_HIRAGANA}|{_KATAKANA}){{1,7}}(?=[\s、。,.()]|\Z)")
_SIGNED_REST = 80
_SIGNATURE_END = re.compile(r"(?:드림|올림|敬上|謹上|谨上|上|敬啟|拝|より)$")


def glued_after(reading: Reading, at: int, *, strong: bool) -> Iterator[Found]:
    """Yield the name at ``at``; where not ``strong``, only what is surely one."""
    char = reading.text[at]
    if "\u0e00" <= char <= "\u0e7f":
        yield from _thai(reading, at, strong=strong)
    elif "\uac00" <= char <= "\ud7a3":
        yield from _korean(reading, at, strong=strong)
    elif reading.japanese:
        yield from _japanese(reading, at, strong=strong)
    else:
        yield from _chinese(reading, at, strong=strong)


def glued_before(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name before a suffix: "田中様", "王先生", "김민수님"."""
    if word.name == "ja":
        yield from _before_japanese(reading, word)
    elif word.name == "ko":
        yield from _before_korean(reading, word)
    elif not reading.japanese:
        yield from _before_chinese(reading, word)


def glued_signature(reading: Reading, at: int) -> Iterator[Found]:
    """Yield a signature: the whole of a short line, the last or with an address below it."""
    line, _, rest = reading.text[at : at + _SIGNED_REST].partition("\n")
    line = line.strip(" 。.")
    # Below a signature only the sender's address and numbers follow.
    last = not rest.strip(" 。.\n") and len(reading.text) - at <= 40
    if not (last or any(char.isdigit() for char in rest)) or not 2 <= len(line) <= 14:
        return
    body = _SIGNATURE_END.sub("", line).strip()
    surnames = words().surnames
    if body in reading.not_names:
        return
    han = (*surnames["ja"], *surnames["zh-Hans"], *surnames["zh-Hant"])
    korean = re.fullmatch(rf"{_HANGUL}{{2,4}}", body) and body[0] in surnames["ko"]
    if korean or (re.fullmatch(r"[\u3005-\u9fff 　]{2,9}", body) and body.startswith(han)):
        yield Found(3, "name", at, at + len(body))
    elif re.fullmatch(r"[\u0e01-\u0e4e]{2,14}(?: [\u0e01-\u0e4e]{2,16})?", body):
        yield from _thai(reading, at, strong=False)


def thai_title(reading: Reading, word: Word, at: int) -> Iterator[Found]:
    """Yield the name after "คุณ", "นาย"; not in "ขอบคุณ" and other words that end so."""
    if not _THAI_NO_TITLE.search(reading.text[max(0, word.start - 4) : word.start]):
        yield from _thai(reading, at, strong=False)


def _thai(reading: Reading, at: int, *, strong: bool) -> Iterator[Found]:
    text = reading.text
    first = _THAI_WORD.match(text, at)
    if first is None:
        return
    no_names = tuple(word for word in reading.not_names if "\u0e00" <= word[0] <= "\u0e7f" and len(word) > 1)
    cut = _THAI_END.search(first.group(), 2)
    end = at + (cut.start() if cut else len(first.group()))
    name = text[at:end]
    if len(name) < 2 or name.startswith(no_names) or (len(name) > 14 and not strong):
        return
    gap = _THAI_GAP.match(text, end) if cut is None else None
    family = _THAI_WORD.match(text, gap.end()) if gap else None
    if family and not _THAI_END.match(family.group()) and len(family.group()) <= 18 and not family.group().startswith(no_names):
        stop = _THAI_END.search(family.group(), 2)
        end = family.start() + (stop.start() if stop else len(family.group()))
    ends = end == len(text) or text[end] in " \n,.!()" or cut is not None
    if strong or name in words().given or (len(name) <= 9 and ends):
        yield Found(2 if strong else 4, "name", at, end)


def _korean(reading: Reading, at: int, *, strong: bool) -> Iterator[Found]:
    surnames = words().surnames["ko"]
    text = reading.text
    spaced = _KO_SPACED.match(text, at)
    if spaced and strong and spaced.group().split()[0] in surnames:
        yield Found(3, "name", *spaced.span())
        return
    for length in (4, 3, 2) if strong else (4, 3):
        name = text[at : at + length]
        surname = name[: 2 if length == 4 else 1]
        if surname not in surnames or name in reading.not_names or not re.fullmatch(rf"{_HANGUL}{{{length}}}", name):
            continue
        if (_KO_AFTER if strong else _KO_SAID).match(text, at + length):
            yield Found(2 if strong else 4, "name", at, at + length)
            return


def _surname(text: str) -> str | None:
    """Return the Chinese surname that a text begins with."""
    surnames = (*words().surnames["zh-Hans"], *words().surnames["zh-Hant"])
    return next((text[:length] for length in (2, 1) if text[:length] in surnames), None)


def _chinese(reading: Reading, at: int, *, strong: bool) -> Iterator[Found]:
    text = reading.text
    if text[at - 1 : at] == "姓":  # "我姓张，", "我姓欧阳的"
        family = _surname(text[at : at + 2])
        after = text[at + len(family) : at + len(family) + 1] if family else "?"
        if family and (after in _ZH_STOP or not "\u4e00" <= after <= "\u9fff"):
            yield Found(2, "name", at, at + len(family))
        return
    run = _HAN_RUN.match(text, at)
    surname = _surname(run.group()) if run else None
    if run is None or surname is None:
        return
    rest = run.group()[len(surname) :]
    if rest.startswith(_ZH_TITLES):
        return  # that is found from its title
    given = _ZH_GIVEN.match(rest)
    length = len(rest) if strong and 1 <= len(rest) <= 2 else given.end() if given else 0
    end = at + len(surname) + length
    if not length or text.startswith(_ZH_TITLES, end) or text[at:end] in reading.not_names:
        return
    bounded = end == len(text) or not "\u4e00" <= text[end] <= "\u9fff" or text[end] in _ZH_STOP
    if bounded or (strong and length == 2):
        yield Found(2 if strong else 4, "name", at, end)


def _japanese(reading: Reading, at: int, *, strong: bool) -> Iterator[Found]:
    text = reading.text
    whole = _JA_WHOLE.match(text, at) if strong else None
    if whole and whole.group() not in reading.not_names and re.search(rf"{_HIRAGANA}{_HAN}", whole.group()):
        yield Found(3, "name", *whole.span())
        return
    part = _JA_PART.match(text, at)
    if part is None:
        return
    name = part.group()
    for stop in _JA_STOPS:
        cut = name.find(stop, 1)
        name = name[:cut] if cut > 0 else name
    name = name.rstrip(" ")
    if len(name) < 2 or name in reading.not_names or name.startswith(_JA_NO_NAMES):
        return
    surname = name.startswith(words().surnames["ja"])
    said = _JA_SAID.match(text, at + len(name)) is not None
    if (surname and said) or (strong and (surname or said or _JA_ENDS.match(text, at + len(name)))):
        yield Found(2 if strong else 4, "name", at, at + len(name))


def _before_japanese(reading: Reading, word: Word) -> Iterator[Found]:
    text = reading.text
    suffix = text[word.start : word.end]
    if suffix == "様" and text[word.end : word.end + 1] in ("々", "子", "式", "相", "態"):
        return
    window = text[max(0, word.start - 14) : word.start].rstrip(" 　")
    stop = word.start - (len(text[max(0, word.start - 14) : word.start]) - len(window))
    match = _JA_BEFORE.search(window)
    if match is None:
        return
    name = match.group()
    surnames = words().surnames["ja"]
    begins = next((at for at in range(len(name)) if name.startswith(surnames, at)), None)
    if begins is not None:
        name = name[begins:]
    elif suffix not in _JA_POLITE or re.fullmatch(rf"{_HIRAGANA}+", name) or name.endswith(reading.no_endings):
        return
    if name in reading.not_names or len(name) > 9 or (begins is None and len(name) < 2):
        return
    if suffix in _JA_VERBS and (len(name) < 2 or not _JA_CLAUSE.search(text[: stop - len(name)][-3:])):
        return
    yield Found(3, "name", stop - len(name), stop)


def _before_chinese(reading: Reading, word: Word) -> Iterator[Found]:
    text = reading.text
    stop = word.start - (text[word.start - 1 : word.start] == " ")
    suffix = text[word.start : word.end]
    if suffix in _ZH_LAST and not _LINE_ENDS.match(text, word.end):
        return
    for length in (4, 3, 2, 1):
        name = text[max(0, stop - length) : stop]
        surname = _surname(name)
        if surname is None or len(name) != length or name in reading.not_names or not re.fullmatch(r"[\u4e00-\u9fff]+", name):
            continue
        given = name[len(surname) :]
        if len(given) > 2 or any(char in _ZH_STOP for char in given) or (not given and suffix not in _ZH_TITLES):
            continue
        if text[max(0, stop - length - 1) : stop - length + 1] in reading.not_names:
            continue  # the last sign of another word: "客服" before "先生" has no name in it
        yield Found(3, "name", stop - length, stop)
        return


def _before_korean(reading: Reading, word: Word) -> Iterator[Found]:
    text, known = reading.text, words()
    stop = word.start - (text[word.start - 1 : word.start] == " ")
    sure = text[word.start : word.end] in _KO_SURE
    for length in (4, 3, 2):
        name = text[max(0, stop - length) : stop]
        before = text[stop - length - 1 : stop - length] if stop > length else ""
        if not re.fullmatch(rf"{_HANGUL}{{{length}}}", name) or name in reading.not_names or "\uac00" <= before <= "\ud7a3":
            continue
        surname = name[: 2 if length == 4 else 1]
        given = name in known.given
        if length == 2 and not given and not (sure and surname in known.surnames["ko"]):
            continue
        if length > 2 and surname not in known.surnames["ko"]:
            continue
        if (
            length == 3
            and not sure
            and name[1:] not in known.given
            and not _KO_SELF.search(text[max(0, stop - 11) : stop - length])
        ):
            continue
        yield Found(3, "name", stop - length, stop)
        return
