from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_assist.errors import DataFileError
from cs_assist.guard.context import Context
from cs_assist.guard.rules import Rule, RuleBook, load_packs

BOOK = RuleBook()
PLATFORMS = """
own_shop amazon ebay aliexpress shopee lazada tiktok_shop dhgate etsy walmart temu
mercado_libre rakuten whatsapp messenger _all
"""
PIECES = ["pay ", "review ", "<b>", "@", "好评", "تقييم", "👍", "leave "]
OWN = """
platform: ebay
switched_off: [ebay_contact_email]
rules:
  - id: my_cheap
    severity: block
    certainty: house
    source: our style guide
    reviewed: 2026-11-22
    phrases: {en: ["cheap*"], all: ["billig"]}
    message: we are not cheap
    examples: {pass: {en: ["good value"]}, fail: {en: ["cheap"]}}
"""


def context(language: str = "en", platform: str | None = "ebay", **values: Any) -> Context:
    return Context(**{"language": language, "market": None, "platform": platform, "channel": None, **values})


def examples() -> Iterator[tuple[str, Rule, str, str, bool]]:
    for name, pack in load_packs().items():
        for rule in pack.rules:
            for passes, texts in ((True, rule.examples.passes), (False, rule.examples.fails)):
                yield from ((name, rule, tag, text, passes) for tag, lines in texts.items() for text in lines)


@pytest.mark.parametrize(
    ("pack", "rule", "language", "text", "passes"), [pytest.param(*e, id=f"{e[1].id}-{e[2]}") for e in examples()]
)
def test_every_example_of_every_rule(pack: str, rule: Rule, language: str, text: str, passes: bool) -> None:
    where = context(
        language, None if pack == "_all" else pack, channel="marketplace" if pack == "_all" else None,
        market=rule.markets[0] if rule.markets else None,
    )  # fmt: skip
    assert (rule.id in {finding.rule for finding in BOOK(text, where)}) != passes


def test_every_platform_has_a_pack_and_every_rule_both_kinds_of_example() -> None:
    packs = load_packs()
    assert set(packs) == set(PLATFORMS.split())
    for pack in packs.values():
        for rule in pack.rules:
            assert rule.examples.passes, rule.id
            assert rule.examples.fails, rule.id
            assert rule.id.startswith("platform_" if pack.platform == "_all" else pack.platform), rule.id
            assert rule.reviewed <= date(2027, 12, 31)


def test_what_is_only_general_knowledge_never_blocks() -> None:
    assert not [
        rule.id
        for pack in load_packs().values()
        for rule in pack.rules
        if rule.certainty == "general" and rule.severity == "block"
    ]


def test_a_platforms_own_rule_stands_for_the_common_one() -> None:
    assert [f.rule for f in BOOK("joe@shop.example", context())] == ["ebay_contact_email"]
    assert [f.rule for f in BOOK("joe@shop.example", context(platform="dhgate"))] == ["platform_contact_email"]
    assert [f.rule for f in BOOK("joe@shop.example", context(platform="zalando"))] == ["platform_contact_email"]


def test_in_a_shop_of_ones_own_contact_data_is_welcome() -> None:
    assert list(BOOK("Write to joe@shop.example or +49 151 23456789.", context(platform="own_shop"))) == []
    assert list(BOOK("Write to joe@shop.example.", context(platform=None))) == []


def test_a_channel_adds_its_rules() -> None:
    found = {f.rule for f in BOOK("Buy now!", context(platform=None, channel="whatsapp"))}
    assert found == {"own_shop_marketing", "whatsapp_marketing"}


def test_what_a_seller_switches_off_is_off_with_the_common_rule_that_it_stands_for() -> None:
    assert [f.rule for f in BOOK("joe@shop.example", context())] == ["ebay_contact_email"]
    assert list(BOOK("joe@shop.example", context(allowed=frozenset(["ebay_contact_email"])))) == []
    assert [f.rule for f in BOOK("joe@shop.example", context(allowed=frozenset(["platform_contact_email"])))] == [
        "ebay_contact_email"
    ]


def test_a_rule_that_does_not_hold_here_takes_no_others_place(tmp_path: Path) -> None:
    own = OWN.replace("switched_off: [ebay_contact_email]\n", "")
    own = own.replace("severity: block", "severity: block\n    markets: [JP]\n    instead_of: [ebay_contact_email]")
    (tmp_path / "mine.yaml").write_text(own, encoding="utf-8")
    book = RuleBook(tmp_path)
    assert [f.rule for f in book("joe@shop.example", context(market="GB"))] == ["ebay_contact_email"]
    assert [f.rule for f in book("joe@shop.example", context(market="JP"))] == []


def test_a_status_notice_is_only_noted_where_nobody_asked() -> None:
    text = "Your order has been shipped."
    assert "amazon_status_notice" in {f.rule for f in BOOK(text, context(platform="amazon"))}
    assert "amazon_status_notice" not in {f.rule for f in BOOK(text, context(platform="amazon", customer_text="Where is it?"))}


