from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError
from cs_assist.triage.signals import DATA, Rule, SignalFile, SignalHit, SignalName, Signals, fold, load_signals
from cs_assist.types import LANGUAGES

FILES = sorted(DATA.glob("*.yaml"))
SHIPPED = load_signals()
RULES = [rule for path in FILES for rule in load_yaml(path, SignalFile).rules]
TERMS = sorted({term.strip("*") for rule in RULES for term in (*rule.any, *rule.unless, *sum(rule.near, ()))})


def signals(*rules: Rule, bare: tuple[str, ...] = ("ok", "thank you"), spaced: bool = True) -> Signals:
    return Signals([SignalFile(language="en", word_boundaries=spaced, rules=rules, bare=bare, thanks=())])


def fires(rule: Rule, text: str, *, spaced: bool = True) -> bool:
    return bool(signals(rule, spaced=spaced).find(text))


FIRE = Rule(signal="safety_issue", any=("on fire",), unless=("sale",))
BURN = Rule(signal="safety_issue", near=(("burn*",), ("cable", "plug")), within=10, unless=("time",))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_rules_file_loads_and_says_its_own_language(path: Path) -> None:
    file = load_yaml(path, SignalFile)
    assert file.language == path.stem
    assert {rule.signal for rule in file.rules} == set(get_args(SignalName))
    assert file.bare


def test_every_served_language_has_rules() -> None:
    assert {path.stem for path in FILES} == set(LANGUAGES)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("The charger caught fire last night!", "safety_issue"),
        ("Die Powerbank ist explodiert", "safety_issue"),
        ("充電器が発火しました", "safety_issue"),
        ("电池爆炸了", "safety_issue"),
        ("Le chargeur a pris feu", "safety_issue"),
        ("Зарядка загорелась", "safety_issue"),
        ("ที่ชาร์จไฟไหม้", "safety_issue"),
        ("My lawyer will contact you", "legal_threat"),
        ("سأرفع دعوى عليكم", "legal_threat"),
        ("I want to speak to a human", "human_request"),
        ("Aku mau bicara dengan manusia", "human_request"),
        ("I can see another customer's invoice in my account", "data_exposed"),
        ("I want to kill myself", "self_harm"),
        ("please cancel my box, i swallowed the whole bottle of sleeping pills", "self_harm"),
        ("Alle wären glücklicher, ohne mich wäre alles leichter", "self_harm"),
        ("à quoi bon continuer à vivre", "self_harm"),
        ("quiero desaparecer para siempre, da igual el paquete", "self_harm"),
        ("engoli a cartela inteira de comprimidos", "self_harm"),
        ("生きることに疲れました", "self_harm"),
        ("수면제를 통째로 먹었어요", "self_harm"),
        ("我是家人的负担", "self_harm"),
        ("ज़िंदगी का अब कोई मतलब नहीं", "self_harm"),
        ("تعبت من الحياة", "self_harm"),
    ],
)
def test_the_shipped_rules_hear_what_must_never_be_missed(text: str, signal: str) -> None:
    assert signal in {hit.signal for hit in SHIPPED.find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order?",
        "Great sale, the deals are on fire",
        "I want to end my subscription and cancel everything",
        "Did you pack all the tablets? I took photos of the whole box.",
        "Ich will nicht mehr weitersuchen, haben Sie die Tabletten auf Lager?",
        "sin tu crema no tiene sentido mi rutina",
        "バッテリーの寿命に意味がある設定ですか",
        "药盒里的药片全都有吗",
        "My new rash guard arrived",
        "Hallo, wo ist mein Paket?",
        "สวัสดี",
        "",
    ],
)
def test_the_shipped_rules_are_silent_where_nothing_is_wrong(text: str) -> None:
    assert SHIPPED.find(text) == []


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (FIRE, "It is ON FIRE!", True),
        (FIRE, "It is on\u200b fire", True),
        (FIRE, "ｏｎ　ｆｉｒｅ", True),
        (FIRE, "the station fires", False),
        (FIRE, "on fires", False),
        (FIRE, "a sale on fire", False),
        (FIRE, "a sale, " + "and " * 20 + "on fire", True),
        (Rule(signal="safety_issue", any=("explod*",)), "it exploded", True),
        (Rule(signal="safety_issue", any=("explod*",)), "unexploded", False),
        (Rule(signal="safety_issue", any=("*brand",)), "Kabelbrand", True),
        (Rule(signal="safety_issue", any=("*brand",)), "Kabelbrandes", False),
        (BURN, "the cable burned", True),
        (BURN, "burning: a plug", True),
        (BURN, "the cable is what I think burned", False),
        (BURN, "the burn time of a cable", False),
        (BURN, "only burning", False),
    ],
)
def test_a_rule_fires_where_its_terms_say_so(rule: Rule, text: str, expected: bool) -> None:
    assert fires(rule, text) is expected


