from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import EncoderError
from cs_assist.triage.language import BUCKETS, MODEL, WINDOW, LanguageHead, LanguageReader, ngrams, words_of
from cs_assist.types import LANGUAGES

READER = LanguageReader()
SAYINGS = {
    "ar": "أين طلبي؟ لم يصل حتى الآن",
    "de": "Wo bleibt meine Bestellung? Sie ist noch nicht da.",
    "en": "Where is my order? It has not arrived yet.",
    "es": "¿Dónde está mi pedido? Todavía no ha llegado.",
    "fr": "Où est ma commande ? Elle n'est pas encore arrivée.",
    "hi": "मेरा ऑर्डर कहाँ है? अभी तक नहीं आया है।",
    "hi-Latn": "Mera order kahan hai? Abhi tak nahi aaya hai.",
    "id": "Di mana pesanan saya? Barangnya belum sampai juga nih.",
    "it": "Dov'è il mio ordine? Non è ancora arrivato.",
    "ja": "注文した商品がまだ届きません。",
    "ko": "주문한 상품이 아직 도착하지 않았어요.",
    "ms": "Di mana pesanan saya? Barang masih belum sampai lagi, boleh semak tak?",
    "nl": "Waar blijft mijn bestelling? Die is nog niet aangekomen.",
    "pl": "Gdzie jest moje zamówienie? Jeszcze nie dotarło.",
    "pt": "Onde está a minha encomenda? Ainda não chegou.",
    "ru": "Где мой заказ? Он ещё не пришёл.",
    "sv": "Var är min beställning? Den har inte kommit än.",
    "th": "สินค้าที่สั่งยังไม่มาเลยค่ะ",
    "tr": "Siparişim nerede? Hâlâ gelmedi.",
    "vi": "Đơn hàng của tôi đâu? Vẫn chưa nhận được.",
    "zh-Hans": "我的订单在哪里？还没有收到货。",
    "zh-Hant": "我的訂單在哪裡？還沒有收到貨。",
}


@pytest.mark.parametrize(("language", "text"), SAYINGS.items())
def test_a_plain_sentence_is_told_in_every_language(language: str, text: str) -> None:
    assert READER.read(text)[0][0] == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "Missä tilaukseni on? Se ei ole vielä saapunut perille, vaikka odotin viikon."),
        ("el", "Πού είναι η παραγγελία μου; Δεν έχει φτάσει ακόμα."),
        ("he", "איפה ההזמנה שלי? היא עדיין לא הגיעה."),
    ],
)
def test_a_language_that_is_not_ours_is_named(language: str, text: str) -> None:
    assert language not in LANGUAGES
    assert READER.read(text)[0][0] == language


def test_there_is_a_sentence_for_every_language_of_the_head() -> None:
    assert set(READER.labels) - {"mis"} == set(SAYINGS)
    styles = {"es-419", "pt-BR"}
    assert set(LANGUAGES) - styles == set(SAYINGS)


@pytest.mark.parametrize(
    "text", ["", "  ", "12345 !!", "😀", "https://www.shop.example/wo-ist-mein-paket", "wo.ist@mein.example"]
)
def test_without_words_or_prior_the_language_is_undetermined(text: str) -> None:
    assert READER.read(text) == [("und", 1.0)]


@pytest.mark.parametrize("prior", [{}, {"xx": 1.0}, {"ja": 0.0}, None])
def test_a_prior_that_says_nothing_changes_nothing(prior: dict[str, float] | None) -> None:
    assert READER.read("12345", prior=prior) == [("und", 1.0)]
    assert READER.read("Hallo", prior=prior) == READER.read("Hallo")


def test_the_prior_decides_where_the_text_says_little() -> None:
    assert READER.read("ok", prior={"ja": 1.0})[0][0] == "ja"
    assert READER.read("12345", prior={"sv": 1.0, "en": 0.5})[0][0] == "sv"


@pytest.mark.parametrize("language", sorted(SAYINGS))
def test_the_prior_does_not_outvote_a_plain_sentence(language: str) -> None:
    other = "ja" if language != "ja" else "en"
    assert READER.read(SAYINGS[language], prior={other: 1.0})[0][0] == language