def test_a_seller_adds_rules_in_the_same_form(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN, encoding="utf-8")
    book = RuleBook(tmp_path)
    assert [f.rule for f in book("a cheap watch", context())] == ["my_cheap"]
    assert [f.rule for f in book("billig", context("de"))] == ["my_cheap"]
    assert list(book("a cheap watch", context(platform="etsy"))) == []
    assert list(book("joe@shop.example", context())) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("certainty: house", "certainty: general", "does not block"),
        ('phrases: {en: ["cheap*"], all: ["billig"]}', "all_of: [nonsense]", "unknown set 'nonsense'"),
        ('phrases: {en: ["cheap*"], all: ["billig"]}', "check: nonsense", "is no check"),
        ('"cheap*"', '"*cheap"', "does not start with a letter"),
        ("message:", "masage:", "rules.0.message"),
        ("severity: block", "severity: block\n    check: email", "one of check"),
        ("severity: block", "severity: block\n    unless_spoken: true", "what blocks does so"),
        ("[ebay_contact_email]", "[ebay_contact_emial]", "Did you mean ebay_contact_email"),
        ("[ebay_contact_email]", "[claim_promise]", "no rule 'claim_promise' of a platform"),
        ("severity: block", "severity: block\n    instead_of: [platform_phone]", "no rule 'platform_phone'"),
        ('fail: {en: ["cheap"]}', 'fail: {en: ["pricey"]}', "'my_cheap': the example 'pricey' (en) should fail"),
        ('pass: {en: ["good value"]}', 'pass: {de: ["Billig!"]}', "'my_cheap': the example 'Billig!' (de) should pass"),
        ('pass: {en: ["good value"]}', "pass: {}", "no example of a text that should pass"),
        ("severity: block", "severity: block\n    applies: [fr]", "the example 'cheap' (en) should fail"),
    ],
)
def test_a_faulty_rule_is_refused_with_its_file(tmp_path: Path, old: str, new: str, problem: str) -> None:
    (tmp_path / "mine.yaml").write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(DataFileError, match=r"mine\.yaml") as caught:
        RuleBook(tmp_path)
    assert problem in str(caught.value)


def test_two_files_of_one_platform_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(OWN, encoding="utf-8")
    with pytest.raises(DataFileError, match=r"b\.yaml.*rules of 'ebay' already"):
        RuleBook(tmp_path)


def test_two_rules_with_one_id_are_refused(tmp_path: Path) -> None:
    head, body = OWN.split("rules:\n")
    (tmp_path / "mine.yaml").write_text(f"{head}rules:\n{body}{body}", encoding="utf-8")
    with pytest.raises(DataFileError, match="two rules have the id 'my_cheap'"):
        RuleBook(tmp_path)


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=8), st.sampled_from(["pay ", "review ", "<b>", "@", "好评", "تقييم", "👍", "leave "])),
        max_size=12,
    ).map("".join),
    st.sampled_from(["en", "zh-Hans", "ar", "th", "ru", "xx"]),
    st.sampled_from(["amazon", "ebay", "own_shop", None, "nowhere"]),
)
def test_any_text_can_be_checked_and_spans_fit(text: str, language: str, platform: str | None) -> None:
    for finding in BOOK(text, context(language, platform)):
        assert 0 <= finding.start <= finding.end <= len(text)


@pytest.mark.parametrize("piece", ["leave us a ", "w h a t ", "a@", "joe (at) ", "1 2 3 ", "DE89 3704 0044 ", "<a "])
def test_a_million_hostile_characters_come_to_an_end(piece: str) -> None:
    list(BOOK((piece * 1_000_000)[:1_000_000], context()))


def test_words_of_an_offer_that_the_customer_or_the_evidence_has_answer() -> None:
    def found(customer: str, *evidence: str) -> list[str]:
        where = Context("en", "GB", "own_shop", None, evidence, customer)
        return [finding.rule for finding in RuleBook()("The special offer ends on Friday.", where)]

    assert found("Is it in stock?") == ["own_shop_marketing"]
    assert found("When does the special offer end?") == []
    assert found("Is it in stock?", "special offer until Friday") == []


@pytest.mark.parametrize("platform", ["amazon", "etsy", "walmart"])
def test_what_a_platform_forbids_is_forbidden_though_the_customer_spoke_of_it(platform: str) -> None:
    where = Context("en", "US", platform, None, ("special offer until Friday",), "When does the special offer end?")
    found = [(finding.rule, finding.severity) for finding in BOOK("The special offer ends on Friday.", where)]
    assert (f"{platform}_marketing", "block") in found


def test_a_folder_of_rules_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="no folder of rules"):
        RuleBook(tmp_path / "none")
