from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.claims import RULES, Claims
from cs_assist.guard.context import Context
from cs_assist.guard.statements import CLAIMS, TOPICS
from cs_assist.guard.words import load_words
from cs_assist.types import LANGUAGES

CASES = yaml.safe_load((Path(__file__).parent / "claims.yaml").read_text(encoding="utf-8"))


def rules(text: str, language: str, *evidence: str, **more: bool) -> set[str]:
    return {finding.rule for finding in Claims(**more)(text, Context(language, None, None, None, evidence))}


def cases(*, harmless: bool) -> Iterator[tuple[str, str, str]]:
    for language, several in CASES.items():
        for rule, texts in several.items():
            if (rule == "harmless") is harmless:
                yield from ((language, rule, text) for text in texts)


@pytest.mark.parametrize(("language", "rule", "text"), list(cases(harmless=False)))
def test_claims_that_nothing_bears_out_are_found(language: str, rule: str, text: str) -> None:
    assert rule in rules(text, language)


@pytest.mark.parametrize(("language", "rule", "text"), list(cases(harmless=True)))
def test_what_every_shop_writes_is_no_claim(language: str, rule: str, text: str) -> None:
    assert rules(text, language) == set()


def test_every_language_has_examples_and_every_set_of_claims() -> None:
    assert {language.split("-4")[0].replace("pt-BR", "pt") for language in LANGUAGES} <= CASES.keys()
    for path in CLAIMS.glob("*.yaml"):
        assert {rule.words for rule in RULES.values()} <= load_words(CLAIMS, path.stem).sets.keys(), path.stem


def test_only_known_sets_are_in_the_files() -> None:
    manner = {"neg", "harmless", "free", "you_pay", "included", "excluded", "before", "after", "only", "conditional"}
    manner |= {"neg_too", "free_too", "you_pay_too", "task", "law", "discount"}
    manner |= {"except", "needless", "asked", "bars"}
    for path in CLAIMS.glob("*.yaml"):
        names = {name.removesuffix("_not") for name in load_words(CLAIMS, path.stem).sets}
        assert names <= TOPICS | manner | {rule.words for rule in RULES.values()}, path.stem


def test_a_task_makes_a_promise_true() -> None:
    assert rules("A colleague will look into it.", "en", task_created=True) == set()
    assert Claims()("A colleague will look into it.", Context("en", None, None, None), task_created=True) == ()


def test_evidence_may_make_a_claim() -> None:
    assert rules("You will get a full refund.", "en", "Refunds are paid to the card.") == set()
    assert rules("You will get a full refund.", "en", "Delivery takes 3 days.") == {"claim_refund"}


def test_a_figure_for_duty_needs_evidence() -> None:
    assert "claim_duty_figure" in rules("Customs duty is about 20 €.", "en", "Customs sets the duty.")
    assert rules("Customs duty is 20%.", "en", "Customs duty is 20%.") == set()


def test_an_admission_only_warns_where_the_seller_allows_it() -> None:
    (finding,) = Claims(liability_forbidden=False)("We accept full liability.", Context("en", None, None, None))
    assert (finding.rule, finding.severity) == ("claim_liability", "warn")


def test_a_rule_that_is_switched_off_is_silent() -> None:
    context = Context("en", None, None, None, allowed=frozenset(["claim_promise"]))
    assert Claims()("I will call you tomorrow.", context) == ()


@given(st.text(max_size=300), st.sampled_from(sorted(LANGUAGES)))
def test_no_text_raises_and_spans_are_inside(text: str, language: str) -> None:
    for finding in Claims()(text, Context(language, None, None, None, (text,))):
        assert 0 <= finding.start <= finding.end <= len(text)


RECORD = (
    "order 4412 cancelled 2026-11-20 at request; EUR 62.00 back to same card",
    "task T-9: Anna calls customer on 24 Nov 2026",
)


@pytest.mark.parametrize(
    ("text", "rule", "evidence"),
    [
        ("We have cancelled your order.", "claim_done", RECORD[:1]),
        ("I will call you on 24 November.", "claim_promise", RECORD[1:]),
        ("You get 12% off your order.", "claim_discount", ("From 20 pieces: 12% for everybody",)),
        ("We'll send you a free replacement lid.", "claim_free_goods", ("Spare lids cost nothing, no charge",)),
        ("Customs duty is not in your total of EUR 62.00.", "claim_duty_figure", RECORD[:1]),
    ],
)
def test_notes_of_a_case_bear_a_claim_out(text: str, rule: str, evidence: tuple[str, ...]) -> None:
    assert rule in rules(text, "en")
    assert rule not in rules(text, "en", *evidence)


