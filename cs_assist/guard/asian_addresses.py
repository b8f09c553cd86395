"""Addresses in Chinese, Japanese, Korean and Thai: a chain of units from the large to the small, down to a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cs_assist.guard.private_words import Found, Reading, words

_HAN = r"[\u3005-\u3007\u4e00-\u9fff]"
_ANY_HAN, _ANY_KANA, _ANY_HANGUL, _ANY_THAI = (
    re.compile(chars) for chars in (_HAN, r"[\u3041-\u30fc]", r"[\uac00-\ud7a3]", r"[\u0e01-\u0e4e]")
)
#: Signs of a sentence, which no name of a place has.
_ZH_NAME = r"(?:(?![的是有我你您了要请請寄送须須註注])[\u4e00-\u9fffA-Za-z\d\-])"
_ZH_DETAIL = re.compile(r"[A-Za-z\d-]{1,8}(?:号楼|栋|座|单元|室|号|楼|層|樓|室)?|[A-Z]座")
_ZH_LEAD = re.compile(
    r".*?(?:地址是|地址为|地址為|地址|改成|改为|改為|改到|发到|發到|快递到|住在|住|搬到|搬去|位于|位於|人在|到了|在|住址|为|為|到|至|往|去)"
)
_ZH_CODE_BEFORE = re.compile(r"(?:^|.*\D)(\d{3}(?:\d{2,3})?) ?$", re.S)
_ZH_CODE_AFTER = re.compile(r" ?\d{6}(?!\d)")
_JA_START = re.compile(rf"{_HAN}{{1,4}}?(?:都|道|府|県)(?={_HAN})|{_HAN}{{1,5}}?(?:市|区|郡)(?={_HAN})")
_JA_BODY = re.compile(
    r"[\u3005-\u3007\u3041-\u30fc\u4e00-\u9fff]{1,30}? ?(?:\d{1,4}|[一二三四五六七八九十]{1,3}(?=丁目|番))"
    r"(?:(?:丁目|番地の|番地|番|号|-|ー|の|−) ?\d{1,4}){0,4}(?:丁目|番地|番|号室|号|室|階)?"
)
_JA_SENTENCE = re.compile(r"から|まで|です|ます|した|ので|注文")
_JA_LEAD = re.compile(r".*[はがをにのへとで、。](?=.)")
_JA_BUILDING = re.compile(
    r"[ 　]?[\u30a1-\u30fcA-Za-z\u4e00-\u9fff・ー0-9]{2,24}?[ 　]?"
    r"(?:\d{1,4}(?:号室|号|室|階|F)|[A-Z]?-?\d{2,4}(?![\d-])(?:号室|号|室)?|\d{1,2}F)"
)
_JA_OTHER = re.compile(r"電話|注文|番号|名前|氏名|携帯")
_JA_CODE_BEFORE = re.compile(r".*?((?:〒 ?)?(?<!\d)\d{3}-?\d{4}[ 　、,\n]{0,2})$", re.S)
_JA_MARK = re.compile(r"〒 ?\d{3}-?\d{4}(?!\d)")
_KO_WORD = re.compile(r"[\uac00-\ud7a3]{2,7}")
_KO_BODY = re.compile(
    r" ?[\uac00-\ud7a3]{1,8}(?:시|군|구|읍|면|동|리)(?: [\uac00-\ud7a3\d]{1,10}(?:시|군|구|읍|면|동|리|가)){0,5}"
    r"(?: ?[\uac00-\ud7a3\d·.]{1,14}(?:로|길|대로|번길))? ?\d{1,4}(?:-\d{1,4})?(?:번지)?"
    r"(?:,? ?(?:[\uac00-\ud7a3A-Za-z]{2,16} ?)?(?:\d{1,4}|[A-Z가-힣])동(?: ?\d{1,5}호)?"
    r"|,? ?[\uac00-\ud7a3A-Za-z\d]{2,16} ?\d{1,5}호|,? ?\d{1,5}호|,? ?\d{1,3}층){0,3}"
    r"(?: ?\([\uac00-\ud7a3\d, ]{2,20}\))?"
)
_KO_CODE_BEFORE = re.compile(r"(?:^|[\s(\[])(\(?\d{5}\)?,? )$")
_KO_ROAD = re.compile(r"[\uac00-\ud7a3]{1,8}(?:시|군|구) [\uac00-\ud7a3\d]{1,12}(?:로|길) ?\d{1,4}(?:-\d{1,4})?")
_KO_FLAT = re.compile(r"(?:,? ?(?:\d{1,4}동 ?)?\d{1,5}호)?")
_TH_NUMBER = re.compile(r"(?:(?:บ้านเลขที่|เลขที่) ?)?(?<![\d.,/])\d{1,5}(?:/\d{1,5})?(?![\d.,/])")
_TH_PART = re.compile(
    r"[ \n,]{0,3}(?:(?:หมู่บ้าน|หมู่ที่|หมู่|ม\.|ซอย|ซ\.|ถนน|ถ\.|ตรอก|แขวง|ตำบล|ต\.|เขต|อำเภอ|อ\.|จังหวัด|จ\."
    r"|อาคาร|คอนโดมิเนียม|คอนโด|ชั้น|ห้อง|ตึก)"
    r" ?(?:[\u0e01-\u0e4eA-Za-z]{1,26}?(?=แขวง|ตำบล|เขต|อำเภอ|จังหวัด|ถนน|ซอย|[^\u0e01-\u0e4eA-Za-z]|$)"
    r"(?: \d{1,3}(?!\d))?|\d{1,5}(?:/\d{1,4})?)"
    r"|กรุงเทพมหานคร|กรุงเทพฯ|กรุงเทพ|กทม\.?|\d{5}(?!\d))"
)
_TH_TOWN = re.compile(r"(?: [\u0e01-\u0e4e]{2,24}){1,3} \d{5}(?!\d)")


def asian_addresses(reading: Reading) -> Iterator[Found]:
    """Yield Chinese, Japanese, Korean and Thai addresses with their spans."""
    text = reading.text
    if _ANY_HAN.search(text):
        if reading.japanese or "〒" in text:
            yield from _japanese(reading)
        if not _ANY_KANA.search(text):
            yield from _chinese(reading)
    if _ANY_HANGUL.search(text):
        yield from _korean(reading)
    if _ANY_THAI.search(text):
        yield from _thai(reading)


@cache
def _chinese_units() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return what finds a name with its unit, tells one that ends with a street, and one that ends with a number."""
    units = words().places.chinese
    every = "|".join(sorted({unit for some in units.values() for unit in some}, key=lambda unit: (-len(unit), unit)))
    return (
        re.compile(rf"{_ZH_NAME}{{1,14}}?(?:{every})(?:之\d{{1,2}})?"),
        re.compile(rf"(?:{'|'.join(units['streets'])})(?:之\d+)?$"),
        re.compile(rf"[\d一二三四五六七八九十A-Za-z](?:{'|'.join(units['numbers'])}|弄|巷)(?:之\d+)?$"),
    )


