"""How amounts, times, dates and codes are written; ``facts.py`` reads with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from cs_assist.guard.spoken import TOKEN

__all__ = [
    "AFTER_DAY",
    "BEFORE",
    "BETWEEN_UNIT",
    "BINDER",
    "CAPITAL_CODE",
    "CAPITAL_CODE_BEFORE",
    "CLASSIFIERS",
    "CODE",
    "CODE_WITH_COLON",
    "CURRENT",
    "DATES",
    "DAY_BEFORE",
    "DAY_OF_MONTH",
    "DIMENSIONS",
    "EMAIL",
    "END",
    "ERA_YEAR",
    "HOURS",
    "JOINED_AMOUNTS",
    "KE_ORDINAL",
    "KINDS_IN_WORDS",
    "LINE_NUMBER",
    "LINK",
    "LISTED",
    "MANY",
    "MONEY",
    "MONTH_ALONE",
    "MORNING",
    "MYRIADS",
    "NEAR",
    "NO_UNIT",
    "NUMBER_WITH_UNIT",
    "ORDINAL",
    "ORDINAL_BEFORE",
    "OTHER_WORDS",
    "PERCENT_BEFORE",
    "PHONE",
    "SHORT",
    "SHORT_DATES",
    "SIZE",
    "SUFFIXES",
    "TENTHS_IN_WORDS",
    "THAI_YEAR",
    "TIMES",
    "WHOLE_DAYS",
    "WORDS_OF_DEGREE",
    "WORKING",
    "YEAR",
    "YEAR_AND_MONTH",
    "Amounts",
]

END = re.compile(r"(?<=[.!?।؟])\s+|(?<=[。！？!?])|[\n;；•]+")
#: Ends of addresses that are no words of our languages ("help.it" may be a missing space), and those in other letters (IANA).
_ENDS_OF_HOSTS = (
    "com|net|org|shop|io|co|de|fr|cn|jp|example|ru|uk|pl|nl|br|mx|kr|tw|hk|vn|tr|eu|cz|ua|info|biz|xyz|xn--[a-z0-9-]{2,40}"
    "|рф|рус|бел|укр|срб|қаз|中国|中國|香港|台湾|台灣|公司|网络|网址|商城|한국|भारत|ไทย|السعودية|امارات|مصر|شبكة|みんな|コム"
)
LINK = re.compile(
    rf"(?:https?://|www\.)[^\s<>\"'，。、）)]{{2,300}}"
    rf"|(?<![\w@.-])[\w-]{{2,40}}\.(?:{_ENDS_OF_HOSTS})(?:/[^\s<>\"'，。、）)]{{0,200}})?(?![\w.-]*@)(?!\w)"
)
EMAIL = re.compile(r"[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
PHONE = re.compile(r"(?<![\w.,/#-])(?:\+|00)?\(?\d[\d ()./-]{6,18}\d(?![\w-])")
CODE = re.compile(r"[a-z0-9]+(?:[-/_.:][a-z0-9]+){0,6}")
NUMBER_WITH_UNIT = re.compile(r"\d+(?:[.,/:x×-]\d+){0,5}-?([a-z]{1,9})(?:-[a-z]{2,30})?")
#: "AC100-240V": the kind of current right before the number.
CURRENT = re.compile(r"[ad]c\d{1,3}(?:[-/]\d{1,3})?(?:v|volts?|a)")
CODE_WITH_COLON = re.compile(r"([A-Za-z][\w-]{0,30})：(?=\d)")
#: "hari ke-3": an ordinal in Indonesian and Malay.
KE_ORDINAL = re.compile(r"ke-\d{1,2}")
#: A code of a currency that is a word when written small, behind its amount.
CAPITAL_CODE = re.compile(r"\s?(TRY|COP|ARS|SEK|NOK|CAD|PHP|RUB|SAR)(?!\w)")
CAPITAL_CODE_BEFORE = re.compile(r"(?<!\w)(TRY|COP|ARS|SEK|NOK|CAD|PHP|RUB|SAR)\s?$")
MYRIADS = "万萬만億억千천"
MONEY = re.compile(r"([a-z]{1,3}\.?)(\d[\d.,]*)")
#: What may stand right behind a number without making a code of it.
SUFFIXES = {
    "st",
    "nd",
    "rd",
    "th",
    "er",
    "re",
    "x",
    "h",
    "am",
    "pm",
    "k",
    "s",
    "e",
    "eme",
    "de",
    "o",
    "a",
    "d",
    "tag",
    "ti",
    "te",
}
LISTED = re.compile(r"(?<![\w.,(])(\d{1,2})[)）](?=\s|[^\W\d_])")
LINE_NUMBER = re.compile(r"(?:^|\n)[ \t>*•-]{0,4}(\d{1,2})(?=[.)）:、．](?!\d))")
_LATIN = "A-Za-z0-9\u00c0-\u024f"
SIZE = re.compile(rf"(?:(?<![{_LATIN}'’.&/-])|(?<=[SML][-–/]))(?:\d?X{{1,4}}[SL]|[SML])(?=[\s,.;:!?/)–-]|$|[^\x00-\u024f])")
#: "160 × 220 cm": one unit for all.
DIMENSIONS = re.compile(r"(?<![\d.,a-z])\d{1,5}(?:[.,]\d{1,2})?(?:\s?[x×х*✕]\s?\d{1,5}(?:[.,]\d{1,2})?(?!\d)){1,3}")
#: "5 ธ.ค. 69": the last two digits of a year as it is counted in Thailand.
THAI_YEAR = re.compile(r"\s?(6[5-9]|7\d)(?![\d.,]|\s?(?:บาท|[฿%]))")
#: What follows an amount in parts ("1 m 60.") and not another amount behind it ("2 m 60 W", "12 € 24 h").
_ENDS = r"(?=\s*(?:[.,;:!?)]|$)|\sde\s)"
#: "49 € 90"; "8.5折", "85折": what is paid, in tenths; "2割", "1割5分": what is taken off, in tenths.
Amounts = tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], Decimal]], ...]
JOINED_AMOUNTS: Amounts = (
    (
        "money EUR",
        re.compile(rf"(?<![\d.,])(\d{{1,4}})\s?€(?:\s(?=\d\d{_ENDS}))?(\d\d)(?![\d.,]\d|\d|\s?[€%])"),
        lambda match: Decimal(f"{match[1]}.{match[2]}"),
    ),
    (
        "length mm",
        re.compile(
            rf"(?<![a-z0-9.,])(\d)(?:m|\s?米|\sm(?=\s\d\d{_ENDS})\s)(?!(?<=m)[23](?!\d))(\d{{1,2}})(?![\w.,]\d|[\dx×a-z]|\s?[m米%€])"
        ),
        lambda match: Decimal(f"{match[1]}.{match[2]}") * 1000,
    ),
    (
        "percent",
        re.compile(r"(?<![\d.,])(\d)[.．]?(\d)?\s?折(?![合算叠疊扣りの伞傘页頁])"),
        lambda match: 100 - Decimal(f"{match[1]}{match[2] or 0}"),
    ),
    ("percent", re.compile(r"(?<![\d.,])(\d)割(?:(\d)分)?"), lambda match: Decimal(f"{match[1]}{match[2] or 0}")),
)
_DIGITS = "零一二三四五六七八九"
#: "九折", "八五折", "对折"; "二割".
TENTHS_IN_WORDS: Amounts = (
    (
        "percent",
        re.compile(rf"(?<![第{_DIGITS}十百])([{_DIGITS[1:]}])[点點]?([{_DIGITS[1:]}])?折(?![合算叠疊扣りの伞傘頁页纸紙式])"),
        lambda match: 100 - Decimal(f"{_DIGITS.index(match[1])}{_DIGITS.index(match[2]) if match[2] else 0}"),
    ),
    ("percent", re.compile(r"(?<=[打享])[对對]折"), lambda _: Decimal(50)),
    (
        "percent",
        re.compile(rf"(?<![{_DIGITS}十])([{_DIGITS[1:]}])割(?![れりるっ])(?:([{_DIGITS[1:]}])分)?"),
        lambda match: Decimal(f"{_DIGITS.index(match[1])}{_DIGITS.index(match[2]) if match[2] else 0}"),
    ),
)
#: A year as it is counted in Japan and Taiwan, without a day: "令和7年", "民國114年".
ERA_YEAR = re.compile(r"(?P<era>令和|平成|民國|民国)\s?(?P<count>元|\d{1,3})\s?年(?!\s?(?:\d|[一二三四五六七八九十]{1,2}月))")
#: "2x24 jam": so many whole days, in Indonesian and Malay.
WHOLE_DAYS = re.compile(r"[1-9]\s?[x×]\s?24\s?jam(?!\w)")
#: Only in evidence: a day and a month without a year ("23.11", "09-11") among other data, and a month by its name.
SHORT_DATES = re.compile(r"(?<![\w.,-])(?P<one>[0-3]?\d)(?:\.(?=[01])|-(?=\d\d))(?P<two>[0-3]\d)(?![\w-]|[.,]\d)")
YEAR_AND_MONTH = re.compile(r"(?<![\d./-])(?P<year>20\d\d)[-/.](?P<month>0?[1-9]|1[0-2])(?![\d/-]|[.,]\d)")
#: A day of a month that is not named: "el 16", "on the 3rd", "tanggal 9"; only in replies.
DAY_OF_MONTH = re.compile(
    r"(?<!\w)(?:(?:el|(?:no |o |al |el )?d[ií]a|il|il giorno|le|am|den|tanggal|tarikh|tgl\.?|ngày|mùng|วันที่|يوم)\s?(?=\d)"
    r"|(?:the|de|der|den|am|bis|zum|vom|på)\s(?=\d{1,2}(?:st|nd|rd|th|e|:e|\.)(?!\w)))"
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|e|:e|º|°|\.(?=\s+[a-zß-ÿ]))?(?=\s*(?:[.,;:!?)]|$)|\s+[^\W\d_]{2,})(?![.,]\d)"
)
#: Only in evidence: another day of the month that follows.
DAY_BEFORE = re.compile(
    r"(?<![\w.,:])(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?\s?(?:(?P<sign>[,/&+、–—~〜-])|(?P<word>[^\W\d_]{1,6})\s)\s?"
    r"(?:the |el |le |den |d')?$"
)
#: Only in evidence: what may stand between a number and its unit.
BETWEEN_UNIT = re.compile(
    r"\s(?!(?:per|pro|por|par|prix|each|every|times|mal|veces|fois|vezes|volte|keer|razy|раз|kali)\s)[^\W\d_]{3,12}(?=\s)|-(?=[^\W\d_])"
)
MONTH_ALONE = re.compile(r"(?<!\d)(\d{1,2})\s?[月월](?![份間间]?\s?\d)(?![内內間间])")
ORDINAL = re.compile(r"[aoªº](?![^\W\d_])")
#: Syllables that make another word of a Korean unit: 주문, 달러, 시즌.
NO_UNIT = {"주": "문소세말인요", "달": "러라력", "시": "즌", "일": "정반"}
SHORT = 2
#: From so many on, a number in words is compared: "two" is said of too much.
MANY = 3
#: Words for numbers that are other words, too ("new", "you are").
OTHER_WORDS = {
    "fr": ("neuf", "cent"),
    "it": ("sei",),
    "de": ("acht",),
    "tr": ("altı", "on", "yüz"),
    "hi": ("सौ",),
    "pl": ("sto",),
}
CLASSIFIERS = {
    "zh": tuple("支个個件条條瓶盒张張双雙台把包片位本套组組袋枚颗顆粒杯卷罐根顶頂"),
    "ja": ("つ", "個", "本", "枚", "点", "台", "冊", "箱", "袋", "足", "着", "人", "名"),
    "ko": ("개", "장", "권", "병", "벌", "켤레", "대", "명", "박스", "세트", "송이", "쌍", "가지", "종"),
    "th": ("ชิ้น", "อัน", "ตัว", "ใบ", "ขวด", "กล่อง", "คู่", "เครื่อง", "ซอง", "แพ็ค", "เส้น", "คน"),
    "vi": ("cái", "chiếc", "món", "hộp", "gói", "chai", "đôi", "bộ", "cuốn", "quyển", "cây", "túi", "thùng", "người", "viên"),
    "hi-Latn": ("piece", "pack", "box", "pairs", "jodi", "log", "items"),
}  # fmt: skip
#: What makes working days of the days that follow, and how far behind it they stand.
WORKING = re.compile(
    r"(?:(?:영업일|근무일|업무일)(?: 기준)?(?:으로|로)?|営業日で|工作日[为為])\s?"
    r"(?:\d{1,3}\s?일?\s?(?:에서|부터|내지|또는|[-~〜–])\s?)?$"
)
NEAR = 24
DATES = (
    re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<=\d{4}-\d\d-\d\d)\s?[-–—~〜/至]\s?(?P<month>[01]\d)-(?P<day>[0-3]\d)(?![\d-])"),  # the end of a period
    re.compile(
        r"(?<![\w./-])(?P<year>1[01]\d)(?P<sign>[./-])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?![\w/-])"
    ),  # as in Taiwan
    re.compile(r"(?<![\d.,/])(?P<one>\d{1,2})(?P<sign>[./-])(?P<two>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})(?![\d/])"),
    re.compile(r"(?P<era>令和|平成)\s?(?P<count>元|\d{1,2})\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日"),
    re.compile(r"(?:(?P<year>\d{3,4})\s?[年년]\s?)?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})\s?(?:th\.|tháng)\s?(?P<month>\d{1,2})(?:[,/]?\s?(?:năm )?(?P<year>\d{4}))?(?!\d)"),
    re.compile(r"(?<![\d.,/])(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?!\d)"),
    re.compile(r"(?<![\d.,/])(?P<one>\d{1,2})/(?P<two>\d{1,2})(?![\d/])"),
)
TIMES = (
    re.compile(r"(?<![\d.:])(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?!\d|:\d)\s?(?P<half>[ap]\.?m)?"),
    re.compile(r"(?<![\d.,:])(?P<h>1[0-2]|0?[1-9])(?:\.(?P<m>[0-5]\d))?\s?(?P<half>[ap]\.?m)(?![a-z])"),
    re.compile(r"(?<![\d.,])(?P<h>[01]?\d|2[0-4])\s?h\s?(?P<m>[0-5]\d)(?!\w|\s?h)"),
    re.compile(r"(?<![\d.,])(?P<h>[01]?\d|2[0-4])(?:\.(?P<m>[0-5]\d))?\s?(?:uhr|น\.|นาฬิกา|wib)(?!\w)"),
    re.compile(r"(?<![\d.,])(?P<h>[01]?\d|2[0-4])\s?giờ\s(?:(?P<hm>rưỡi)|(?P<m>[0-5]\d)(?!\d))(?:\s?phút)?"),
    re.compile(
        r"(?<!\w)(?:pukul|jam|dalle|ore|alle|às|a las|godz\.?|godzinie|kl\.?|klockan|lúc|الساعة)\s"
        r"(?P<h>[01]?\d|2[0-4])(?:[.:h](?P<m>[0-5]\d))?(?!\d|[.,]\d|-[a-z])"
    ),
    re.compile(r"(?P<half>下午|晚上|午後|오후|夜)?(?:上午|早上|午前|오전|朝)?\s?(?P<h>\d{1,2})\s?(?:点|點|時|时|시)(?![間间간計小])(?:\s?(?P<hm>[半반])|\s?(?P<m>\d{1,2})\s?[分분])?"),
    re.compile(r"(?<![\d.,])(?P<h>\d{1,2})\s?(?:ทุ่ม|โมง)"),
    re.compile(r"(?P<half>शाम|रात|दोपहर|shaam|sham|raat)?(?:\s(?:को |ko )?)?(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))?\s?(?:बजे|baje)"),
)  # fmt: skip
#: "9h-18h", "9h30–18h": hours and no code.
HOURS = re.compile(r"\d{1,2}h(?:\d\d)?-\d{1,2}h(?:\d\d)?")
MORNING = {"am", "a.m"}
BINDER = re.compile(r"\s?(?:[-–—~〜～]|(?P<word>[^\W\d_]{1,6}|s\.d|s/d))\s?")
AFTER_DAY = re.compile(r"(?:st|nd|rd|th|er|º|ª|o|°|\.|-)?\s?(?:de |of |d')?")
YEAR = re.compile(r"[,.]?\s?(?:de |del |năm |พ\.ศ\.\s?)?(\d{4})(?!\d)")
BEFORE = re.compile(rf"({TOKEN.pattern})\.?[\s-]?(?:the )?$")
#: Up to two words, and "of", before a month's name.
ORDINAL_BEFORE = re.compile(r"(?P<words>[^\W\d_]+(?:[ -][^\W\d_]+)?) (?P<of>of |de |di )?$")
PERCENT_BEFORE = ("%", "百分之", "yüzde ")
KINDS_IN_WORDS = ("time", "money", "percent", "weight", "length")
WORDS_OF_DEGREE = {"度", "도", "寸", "升", "塊", "块"}