@pytest.mark.parametrize(
    ("text", "rule", "evidence"),
    [
        ("We have cancelled your order.", "claim_done", ("Orders can be cancelled until they leave our warehouse.",)),
        ("We have cancelled your order.", "claim_done", ("placed at: 2026-11-02", "promised date: 2026-11-20")),
        ("You get 25% off your order.", "claim_discount", ("From 20 pieces: 12% for everybody",)),
        ("We'll send you a free replacement lamp.", "claim_free_goods", ("The lamp costs EUR 20.",)),
        ("You can keep the item.", "claim_free_goods", ("Personalised items cannot be returned.",)),
    ],
)
def test_other_notes_do_not(text: str, rule: str, evidence: tuple[str, ...]) -> None:
    assert rule in rules(text, "en", *evidence)


@pytest.mark.parametrize(
    ("language", "text", "evidence"),
    [
        ("de", "Sie können zwischen kostenlosem Ersatz und voller Erstattung wählen.", "可选择免费补发或全额退款，无需退回。"),
        ("en", "You will get a full refund.", "Vous serez remboursé, sans renvoyer l'article."),
        ("es", "Las facturas se guardan seis años por ley.", "Invoices are kept for six years as required by law."),
        ("zh-Hans", "发票依法保存六年。", "Rechnungen werden gesetzlich sechs Jahre aufbewahrt."),
        ("ms", "Anda tidak perlu membayar cukai lagi.", "Tax was collected at checkout, no further tax on delivery."),
        ("sv", "Som kompensation får du 200 poäng.", "compensation: 200 bonus points credited"),
        ("nl", "Je kortingscode LENTE9 was geldig tot mei.", "Kortingscode LENTE9: geldig tot mei."),
    ],
)
def test_evidence_bears_a_claim_out_in_any_language(language: str, text: str, evidence: str) -> None:
    assert rules(text, language) & set(RULES)
    assert rules(text, language, evidence) == set()


@pytest.mark.parametrize(
    ("language", "text", "evidence"),
    [
        ("en", "You will get a full refund.", "No refund after 30 days."),
        ("en", "Use the discount code SAVE40.", "There are no discount codes."),
        ("en", "Here is a 40% discount.", "discount 10 %"),
    ],
)
def test_evidence_that_denies_a_claim_or_has_other_figures_does_not(language: str, text: str, evidence: str) -> None:
    assert rules(text, language, evidence)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Choose “You forgot to pay” on the next page."),
        ("zh-Hant", "怪不得您著急。"),
        ("de", "Der Preis ist bis zum Erscheinen garantiert."),
        ("ru", "Счёт выписываем для юридических лиц."),
        ("en", "These parcels are no longer duty free."),
    ],
)
def test_labels_and_other_senses_are_no_claims(language: str, text: str) -> None:
    assert rules(text, language) == set()


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [
        ("en", "We'll phone you back.", "claim_promise"),
        ("en", "We are checking this and will keep you posted, and will be in touch.", "claim_promise"),
        ("ar", "سيهتم زميلنا بطلبكم.", "claim_promise"),
        ("hi", "हमारे साथी इसे देखेंगे।", "claim_promise"),
        ("hi-Latn", "Hamare colleague aaj dekhenge.", "claim_promise"),
        ("id", "Nanti saya akan telepon Ibu.", "claim_promise"),
        ("it", "Un collega se ne occuperà.", "claim_promise"),
        ("pt-BR", "Amanhã te telefono.", "claim_promise"),
        ("de", "Der Mixer wurde offenbar unsachgemäß verwendet.", "claim_blame"),
        ("fr", "Vous avez sûrement mal branché le câble.", "claim_blame"),
        ("id", "Anda sendiri yang menjatuhkan barangnya.", "claim_blame"),
        ("sv", "Du har själv tvättat tröjan fel.", "claim_blame"),
        ("pt-BR", "Foi você que lavou na máquina.", "claim_blame"),
        ("es", "Su pedido llegará mañana sí o sí.", "claim_guarantee"),
        ("pl", "Przesyłka na bank dotrze jutro.", "claim_guarantee"),
    ],
)
def test_everyday_words_for_promises_blame_and_guarantees_are_found(language: str, text: str, rule: str) -> None:
    assert rule in rules(text, language)