def test_languages_without_spaces_need_no_word_ends() -> None:
    rule = Rule(signal="safety_issue", any=("ไฟไหม้",))
    assert fires(rule, "ที่ชาร์จไฟไหม้แล้ว", spaced=False)
    assert not fires(rule, "ที่ชาร์จไฟไหม้แล้ว", spaced=True)


def test_a_hit_spans_the_words_that_made_it_in_the_original_text() -> None:
    text = "Hilfe!! Das KABEL\u200b ist ﬁx verbrannt"
    rule = Rule(signal="safety_issue", near=(("*brannt",), ("kabel",)))
    (hit,) = signals(rule).find(text)
    assert hit == SignalHit("safety_issue", "en", text.index("KABEL"), len(text))


def test_only_the_first_hit_of_each_signal_is_told() -> None:
    other = Rule(signal="safety_issue", any=("smoke",))
    legal = Rule(signal="legal_threat", any=("lawyer",))
    hits = signals(FIRE, other, legal).find("smoke, on fire, my lawyer")
    assert [hit.signal for hit in hits] == ["safety_issue", "legal_threat"]
    assert signals().find("on fire") == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "either 'any' or 'near'"),
        ({"any": ("fire",), "near": (("burn",), ("plug",))}, "either 'any' or 'near'"),
        ({"near": (("burn",),)}, "at least two lists"),
        ({"near": (("burn",), ())}, "at least two lists"),
        ({"any": ("a",)}, "too short to be safe"),
        ({"any": ("*",)}, "too short to be safe"),
        ({"any": ("fire",), "unless": ("x*",)}, "too short to be safe"),
        ({"any": ("fire",), "within": 999}, "less than or equal to 200"),
        ({"any": ("fire",), "colour": "red"}, "Extra inputs"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Rule(signal="safety_issue", **values)


def test_a_broken_rules_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text("language: xx\nbare: []\nrules:\n  - signal: boredom\n    any: [yawn]\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"xx\.yaml, line 4, key 'rules\.0\.signal'"):
        load_signals(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OK", True),
        ("ok!!! 👍", True),
        ("Thank  you.", True),
        ("12345", True),
        ("#PO-1234", True),
        ("", True),
        ("?!", True),
        ("ok but where is it", False),
        ("no refund", False),
        ("parcel 5", False),
        ("2개", True),
        ("3月5日", True),
        ("已经两周了，还没到 2", False),
        ("5일째예요", False),
        ("2 wks!!", False),
        ("👎", False),
    ],
)
def test_a_short_answer_that_says_nothing_more_is_bare(text: str, expected: bool) -> None:
    assert signals(FIRE).is_bare(text) is expected


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÉTÉ", "ete"),
        ("İstanbul ışık", "istanbul isik"),
        ("Łódź", "lodz"),
        ("straße", "strasse"),
        ("Ёлка", "елка"),
        ("أَحْمَد", "احمد"),
        ("can’t", "can't"),
        ("Ａ１", "a1"),
        ("が", "が"),
        ("한국", "한국"),
        ("a\u200bb\u00adc", "abc"),
        ("cafe\u0301", "cafe"),
    ],
)
def test_folding_forgets_case_width_and_marks(text: str, folded: str) -> None:
    assert fold(text)[0] == folded