def _chinese(reading: Reading) -> Iterator[Found]:
    text = reading.text
    chain: list[re.Match[str]] = []
    for unit in _chinese_units()[0].finditer(text):
        gap = text[chain[-1].end() : unit.start()] if chain else ""
        if chain and (len(gap) > 2 or gap.strip(" ,、，")):
            yield from _chinese_whole(reading, chain)
            chain = []
        chain.append(unit)
    if chain:
        yield from _chinese_whole(reading, chain)


def _chinese_whole(reading: Reading, chain: list[re.Match[str]]) -> Iterator[Found]:
    """Yield the address that a chain of units is, if a street, or many units, and a number are in it."""
    text = reading.text
    _, street, number = _chinese_units()
    numbers = [unit for unit in chain if number.search(unit.group())]
    if not numbers or not (len(chain) >= 4 or any(street.search(unit.group()) for unit in chain)):
        return
    start, end = chain[0].start(), numbers[-1].end()
    head = chain[0].group()
    known = [head.find(place) for place in words().places.starts["zh"] if place in head]
    if known:
        start += min(known)
    else:
        lead = _ZH_LEAD.match(head)
        start += lead.end() if lead and lead.end() < len(head) - 1 else 0
        digits = re.compile(r"\d{5,}").match(text, start)
        start = digits.end() if digits and digits.end() < end else start
    detail = _ZH_DETAIL.match(text, end)
    if detail and len(detail.group()) >= 2 and any(char.isdigit() for char in detail.group()):
        end = detail.end()
    after = _ZH_CODE_AFTER.match(text, end)
    end = after.end() if after else end
    if end - start < 5 or not re.search(r"[\dA-Z一二三四五六七八九十]", text[start:end]):
        return
    window = text[max(0, start - 8) : start]
    before = _ZH_CODE_BEFORE.match(window)
    yield Found(3, "address", start - len(window) + before.start(1) if before else start, end)


def _japanese(reading: Reading) -> Iterator[Found]:
    text = reading.text
    done = 0
    for start in _JA_START.finditer(text):
        if start.start() < done:
            continue
        begin = start.start()
        places = (text.find(place, begin, start.end() + 4) for place in words().places.starts["ja"])
        known = next((at for at in places if at >= 0), None)
        lead = _JA_LEAD.match(start.group()) if known is None else None
        begin = known if known is not None else begin + (lead.end() if lead else 0)
        body = _JA_BODY.match(text, begin)
        if body is None or body.end() < start.end() or _JA_SENTENCE.search(body.group()):
            continue
        building = _JA_BUILDING.match(text, body.end())
        done = building.end() if building and not _JA_OTHER.search(building.group()) else body.end()
        window = text[max(0, begin - 14) : begin]
        code = _JA_CODE_BEFORE.match(window)
        yield Found(3, "address", begin - len(window) + code.start(1) if code else begin, done)
    for mark in _JA_MARK.finditer(text):
        yield Found(7, "address", *mark.span())  # stays only where no whole address has it


def _korean(reading: Reading) -> Iterator[Found]:
    text = reading.text
    starts = frozenset(words().places.starts["ko"])
    done = 0
    for start in _KO_WORD.finditer(text):
        body = _KO_BODY.match(text, start.end()) if start.start() >= done and start.group() in starts else None
        if body:
            done = start.end() + len(body.group().rstrip(" ,"))
            window = text[max(0, start.start() - 9) : start.start()]
            code = _KO_CODE_BEFORE.search(window)
            yield Found(3, "address", start.start() - (len(code.group(1)) if code else 0), done)
    for road in _KO_ROAD.finditer(text):
        if road.start() >= done:
            flat = _KO_FLAT.match(text, road.end())
            yield Found(4, "address", road.start(), flat.end() if flat else road.end())


def _thai(reading: Reading) -> Iterator[Found]:
    text = reading.text
    done = 0
    for number in _TH_NUMBER.finditer(text):
        if number.start() < done:
            continue
        end, parts = number.end(), 0
        while part := _TH_PART.match(text, end):
            end, parts = part.end(), parts + 1
        town = _TH_TOWN.match(text, end) if parts else None
        if town:
            end, parts = town.end(), parts + 1
        if parts >= 2 or (parts and "/" in number.group()):
            done = end
            yield Found(3, "address", number.start(), end)
