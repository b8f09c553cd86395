from __future__ import annotations

import logging
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_assist.errors import MessageError
from cs_assist.guard.context import Context
from cs_assist.guard.privacy import Vault, find_private, private_data

from .private_cases import Case, cases

LANGUAGES = sorted({case.language for case in cases()})
#: Pieces that private values and what stands around them are made of.
PIECES = st.sampled_from(
    [
        "kate@example.com", "+49 170 1234567", "4111 1111 1111 1111", "DE89370400440532013000", "order ",
        "my name is ", "Anna", " ", "12 Baker Street", "\n", "password: ", "hunter2", "[EMAIL_1]", "［email_2］",
        "1990-05-03", "born ", "é", "\u0301", "\u200b", "١٢٣", "７８", "😀", "田中様", "王先生", "김민수님", "서울시 ",
        "ซอย", "ul. ", "Straße 5", "〒150-0001", "ssn 219-09-9999", "(", "#1234", ":", ",",
    ]
)  # fmt: skip


def letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


TEXTS = st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=20).map("".join))


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.language}: {case.text[:40]!r}")
def test_what_people_give_away_is_found_and_nothing_else(case: Case) -> None:
    found = [(span.type, span.start, span.end) for span in find_private(case.text, language=case.language)]
    assert found == list(case.spans)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_harmless_neighbours_and_private_values(language: str) -> None:
    ours = [case for case in cases() if case.language == language]
    assert sum(not case.spans for case in ours) >= 3
    assert len({kind for case in ours for kind, _, _ in case.spans}) >= 5


@pytest.mark.parametrize("case", cases()[:60], ids=lambda case: f"{case.language}: {case.text[:40]!r}")
def test_the_masked_text_has_no_value_left_and_comes_back_whole(case: Case) -> None:
    vault = Vault()
    masked = vault.mask(case.text, language=case.language)
    for kind, start, end in case.spans:
        assert case.text[start:end] not in masked.text
        assert f"[{kind.upper()}_1]" in masked.text
    assert vault.restore(masked.text) == case.text


@settings(deadline=None, max_examples=300)
@given(
    text=TEXTS, market=st.sampled_from([None, "DE", "BR", "JP", "US", "IN"]), language=st.sampled_from([None, "de", "ja", "xx"])
)
def test_spans_are_inside_the_text_in_order_and_apart(text: str, market: str | None, language: str | None) -> None:
    end = 0
    for span in find_private(text, market=market, language=language):
        assert end <= span.start < span.end <= len(text)
        assert span.value == text[span.start : span.end]
        end = span.end


@settings(deadline=None, max_examples=300)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_what_was_masked_comes_back_also_in_a_vault_of_many_turns(texts: list[str]) -> None:
    vault = Vault()
    for text in texts:
        # One value may be written in two ways; the first one comes back for both.
        assert letters(vault.restore(vault.mask(text).text)) == letters(text)


def test_one_value_has_one_placeholder_throughout_a_conversation() -> None:
    vault = Vault()
    assert vault.mask("Mail kate@example.com or call +49 170 1234567").text == "Mail [EMAIL_1] or call [PHONE_1]"
    assert (
        vault.mask("again: KATE@example.com, bob@example.com, +49-170-1234567").text == "again: [EMAIL_1], [EMAIL_2], [PHONE_1]"
    )
    again = Vault(vault.known)
    assert again.mask("kate@example.com, eve@example.com").text == "[EMAIL_1], [EMAIL_3]"
    assert again.restore("to [EMAIL_2]") == "to bob@example.com"


def test_a_placeholder_is_known_as_models_write_it() -> None:
    vault = Vault()
    vault.mask("kate@example.com")
    assert (
        vault.restore("［EMAIL_1］ [email_1] 【 EMAIL_1 】 [EMAIL_9]")
        == "kate@example.com kate@example.com kate@example.com [EMAIL_9]"
    )


def test_a_placeholder_that_the_customer_wrote_never_gets_another_value() -> None:
    vault = Vault()
    masked = vault.mask("[EMAIL_1] kate@example.com")
    assert masked.text == "[EMAIL_1] [EMAIL_2]"
    assert [span.value for span in masked.spans] == ["kate@example.com"]
    assert vault.restore("[EMAIL_1]") == "[EMAIL_1]"
    later = vault.mask("tell me [EMAIL_2]")
    assert later.text == "tell me [EMAIL_3]"
    assert vault.restore(later.text) == "tell me [EMAIL_2]"


def test_a_key_that_is_no_placeholder_is_refused() -> None:
    with pytest.raises(MessageError, match="no placeholder"):
        Vault({"email": "kate@example.com"})


