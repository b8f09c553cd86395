from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.reader import MessageReader
from cs_assist.triage.salutation import without_salutation
from cs_assist.types import Message


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("Hello, the strap came off", "the strap came off"),
        ("hi the strap came off", "the strap came off"),
        ("Heyyy!! the strap came off", "the strap came off"),
        ("Hi Marta, the strap came off", "the strap came off"),
        ("Dear Sir or Madam,\nthe strap came off", "the strap came off"),
        ("Good evening dear team, the strap came off", "the strap came off"),
        ("Sehr geehrte Frau Öztürk, der Riemen ist ab", "der Riemen ist ab"),
        ("Guten Tag zusammen! Der Riemen ist ab", "Der Riemen ist ab"),
        ("Hola, muy buenas tardes: se salió la correa", "se salió la correa"),
        ("Bonjour à tous, la lanière est partie", "la lanière est partie"),
        ("Olá, bom dia! A alça soltou", "A alça soltou"),
        ("Gentili signori, si è staccato il cinturino", "si è staccato il cinturino"),
        ("Geachte heer/mevrouw, de riem is los", "de riem is los"),
        ("Szanowni Państwo, odpadł pasek", "odpadł pasek"),
        ("Käre säljare, remmen har lossnat", "remmen har lossnat"),
        ("Sayın yetkili, kayış koptu", "kayış koptu"),
        ("Уважаемый продавец! Ремень оторвался", "Ремень оторвался"),
        ("السلام عليكم ورحمة الله وبركاته، انقطع الحزام", "انقطع الحزام"),
        ("नमस्ते जी, पट्टा टूट गया", "पट्टा टूट गया"),
        ("namaste ji strap toot gaya", "strap toot gaya"),
        ("Selamat siang kak, talinya putus", "talinya putus"),
        ("Salam admin, tali dah putus", "tali dah putus"),
        ("สวัสดีค่ะสายขาดค่ะ", "สายขาดค่ะ"),
        ("Chào shop ơi, dây bị đứt", "dây bị đứt"),
        ("お世話になっております。ベルトが切れました", "ベルトが切れました"),
        ("안녕하세요. 끈이 끊어졌어요", "끈이 끊어졌어요"),
        ("你好呀，带子断了", "带子断了"),
        ("親，帶子斷了", "帶子斷了"),
        ("在吗？带子断了", "带子断了"),
    ],
)
def test_the_matter_begins_behind_the_greeting(text: str, matter: str) -> None:
    assert without_salutation(text) == matter


@pytest.mark.parametrize(
    "text",
    [
        "Hello!",
        "Bonjour à tous,",
        "您好～",
        "Hello? The strap came off.",  # a call
        "history of my orders",
        "Liebe Grüße an das Team",
        "Caro demais, não quero",
        "Dag 5, nog geen pakket",
        "Malam ini belum sampai",
        "안녕히 계세요",
        "the strap came off, hello",
        "",
        "  ",
    ],
)
def test_what_only_greets_or_greets_nobody_stays_whole(text: str) -> None:
    assert without_salutation(text) == text


def test_capitals_are_no_names() -> None:
    assert without_salutation("HELLO MY STRAP, IT CAME OFF") == "MY STRAP, IT CAME OFF"


@given(st.text(max_size=300))
def test_what_is_left_is_the_end_of_the_text_and_says_something(text: str) -> None:
    rest = without_salutation(text)
    assert text.endswith(rest)
    assert rest == text or any(char.isalnum() or char == "_" for char in rest)


def test_a_long_text_is_left_as_it_ends() -> None:
    text = "Hello, " * 40 + "the strap came off"
    assert without_salutation(text).endswith("the strap came off")
    assert without_salutation("Hello, " + "x" * 100_000) == "x" * 100_000


@pytest.mark.parametrize(
    ("greeting", "text", "intent"),
    [
        ("Hello, ", "my teapot arrived in pieces", "item_damaged"),
        ("Guten Tag, ", "Sie haben mir das falsche Kabel geschickt", "item_wrong_or_missing"),
        ("Bonjour à tous, ", "je voudrais une facture", "invoice_request"),
        ("Merhaba, ", "şarj aletinden duman çıktı", "safety_issue"),
        ("您好～", "我要退款", "refund_request"),
        ("สวัสดีค่ะ ", "ได้ของผิดชิ้นค่ะ", "item_wrong_or_missing"),
    ],
)
def test_a_greeting_changes_nothing_in_what_is_read(greeting: str, text: str, intent: str, reader: MessageReader) -> None:
    plain, greeted = reader.read_many([Message(id="1", text=text), Message(id="2", text=greeting + text)])
    assert greeted.intent == plain.intent == intent
    assert greeted.text == greeting + text
