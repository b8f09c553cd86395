from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import holidays
import pytest
import yaml
from babel import Locale
from babel.numbers import list_currencies

from cs_assist.errors import DataFileError, UnknownMarketError
from cs_assist.markets.market import DATA, Market, find_market, load_market, market_codes
from cs_assist.reply.phrases import phrase_languages

CODES = sorted(market_codes())
WORLD = (DATA / "_WORLD.yaml").read_text(encoding="utf-8")
GB = (DATA / "GB.yaml").read_text(encoding="utf-8").replace('code: "GB"', 'code: "QQ"', 1)


def load(folder: Path, *, base: str | None = WORLD, **files: str) -> Market:
    """Write a folder of market files, ``QQ`` the one in question, and load it."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    if base is not None:
        (folder / "_WORLD.yaml").write_text(base, encoding="utf-8")
    return load_market("QQ", directory=folder)


def test_every_file_is_a_market_or_a_base_that_one_extends() -> None:
    names = {path.stem for path in DATA.glob("*.yaml")}
    texts = {name: yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8")) for name in names}
    bases = {text["extends"] for text in texts.values() if "extends" in text}
    assert names - market_codes() == bases
    assert len(CODES) >= 40


@pytest.mark.parametrize("code", CODES)
def test_every_market_loads(code: str) -> None:
    market = load_market(code)
    assert market.code == code
    assert timedelta(0) <= abs(market.zone.utcoffset(None) or timedelta(0)) < timedelta(days=1)
    assert market.business_hours.start < market.business_hours.end
    assert set(market.answer_within_hours) >= {"live_chat", "social_dm", "email", "marketplace", "whatsapp", "phone_note"}


@pytest.mark.parametrize("code", CODES)
def test_babel_knows_every_markets_locale_in_its_own_country(code: str) -> None:
    locale = Locale.parse(load_market(code).locale)
    assert locale.territory == code


@pytest.mark.parametrize("code", CODES)
def test_holidays_knows_every_markets_code(code: str) -> None:
    assert holidays.country_holidays(load_market(code).holidays, years=2026)


@pytest.mark.parametrize("code", CODES)
def test_every_market_pays_in_a_currency_that_exists(code: str) -> None:
    assert load_market(code).currency in list_currencies()


@pytest.mark.parametrize("code", CODES)
def test_every_fact_says_where_it_is_from(code: str) -> None:
    market = load_market(code)
    assert market.facts
    assert [name for name, fact in market.facts.items() if not fact.source.strip()] == []


def test_some_market_speaks_every_language_that_we_write() -> None:
    spoken = {language for code in CODES for language in load_market(code).languages}
    assert phrase_languages() - spoken <= {"hi-Latn"}


@pytest.mark.parametrize("code", ["jp", " JP ", "Jp"])
def test_a_code_is_found_in_any_case(code: str) -> None:
    assert load_market(code).name == "Japan"


@pytest.mark.parametrize(
    ("slip", "meant"), [("UK", "GB"), ("uk", "GB"), ("USA", "US"), ("Japan", "JP"), ("ENGLAND", "GB"), ("DEU", "DE")]
)
def test_a_common_slip_is_answered_with_the_code_that_was_meant(slip: str, meant: str) -> None:
    with pytest.raises(UnknownMarketError, match=f"no market data for '{slip}'. Did you mean '{meant}'") as caught:
        load_market(slip)
    assert caught.value.suggestion == meant


@pytest.mark.parametrize("code", ["_WORLD", "_EU", "", "../GB", "12"])
def test_a_base_or_a_path_is_no_market(code: str) -> None:
    with pytest.raises(UnknownMarketError):
        load_market(code)


def test_a_market_inherits_what_it_does_not_say(tmp_path: Path) -> None:
    market = load(tmp_path, QQ=GB)
    assert market.weekend == (6, 7)
    assert market.code == "QQ"


def test_facts_are_merged_and_lists_replaced(tmp_path: Path) -> None:
    fact = '{{value: {}, certainty: general, source: "s", reviewed: 2026-11-21}}'
    base = f"{WORLD}\npayments: [cash, card]\nfacts:\n  one: {fact.format(1)}\n  two: {fact.format(2)}\n"
    own = GB[: GB.index("payments:")] + f"payments: [card]\nfacts:\n  two: {fact.format(3)}\n"
    market = load(tmp_path, base=base, QQ=own)
    assert market.payments == ("card",)
    assert {name: fact.value for name, fact in market.facts.items()} == {"one": 1, "two": 3}


@pytest.mark.parametrize(
    ("own", "broken", "key"),
    [
        ('timezone: "Europe/London"', 'timezone: "Europe/Lodnon"', "timezone"),
        ("name_style: given", "name_style: nick", "name_style"),
        ('currency: "GBP"', 'currency: "pound"', "currency"),
        ("tone: {directness: indirect,", "tone: {directness: rude,", "tone.directness"),
        ('holidays: "GB"', 'holiday: "GB"', "holiday"),
    ],
)
def test_a_broken_file_names_file_key_and_line(own: str, broken: str, key: str, tmp_path: Path) -> None:
    text = GB.replace(own, broken, 1)
    with pytest.raises(DataFileError) as caught:
        load(tmp_path, QQ=text if key != "holiday" else text + 'holidays: "GB"\n')
    line = next(number for number, content in enumerate(text.splitlines(), 1) if broken in content)
    assert (caught.value.path.name, caught.value.key, caught.value.line) == ("QQ.yaml", key, line)


def test_a_fault_in_a_base_names_the_base(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="weekend") as caught:
        load(tmp_path, base=WORLD.replace("weekend: [6, 7]", "weekend: [6, 9]"), QQ=GB)
    assert caught.value.path.name == "_WORLD.yaml"


@pytest.mark.parametrize(
    ("base", "own", "file"),
    [
        (None, GB, "_WORLD.yaml"),
        ("weekend: [", GB, "_WORLD.yaml"),
        ("", GB, "_WORLD.yaml"),
        ("- a\n- b\n", GB, "_WORLD.yaml"),
        (WORLD, "code: [", "QQ.yaml"),
        (WORLD, "", "QQ.yaml"),
        (WORLD, "- a\n", "QQ.yaml"),
        (WORLD, GB.replace("2026-11-21", "2026-13-40", 1), "QQ.yaml"),
    ],
    ids=["no-base", "base-syntax", "empty-base", "base-is-a-list", "syntax", "empty", "list", "impossible-date"],
)
def test_a_file_that_cannot_be_read_is_named(base: str | None, own: str, file: str, tmp_path: Path) -> None:
    with pytest.raises(DataFileError) as caught:
        load(tmp_path, base=base, QQ=own)
    assert caught.value.path.name == file


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "QQ.yaml").write_bytes("name: Côte".encode("latin-1"))
    with pytest.raises(DataFileError, match=r"QQ\.yaml: cannot be read"):
        load_market("QQ", directory=tmp_path)


def test_files_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"extends itself by way of QQ -> _A") as caught:
        load(tmp_path, QQ="extends: _A\n", _A="extends: QQ\n")
    assert caught.value.key == "extends"


def test_a_file_that_says_another_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="says code 'GB', expected 'QQ'"):
        load(tmp_path, QQ=GB.replace('"QQ"', '"GB"', 1))


@pytest.mark.parametrize("code", ["PE", "cr", " ke "])
def test_a_country_without_a_file_is_no_error(code: str) -> None:
    assert find_market(code) is None


@pytest.mark.parametrize(("code", "guess"), [("UK", "GB"), ("USA", "US"), ("Japan", "JP")])
def test_what_is_no_country_is_an_error_that_names_the_nearest(code: str, guess: str) -> None:
    with pytest.raises(UnknownMarketError, match=f"Did you mean '{guess}'"):
        find_market(code)


def test_a_known_market_is_found_in_any_case() -> None:
    market = find_market("jp")
    assert market is not None
    assert market.name == "Japan"
