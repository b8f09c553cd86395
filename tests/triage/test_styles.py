from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.datafile import load_yaml
from cs_assist.markets.market import load_market
from cs_assist.triage.styles import DATA, STYLES, StyleFile, style_of
from cs_assist.types import LANGUAGES

FILE = load_yaml(DATA, StyleFile)


def told(language: str, text: str, market: str | None = None) -> str:
    return style_of(language, [text], market=market, spoken=load_market(market).languages if market else ())


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("vos sabés si ya salió mi compra?", "es-419"),
        ("Pagué 900 pesos en el Oxxo", "es-419"),
        ("la computadora no prende", "es-419"),
        ("me pasan el número de guía?", "es-419"),
        ("ustedes me lo cobraron dos veces", "es-419"),
        ("¿cuándo me lo mandáis?", "es"),
        ("el ordenador que enviasteis no va", "es"),
        ("Dieciséis días sin noticias", "es"),
        ("Cadê o rastreio?", "pt-BR"),
        ("Estou aguardando resposta desde segunda", "pt-BR"),
        ("paguei no PIX, meu CPF está no pedido", "pt-BR"),
        ("Bom dia, me mandaram a cor errada", "pt-BR"),
        ("estou a tentar registar-me", "pt"),
        ("já vos dei a morada e o contacto", "pt"),
        ("o telemóvel veio partido", "pt"),
    ],
)
def test_wording_alone_tells_the_style(text: str, style: str) -> None:
    assert told(style[:2], text) == style


@pytest.mark.parametrize(
    ("text", "market", "style"),
    [
        ("hola", "MX", "es-419"),
        ("quiero devolverlo", "ES", "es"),
        ("ok", "BR", "pt-BR"),
        ("obrigado", "PT", "pt"),
        ("no llegó nada", "US", "es-419"),
        ("muito obrigada", "ES", "pt"),
    ],
)
def test_where_the_wording_is_silent_the_market_tells_the_style(text: str, market: str, style: str) -> None:
    assert told(style[:2], text, market) == style


@pytest.mark.parametrize(
    ("text", "market", "style"),
    [
        ("¿atienden ustedes los sábados?", "ES", "es"),
        ("llegó sin el auto de control remoto", "ES", "es"),
        ("vocês têm em azul? é para um pedido grande", "PT", "pt"),
        ("a tela do quadro está rasgada", "PT", "pt"),
        ("a minha encomenda e a fatura, olá?", "BR", "pt-BR"),
        ("mi coche y mis gafas", "MX", "es-419"),
    ],
)
def test_a_word_that_only_leans_does_not_outweigh_the_market(text: str, market: str, style: str) -> None:
    assert told(style[:2], text, market) == style


@pytest.mark.parametrize(
    ("text", "market", "style"),
    [
        ("Vcs entregam em Braga? Cadê o link do boleto", "PT", "pt-BR"),
        ("oi, estou esperando o reembolso", "ES", "pt-BR"),
        ("che, tenés la remera en negro?", "ES", "es-419"),
        ("¿lo podéis enviar a Toledo?", "MX", "es"),
        ("o meu telemóvel está a ser reparado?", "BR", "pt"),
    ],
)
def test_clear_wording_outweighs_the_market(text: str, market: str, style: str) -> None:
    assert told(style[:2], text, market) == style


@pytest.mark.parametrize(
    ("language", "market", "style"),
    [
        ("es", "PE", "es-419"),
        ("es", "pe", "es-419"),
        ("es", "GQ", "es"),
        ("pt", "AO", "pt"),
        ("es", "DE", "es"),
        ("pt", "??", "pt"),
    ],
)
def test_a_country_without_market_data_follows_the_locales(language: str, market: str, style: str) -> None:
    assert style_of(language, ["123"], market=market) == style


@pytest.mark.parametrize(
    ("hints", "market", "style"),
    [
        (["es-MX"], "ES", "es-419"),
        ([None, "es_419"], None, "es-419"),
        (["es"], "MX", "es-419"),
        (["es-ES", "es-AR"], None, "es"),
        (["pt-BR"], "ES", "es"),
        ([""], "MX", "es-419"),
    ],
)
def test_the_first_hint_that_names_a_style_outweighs_the_market(hints: list[str | None], market: str | None, style: str) -> None:
    assert style_of("es", ["hola"], market=market, hints=hints) == style


def test_earlier_words_count_and_each_word_once() -> None:
    assert style_of("es", ["y entonces?", "ahorita no puedo"]) == "es-419"
    assert style_of("pt", ["vocês " * 50], market="PT", spoken=["pt"]) == "pt"


def test_decomposed_and_capital_letters_are_the_same_words() -> None:
    assert told("pt", "CADE\u0302 MEU PEDIDO") == "pt-BR"


@given(st.sampled_from([*LANGUAGES, "fi", "und"]), st.text(), st.sampled_from([None, "ES", "BR", "DE", "", "1"]))
def test_any_text_gives_the_language_or_its_style(language: str, text: str, market: str | None) -> None:
    assert style_of(language, [text], market=market) in (language, STYLES.get(language, language))


def test_no_phrase_is_listed_twice_and_all_four_styles_are_there() -> None:
    assert set(FILE.styles) == {*STYLES, *STYLES.values()}
    for pair in STYLES.items():
        phrases = Counter(
            words
            for style in pair
            for listed in FILE.styles[style].values()
            for phrase in listed
            for words in product(*(word.split("|") for word in phrase.split()))
        )
        assert [words for words, n in phrases.items() if n > 1] == []


def test_one_word_that_decides_outweighs_what_is_expected_and_one_that_tells_does_not() -> None:
    weights = FILE.weights
    assert weights.leans < weights.tells < weights.expected < weights.decides
    assert weights.tells + weights.leans < weights.expected < 2 * weights.tells