@given(st.text())
def test_every_folded_character_knows_its_place(text: str) -> None:
    folded, places = fold(text)
    assert len(folded) == len(places)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)


@given(st.text())
def test_folding_is_deaf_to_upper_case_of_plain_letters(text: str) -> None:
    plain = "".join(char for char in text if char.isascii())
    assert fold(plain.upper())[0] == fold(plain.lower())[0]


@given(st.lists(st.one_of(st.sampled_from(TERMS), st.text(max_size=8)), max_size=8))
def test_hits_lie_inside_the_text_and_no_text_raises(pieces: list[str]) -> None:
    text = " ".join(pieces)
    hits = SHIPPED.find(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert len({hit.signal for hit in hits}) == len(hits)
    assert SHIPPED.is_bare(text) in (True, False)


@given(st.sampled_from(TERMS), st.sampled_from(["\u200b", "\u00ad", "\ufeff", "\u2060"]), st.integers(0, 50))
def test_an_invisible_character_hides_no_term(term: str, invisible: str, at: int) -> None:
    hidden = term[:at] + invisible + term[at:]
    assert {hit.signal for hit in SHIPPED.find(hidden)} == {hit.signal for hit in SHIPPED.find(term)}


@pytest.mark.parametrize(
    "text",
    [
        "Honestly, this is unacceptable.",
        "Bestellt am 3. Mai. Wie lange soll ich denn noch warten? Eine Frechheit!",
        "J'en ai vraiment assez. J'en ai assez d'attendre.",
        "¡Esto es una vergüenza!",
        "Sono davvero molto delusa da voi",
        "Que falta de respeito com o cliente",
        "Dit is belachelijk",
        "Mam tego dość, ile można",
        "Så här kan det inte fortsätta",
        "Сколько можно?",
        "Yeter artık, bıktım",
        "これでは納得できません。",
        "언제까지 기다리라는 건가요?",
        "你们这也太敷衍了吧",
        "到底還要等多久啊",
        "ผิดหวังกับร้านมากค่ะ",
        "Shop làm ăn kiểu gì thế",
        "Saya kecewa sama pelayanannya",
        "Kecewa dengan kedai ni",
        "هذا غير مقبول أبدًا",
        "बहुत निराशा हुई आपसे",
        "yaar had ho gayi ab to",
    ],
)
def test_set_phrases_of_displeasure_are_heard_in_every_language(text: str) -> None:
    assert "displeased" in {hit.signal for hit in SHIPPED.find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "I was not disappointed, thank you.",
        "Would you call it ridiculous if a man of eighty wanted a pink scooter for his birthday and rode it to church?",
        "Ich bin nicht enttäuscht, nur neugierig.",
        "Nunca me decepcionaron",
        "がっかりしませんでした",
        "没有失望，谢谢",
        "Tak payah hantar lagi",
        "Promonya sampai kapan?",
        "Where is my parcel?",
    ],
)
def test_denied_or_long_winded_phrases_are_not(text: str) -> None:
    assert "displeased" not in {hit.signal for hit in SHIPPED.find(text)}


def test_a_rule_for_short_sentences_is_heard_in_a_later_one_where_the_first_is_long() -> None:
    rule = Rule(signal="displeased", any=("a joke",), words=4)
    text = "My uncle told a joke at the wedding and nobody laughed. This is a joke."
    (hit,) = signals(rule).find(text)
    assert (hit.start, text[hit.start : hit.end]) == (text.rindex("a joke"), "a joke")


def test_the_length_of_a_sentence_without_spaces_is_told_by_its_letters() -> None:
    rule = Rule(signal="displeased", any=("失望",), words=3)
    assert fires(rule, "很失望。", spaced=False)
    assert not fires(rule, "我在路上遇到一個很失望的人他說了很多話。", spaced=False)