def test_addresses_and_digits_do_not_tell_a_language() -> None:
    text = SAYINGS["de"]
    assert READER.read(f"{text} https://shop.example/where-is-my-order 12345") == READER.read(text)


def test_the_same_text_reads_the_same_from_many_threads() -> None:
    text = SAYINGS["ms"]  # one that asks for the second opinion
    expected = READER.read(text)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(LanguageReader().read, [text] * 8)) == [expected] * 8


@given(
    st.one_of(st.text(), st.sampled_from(sorted(SAYINGS.values()))),
    st.dictionaries(st.sampled_from(["ja", "de", "xx"]), st.floats(0, 9)),
)
def test_a_ranking_is_sorted_and_sums_to_one(text: str, prior: dict[str, float]) -> None:
    ranked = READER.read(text, prior=prior)
    probabilities = [p for _, p in ranked]
    assert sum(probabilities) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in probabilities)
    assert probabilities == sorted(probabilities, reverse=True)


@given(st.text())
def test_ngrams_are_buckets_of_the_first_window(text: str) -> None:
    buckets = ngrams(text)
    assert ((buckets >= 0) & (buckets < BUCKETS)).all()
    assert len(words_of(text)) <= WINDOW
    assert np.array_equal(buckets, ngrams(f"{text} 12345"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("મારું પાર્સલ ક્યારે આવશે", "gu"),
        ("నా పార్సెల్ ఎక్కడ ఉంది", "te"),
        ("สินค้าถึงเมื่อไหร่", "th"),
        ("როდის მოვა ამანათი", "ka"),
        ("πότε θα έρθει το δέμα μου", "el"),
        ("ＷＨＥＮ ＤＯＥＳ ＩＴ ＡＲＲＩＶＥ", "en"),
        ("𝖂𝖍𝖊𝖓 𝖉𝖔𝖊𝖘 𝖒𝖞 𝖕𝖆𝖗𝖈𝖊𝖑 𝖈𝖔𝖒𝖊", "en"),
        ("ﻣﺘﻰ ﺗﺼﻞ ﺍﻟﺸﺤﻨﺔ", "ar"),
        ("ﾆﾓﾂﾊ ｲﾂ ﾄﾄﾞｷﾏｽｶ", "ja"),
        ("w h e n  d o e s  i t  c o m e", "en"),
    ],
)
def test_a_language_is_told_within_its_script_and_in_any_form_of_its_letters(text: str, language: str) -> None:
    assert READER.read(text)[0][0] == language


@pytest.mark.parametrize(("text", "market"), [("返品", "ja"), ("未着", "ja"), ("交換", "zh-Hant"), ("发货", "zh-Hans")])
def test_of_a_few_characters_that_are_chinese_or_japanese_what_is_expected_decides(text: str, market: str) -> None:
    assert READER.read(text, prior={market: 1.0})[0][0] == market


@pytest.mark.parametrize("text", ["sí", "già", "não", "où?", "för"])
def test_a_word_with_an_accent_alone_is_no_foreign_language(text: str) -> None:
    assert READER.read(text)[0][0] in READER.labels
    assert READER.read(text)[0][0] != "mis"


def test_words_count_behind_links_and_numbers() -> None:
    before = "https://shop.example/" + "a1b2" * 60 + " 4471-2290-18 " * 100
    assert READER.read(f"{before} Wann kommt denn nun mein Paket, bitte?")[0][0] == "de"


def test_a_head_without_letters_to_read_says_nothing() -> None:
    assert not LanguageHead().logits("123 !").any()


def damaged(kind: str) -> bytes:
    whole = MODEL.read_bytes()
    middle = len(whole) // 2
    return {
        "empty": b"",
        "text": b"hello",
        "truncated": whole[:middle],
        "altered": whole[:middle] + bytes(b ^ 255 for b in whole[middle : middle + 64]) + whole[middle + 64 :],
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "altered"])
def test_a_damaged_head_is_an_encoder_error_that_names_the_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "language.npz"
    path.write_bytes(damaged(kind))
    with pytest.raises(EncoderError, match=r"the weights in '.*language\.npz' cannot be read"):
        LanguageHead(path)
    gc.collect()  # a file that was left open is told here, not in some later test


def test_a_missing_head_is_an_encoder_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="Reinstall cs-assist"):
        LanguageHead(tmp_path / "none.npz")