def test_what_is_shown_or_logged_of_results_has_no_values(caplog: pytest.LogCaptureFixture) -> None:
    vault = Vault()
    masked = vault.mask("Mail kate@example.com, card 4111 1111 1111 1111")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("%r %r", vault, masked)
    for shown in (repr(vault), repr(masked), str(masked.spans), caplog.text):
        assert "kate" not in shown
        assert "4111" not in shown


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Mail me: ｋａｔｅ＠ｅｘａｍｐｌｅ．ｃｏｍ 😀", "ｋａｔｅ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
        ("😀😀 kate\u200b@example.com", "kate\u200b@example.com"),
        ("card ٤١١١ ١١١١ ١١١١ ١١١١", "٤١١١ ١١١١ ١١١١ ١١١١"),
        ("My name is Jose\u0301 A\u0301lvarez.", "Jose\u0301 A\u0301lvarez"),
        ("カード番号４１１１１１１１１１１１１１１１", "４１１１１１１１１１１１１１１１"),
    ],
)
def test_values_in_other_forms_of_signs_are_found_whole(text: str, value: str) -> None:
    assert [span.value for span in find_private(text)] == [value]


@pytest.mark.parametrize(
    "piece",
    ["1", "12 ", "4111 1111 1111 1111 ", "DE89 3704 ", "a@", "my name is Anna ", "Mr ", "12 Baker Street ", "apt 5 ",
     "password: ", "(", "カナ様", "路号市", "ซอย1", "서울 강남구 ", "Paris 75001 ", "\u0301", "\u200b", "order 12345678 ", "eyJ", "://a:"],
)  # fmt: skip
def test_long_runs_of_anything_end(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    for span in find_private(text, market="DE", language="de"):
        assert text[span.start : span.end] == span.value


def _context(**given: object) -> Context:
    base = {"language": "en", "market": "GB", "platform": None, "channel": "email", "on": date(2026, 11, 22)}
    return Context(**{**base, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("We refunded card 4111 1111 1111 1111.", "private_card"),
        ("Your national insurance number AB 12 34 56 C is on file.", "private_national_id"),
        ("Your new password: Kx7!pq2z", "private_password"),
        ("Your date of birth 3 March 1991 does not match.", "private_date_of_birth"),
        ("Refund to DE89 3704 0044 0532 0130 00", "private_iban"),
    ],
)
def test_some_things_are_never_repeated_though_the_customer_wrote_them(text: str, rule: str) -> None:
    findings = list(private_data(text, _context(customer_text=text)))
    assert [(f.rule, f.severity) for f in findings] == [(rule, "block")]
    assert all(0 <= f.start < f.end <= len(text) for f in findings)


def test_contact_data_is_blocked_unless_it_is_the_shops_or_the_customers_own() -> None:
    text = "Write to help@shop.example."
    assert [f.severity for f in private_data(text, _context())] == ["block"]
    assert [f.severity for f in private_data(text, _context(customer_text="my mail is HELP@shop.example"))] == ["note"]
    assert not list(private_data(text, _context(evidence=("Contact: help@shop.example",))))
    assert not list(private_data(text, _context(allowed=frozenset(["private_email"]))))


def test_the_message_of_a_finding_does_not_repeat_the_value() -> None:
    (finding,) = private_data("Call +44 20 7946 0958", _context())
    assert "7946" not in finding.message


@pytest.mark.parametrize(
    "text", ["", "Dear Anna, your order 123-1234567-1234567 is on its way.", "Thanks for your patience, Mr Price."]
)
def test_ordinary_replies_pass(text: str) -> None:
    assert not list(private_data(text, _context()))


@pytest.mark.parametrize(
    ("market", "text", "evidence", "blocked"),
    [
        ("RU", "Забрать заказ можно в пункте на улице Гагарина, 14.", "Пункт выдачи: ул. Гагарина, д. 14, 10:00–20:00", False),
        ("AE", "العنوان: فيلا ١٢، شارع النهضة، الشارقة.", "address changed to Villa 12, Al Nahda St, Sharjah", False),
        ("DE", "Die Werkstatt ist in der Lindenstraße 8, 10969 Berlin.", "Workshop: Lindenstr. 8, 10969 Berlin", False),
        ("DE", "Die Werkstatt ist in der Lindenstraße 9, 10969 Berlin.", "Workshop: Lindenstr. 8, 10969 Berlin", True),
        ("GB", "It went to 14 Hill Road, Leeds.", "parcel delivered 14 November", True),
    ],
)
def test_an_address_of_the_evidence_may_be_written_in_other_words(market: str, text: str, evidence: str, blocked: bool) -> None:
    context = Context({"RU": "ru", "AE": "ar", "DE": "de", "GB": "en"}[market], market, None, None, (evidence,))
    assert ("private_address" in [finding.rule for finding in private_data(text, context)]) is blocked
