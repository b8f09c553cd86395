from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import get_args

import holidays
import pytest
import yaml
from babel import Locale
from babel.numbers import list_currencies

from cs_assist.errors import DataFileError, UnknownMarketError
from cs_assist.markets.market import DATA, CompensationKind, Market, MarketLanguages, find_market, load_market, market_codes
from cs_assist.reply.phrases import phrase_languages

CODES = sorted(market_codes())
#: What a reply may have to say of the law, in every market: known, or said to be unknown.
RIGHTS = (
    "withdrawal_days", "withdrawal_refund_days", "return_postage_payer", "guarantee_months", "import_vat", "import_duty",
    "marketing_contact", "privacy_law", "privacy_answer_days", "ai_disclosure", "service_clock",
)  # fmt: skip
GROUND = "certainty: general, source: s, reviewed: 2026-11-22"
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
    assert names - market_codes() == bases | {"_observances", "_platforms"}
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
    # A bank of one country's own, such as es-AR, is its market's.
    own = {tag for tag in phrase_languages() if tag.rpartition("-")[2] in CODES}
    assert phrase_languages() - spoken - own <= {"hi-Latn"}


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
    base = WORLD[: WORLD.index("\nfacts:")]
    base += f"\npayments: [cash, card]\nfacts:\n  one: {fact.format(1)}\n  two: {fact.format(2)}\n"
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
        ("wishes: [year_end]", "wishes: [diwali]", "wishes"),
        ("compensation: {order: [refund, ", "compensation: {order: [cash, ", "compensation.order.0"),
        ("compensation: {order: [refund, replacement, ", "compensation: {order: [refund, refund, ", "compensation"),
        ('  greeting: "', '  greeting: "" #', "manners.greeting"),
        ('holidays: "GB"', "patience: 3", "patience"),
        ('holidays: "GB"', 'contact: {windows: [{start: "16:00", end: "14:00"}]}', "contact.windows.0"),
        ('holidays: "GB"', 'quiet_hours: {start: "21:00", end: "21:00"}', "quiet_hours"),
        (
            'holidays: "GB"',
            'quiet_hours: {start: "18:00", end: "17:30"}',
            "quiet_hours",
        ),
        ('holidays: "GB"', 'business_hours: {start: "17:00", end: "09:00"}', "business_hours"),
        ('holidays: "GB"', "answer_within_hours: {email: -2}", "answer_within_hours.email"),
        ('holidays: "GB"', "contact: {answers_wait: [live_chat]}", "contact.answers_wait.0"),
        (
            'holidays: "GB"',
            "clocks: [{kind: answered, hours: 0, certainty: general, source: s, reviewed: 2026-11-22}]",
            "clocks.0.hours",
        ),
    ],
)
def test_a_broken_file_names_file_key_and_line(own: str, broken: str, key: str, tmp_path: Path) -> None:
    text = GB.replace(own, broken, 1)
    assert text != GB
    with pytest.raises(DataFileError) as caught:
        load(tmp_path, QQ=text if own != 'holidays: "GB"' else text + 'holidays: "GB"\n')
    line = next(number for number, content in enumerate(text.splitlines(), 1) if broken in content)
    assert (caught.value.path.name, caught.value.key, caught.value.line) == ("QQ.yaml", key, line)


@pytest.mark.parametrize("said", ["", '    source: " "\n'], ids=["missing", "blank"])
def test_a_country_s_fact_without_a_source_is_refused(said: str, tmp_path: Path) -> None:
    text = f"{GB}  own_fact:\n    value: 3\n    certainty: general\n    reviewed: 2026-11-21\n{said}"
    with pytest.raises(DataFileError) as caught:
        load(tmp_path, QQ=text)
    assert (caught.value.path.name, caught.value.key) == ("QQ.yaml", "facts.own_fact.source")
    there = "source:" if said else "own_fact:"
    assert there in text.splitlines()[(caught.value.line or 0) - 1]


def test_a_fact_that_replaces_the_base_s_needs_its_own_source(tmp_path: Path) -> None:
    text = GB + "  import_vat:\n    value: 3\n    certainty: general\n    reviewed: 2026-11-21\n"
    text = text.replace("  import_vat:", "  import_vat_old:", 1)
    with pytest.raises(DataFileError) as caught:
        load(tmp_path, QQ=text)
    assert (caught.value.path.name, caught.value.key) == ("QQ.yaml", "facts.import_vat.source")
    assert "import_vat:" in text.splitlines()[(caught.value.line or 0) - 1]


def test_a_custom_without_a_ground_is_refused(tmp_path: Path) -> None:
    start = WORLD.index("  tone:\n    certainty")
    with pytest.raises(DataFileError, match="the custom 'tone' has no source") as caught:
        load(tmp_path, base=WORLD[:start] + WORLD[WORLD.index("  answer_within_hours:\n", start) :], QQ=GB)
    assert (caught.value.path.name, caught.value.key) == ("_WORLD.yaml", "customs")


@pytest.mark.parametrize("code", CODES)
def test_every_custom_is_filled_and_says_how_sure_it_is(code: str) -> None:
    market = load_market(code)
    assert all(ground.source for ground in market.customs.values())
    assert set(market.compensation.order) == set(get_args(CompensationKind))
    assert market.manners.greeting != market.manners.closing
    assert set(RIGHTS) <= set(market.facts)


def test_what_is_not_known_of_a_right_is_said_to_be_unknown() -> None:
    fact = load_market("SA").facts["return_postage_payer"]
    assert (fact.value, fact.certainty) == (None, "general")
    assert fact.note


def test_customs_are_grounded_one_by_one() -> None:
    germany, france = load_market("DE"), load_market("FR")
    assert (germany.customs["registers"].certainty, france.customs["registers"].certainty) == ("secondary", "general")
    assert (france.answer_within_hours["email"], load_market("TH").answer_within_hours["email"]) == (48, 2)
    assert germany.contact.answers_wait == ("email",)
    assert [(w.start.hour, w.end.hour) for w in load_market("BR").contact.windows] == [(14, 16)]


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


def test_the_languages_of_every_market_are_those_of_its_file() -> None:
    languages = MarketLanguages()
    assert dict(languages) == {code: load_market(code).languages for code in market_codes()}
    assert languages.get("XX") is None
    assert languages.get("de") is None  # codes are as the files are named
