from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sample_shop import ARTICLES, DAY, make_chunk

from cs_assist.config import Settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import HeadMismatchError, IndexMismatchError, IndexMissingError
from cs_assist.guard.countries import CountryNames
from cs_assist.knowledge.answerability import SHIPPED
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.index import build_index
from cs_assist.knowledge.reader import Reader
from cs_assist.knowledge.search import KnowledgeBase, open_knowledge
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Findings, Message, same_language

HEADS = {article.head.id: article.head for article in load_articles(ARTICLES).articles}
QUESTIONS = ["How long does delivery take?", "Wie hoch ist die Einfuhrsteuer?", "Can I return this?", "descale K1", "返品したい"]


@pytest.fixture(scope="module")
def shop(shop_index: Path, encoder: OnnxEncoder) -> KnowledgeBase:
    return KnowledgeBase(shop_index, encoder)


class Search:
    """Asks a knowledge base as the assistant does."""

    def __init__(self, reader: MessageReader) -> None:
        self.reader = reader

    def __call__(
        self,
        base: KnowledgeBase,
        text: str,
        market: str | None = None,
        platform: str | None = None,
        *,
        on: date = DAY,
        k: int = 100,
    ) -> Findings:
        message = Message(id="1", text=text, market=market, platform=platform)
        return base(message, self.reader(message), on=on, k=k)


@pytest.fixture(scope="module")
def search(reader: MessageReader) -> Search:
    return Search(reader)


def reach(market: str | None, platform: str | None, on: date) -> set[str]:
    """The articles that a customer may see, computed from their heads alone."""
    return {
        name
        for name, head in HEADS.items()
        if (market is None or head.everywhere or market in head.markets)
        and head.platform in (None, platform or "own_shop")
        and (head.valid_from or on) <= on <= (head.valid_until or on)
    }


@pytest.mark.parametrize(
    ("text", "market", "best"),
    [
        ("How long does delivery to the United States take?", "US", "shipping-us"),
        ("Wie lange dauert die Lieferung nach Deutschland?", "DE", "lieferung-de"),
        ("Can I send back an unused item?", "US", "returns"),
        ("Wie hoch ist die Einfuhrsteuer in der Schweiz?", "CH", "zoll-ch"),
        ("How do I descale my Brewa K1?", "GB", "kettle-descaling"),
    ],
)
def test_the_article_that_answers_comes_first(shop: KnowledgeBase, search: Search, text: str, market: str, best: str) -> None:
    assert search(shop, text, market).passages[0].doc_id == best


@pytest.mark.parametrize("market", [None, "US", "DE", "CH", "GB", "JP"])
@pytest.mark.parametrize("platform", [None, "own_shop", "amazon", "ebay"])
@pytest.mark.parametrize("on", [DAY, date(2025, 6, 1), date(2030, 1, 1), date(2024, 1, 1)])
def test_exactly_the_articles_for_market_platform_and_day_come_back(
    shop: KnowledgeBase, search: Search, market: str | None, platform: str | None, on: date
) -> None:
    for text in QUESTIONS:
        found = {passage.doc_id for passage in search(shop, text, market, platform, on=on).passages}
        assert found == reach(market, platform, on)


def test_an_article_is_in_force_on_its_first_and_its_last_day(shop: KnowledgeBase, search: Search) -> None:
    def years(on: str) -> set[str]:
        found = search(shop, "How long does delivery take?", "US", on=date.fromisoformat(on))
        return {p.doc_id for p in found.passages if p.doc_id.startswith("shipping")}

    assert years("2025-12-31") == {"shipping-us-2025"}
    assert years("2026-01-01") == {"shipping-us"}


def test_a_filter_loses_nothing_however_many_other_passages_are_nearer(
    tmp_path: Path, encoder: OnnxEncoder, search: Search
) -> None:
    asked = "How long does delivery take?"
    crowd = [make_chunk(f"us-{i}", f"{asked} Delivery takes {i} days.", markets=("US",)) for i in range(70)]
    few = [make_chunk(f"de-{i}", f"Gift card number {i}.", markets=("DE",)) for i in range(5)]
    build_index([*crowd, *few], tmp_path, encoder)
    found = search(KnowledgeBase(tmp_path, encoder), asked, "DE")
    assert {passage.doc_id for passage in found.passages} == {f"de-{i}" for i in range(5)}


@pytest.mark.parametrize("k", [1, 2, 3, 50])
def test_no_more_than_k_passages_come_back_and_the_best_stays_the_best(shop: KnowledgeBase, search: Search, k: int) -> None:
    everything = search(shop, QUESTIONS[0], "US").passages
    found = search(shop, QUESTIONS[0], "US", k=k).passages
    assert found == everything[: len(found)]
    assert len(found) == min(k, len(everything))


def test_passages_of_different_articles_come_first(tmp_path: Path, encoder: OnnxEncoder, search: Search) -> None:
    build_index(
        [
            make_chunk("ship", "Delivery takes 4 days.", category="logistics"),
            make_chunk("card", "Gift cards never expire."),
            make_chunk("tax", "Import tax is set by customs."),
        ],
        tmp_path,
        encoder,
    )
    found = search(KnowledgeBase(tmp_path, encoder), "How long does delivery take?")
    names = [passage.doc_id for passage in found.passages]
    assert names[0] == "ship"
    assert sorted(names) == ["card", "ship", "tax"]


def test_every_article_is_named_once_before_any_is_named_twice(shop: KnowledgeBase, search: Search) -> None:
    names = [passage.doc_id for passage in search(shop, QUESTIONS[0], "US").passages]
    distinct = len(set(names))
    assert len(set(names[:distinct])) == distinct


def test_probabilities_are_those_of_the_best_passage(shop: KnowledgeBase, search: Search) -> None:
    for text in QUESTIONS:
        found = search(shop, text, "US")
        assert found.p_answerable == found.passages[0].p_answers
        assert all(0 <= passage.p_answers <= 1 for passage in found.passages)


@pytest.mark.parametrize(("answer_at", "answerable"), [(0.0, True), (1.0, False)])
def test_answerable_follows_the_threshold(
    shop_index: Path, encoder: OnnxEncoder, search: Search, answer_at: float, answerable: bool
) -> None:
    assert search(KnowledgeBase(shop_index, encoder, answer_at=answer_at), "gift card?").answerable is answerable


def test_the_same_question_gives_the_same_findings(shop_index: Path, encoder: OnnxEncoder, search: Search) -> None:
    one, two = KnowledgeBase(shop_index, encoder), KnowledgeBase(shop_index, encoder)
    assert search(one, QUESTIONS[0], "US") == search(two, QUESTIONS[0], "US")


def test_where_nothing_is_allowed_nothing_is_found(tmp_path: Path, encoder: OnnxEncoder, search: Search) -> None:
    build_index([make_chunk("us", markets=("US",))], tmp_path, encoder)
    assert search(KnowledgeBase(tmp_path, encoder), "delivery", "DE") == Findings()


def test_a_message_without_text_finds_nothing(shop: KnowledgeBase, search: Search) -> None:
    assert search(shop, "", "US") == Findings()


def test_an_index_of_another_encoder_is_refused(tmp_path: Path, encoder: OnnxEncoder) -> None:
    from sample_shop import ExactEncoder

    build_index([make_chunk("a")], tmp_path, ExactEncoder())
    with pytest.raises(IndexMismatchError, match=f"built by encoder 'exact@1', but '{encoder.revision}' is in use") as caught:
        KnowledgeBase(tmp_path, encoder)
    assert f"cs-assist kb build ARTICLES --index {tmp_path}" in caught.value.hint


def test_weights_that_were_named_and_belong_to_another_encoder_are_refused(tmp_path: Path) -> None:
    from sample_shop import ExactEncoder

    build_index([make_chunk("a")], tmp_path, ExactEncoder())
    with pytest.raises(HeadMismatchError, match="was calibrated for encoder"):
        KnowledgeBase(tmp_path, ExactEncoder(), weights=SHIPPED)  # type: ignore[arg-type]


def test_a_missing_index_is_an_error(tmp_path: Path, encoder: OnnxEncoder) -> None:
    with pytest.raises(IndexMissingError, match="there is no knowledge index"):
        KnowledgeBase(tmp_path / "none", encoder)


@pytest.mark.parametrize("language", sorted({head.language for head in HEADS.values()}))
def test_a_language_filter_gives_only_and_all_that_its_readers_read(
    shop: KnowledgeBase, reader: MessageReader, language: str
) -> None:
    message = Message(id="1", text="delivery, returns, payment")
    triage = reader(message)
    found = shop(message, triage, on=DAY, k=100, language=language).passages
    everything = shop(message, triage, on=DAY, k=100).passages
    assert {p.doc_id for p in found} == {p.doc_id for p in everything if same_language(language, p.language)}
    assert found


def test_a_passage_that_was_read_says_where_its_answer_stands(shop_index: Path, encoder: OnnxEncoder, search: Search) -> None:
    found = search(KnowledgeBase(shop_index, encoder, reader=Reader()), "How long does delivery take?", "US", k=5)
    assert any(passage.answer for passage in found.passages)
    for passage in found.passages:
        if passage.answer:
            start, end = passage.answer
            assert 0 <= start < end <= len(passage.text)
    without = search(KnowledgeBase(shop_index, encoder), "How long does delivery take?", "US", k=5)
    assert all(passage.answer is None for passage in without.passages)


@pytest.mark.parametrize("reads", [True, False])
def test_the_reader_is_a_setting(shop_index: Path, encoder: OnnxEncoder, search: Search, reads: bool) -> None:
    base = open_knowledge(Settings(reader=reads), shop_index, encoder)
    found = search(base, "How long does delivery take?", "US", k=1)
    assert (found.passages[0].answer is not None) is reads


@pytest.mark.parametrize(
    ("text", "market", "shown"),
    [
        ("How many days do I have to send it back?", "GB", "back"),
        ("Wie viele Tage habe ich für eine Rückgabe?", "DE", "back-de"),
        ("Combien de jours ai-je pour un retour ?", "FR", "back-fr"),
        ("Quanti giorni ho per restituirlo?", "IT", "back"),  # none in Italian: the likeliest of the others
    ],
)
def test_of_an_article_in_several_languages_the_customers_own_is_shown_once(
    tmp_path: Path, encoder: OnnxEncoder, search: Search, text: str, market: str, shown: str
) -> None:
    chunks = [
        make_chunk("back", "You may return goods within 45 days.", title="Returns", category="returns"),
        make_chunk("back-de", "Rückgabe innerhalb von 45 Tagen.", title="Rückgabe", language="de", variant_of="back"),
        make_chunk("back-fr", "Retour possible pendant 45 jours.", title="Retours", language="fr", variant_of="back"),
        make_chunk("care", "Wash the mug by hand.", title="Care of the mug"),
    ]
    build_index(chunks, tmp_path, encoder)
    found = search(KnowledgeBase(tmp_path, encoder), text, market)
    names = [passage.doc_id for passage in found.passages]
    if market == "IT":
        assert names[0].startswith(shown)
    else:
        assert names[0] == shown
    assert names.index("care") == 1  # the other variants come after all articles
    assert found.p_answerable == found.passages[0].p_answers == max(p.p_answers for p in found.passages)


RETURNS = {
    "en": ("Returns", "You may return goods within 45 days. Sending them back is free."),
    "de": ("Rückgabe", "Sie können Waren innerhalb von 45 Tagen zurückgeben. Der Rückversand ist kostenlos."),
    "fr": ("Retours", "Vous pouvez retourner les articles pendant 45 jours. Le renvoi est gratuit."),
    "es": ("Devoluciones", "Puede devolver los artículos durante 45 días. El envío de vuelta es gratuito."),
    "it": ("Resi", "Puoi restituire gli articoli entro 45 giorni. La spedizione di ritorno è gratuita."),
    "nl": ("Retourneren", "Je kunt artikelen binnen 45 dagen terugsturen. Terugsturen is gratis."),
}


def test_translations_of_an_article_are_no_rivals_of_it(tmp_path: Path, encoder: OnnxEncoder, search: Search) -> None:
    others = [
        make_chunk("ship", "Delivery takes 3 to 5 working days.", title="Shipping time", category="logistics"),
        make_chunk("pay", "We accept cards and PayPal.", title="Payment", category="payments"),
    ]
    found = {}
    for name, languages in (("one", ["en"]), ("all", list(RETURNS))):
        chunks = [
            make_chunk(f"back-{tag}", RETURNS[tag][1], title=RETURNS[tag][0], language=tag, variant_of="back", category="returns")
            for tag in languages
        ]
        build_index([*chunks, *others], tmp_path / name, encoder)
        found[name] = search(KnowledgeBase(tmp_path / name, encoder), "Can I send goods back for free?", "GB")
    assert found["all"].passages[0].doc_id == "back-en"
    assert found["all"].p_answerable > found["one"].p_answerable - 0.1


def test_a_variant_that_lacks_the_section_is_not_shown_for_it(tmp_path: Path, encoder: OnnxEncoder, search: Search) -> None:
    texts = {
        "en": (
            "You may return goods within 45 days of delivery.",
            "We refund the money to your card within 14 days after the parcel has come back.",
            "A gift can be exchanged for store credit by the person who received it.",
        ),
        "de": (
            "Sie können Waren innerhalb von 45 Tagen nach Lieferung zurückgeben.",
            "Ein Geschenk kann vom Beschenkten gegen einen Gutschein getauscht werden.",
        ),
    }
    chunks = [
        make_chunk(f"ret-{tag}", text, title=RETURNS[tag][0], number=number, language=tag, variant_of="ret-en")
        for tag, several in texts.items()
        for number, text in enumerate(several)
    ]
    build_index(chunks, tmp_path, encoder)
    base = KnowledgeBase(tmp_path, encoder)
    first = search(base, "Wann ist das Geld wieder auf meiner Karte?", "DE").passages[0]
    assert (first.doc_id, first.chunk) == ("ret-en", 1)
    first = search(base, "Kann ich ein Geschenk umtauschen?", "DE").passages[0]
    assert (first.doc_id, first.chunk) == ("ret-de", 1)


def test_a_passage_about_another_country_or_model_never_answers(tmp_path: Path, encoder: OnnxEncoder, search: Search) -> None:
    chunks = [
        make_chunk("de", "Die Lieferung nach Deutschland dauert 3 bis 5 Tage.", title="Lieferzeit", language="de"),
        make_chunk("a20", "Der Akku des Papaya A20 hält 8 Stunden.", title="Papaya A20: Akku", language="de"),
        make_chunk("pay", "Wir nehmen Karten und PayPal.", title="Zahlung", language="de"),
    ]
    build_index(chunks, tmp_path, encoder)
    base = KnowledgeBase(tmp_path, encoder, countries=CountryNames())
    for text, other in (
        ("Wie lange dauert die Lieferung nach Deutschland?", "Wie lange dauert die Lieferung nach Österreich?"),
        ("Wie lange hält der Akku des Papaya A20?", "Wie lange hält der Akku des Papaya A30?"),
    ):
        right, wrong = search(base, text, "DE"), search(base, other, "DE")
        assert right.p_answerable > 0.5
        assert not wrong.answerable
        assert wrong.p_answerable <= 0.1


def test_less_than_one_passage_is_refused(tmp_path: Path, encoder: OnnxEncoder, search: Search) -> None:
    build_index([make_chunk("pay", "We accept cards.")], tmp_path, encoder)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        search(KnowledgeBase(tmp_path, encoder), "Which cards?", "GB", k=0)


def test_category_and_product_filter_inside_the_search(tmp_path: Path, encoder: OnnxEncoder, reader: MessageReader) -> None:
    chunks = [make_chunk(f"k{n}", "Descale the kettle.", category="products", product="Kettle") for n in range(40)]
    chunks += [make_chunk("pan", "Wash the pan.", category="products", product="Pan"), make_chunk("far", "Pay later.")]
    build_index(chunks, tmp_path, encoder)
    base = KnowledgeBase(tmp_path, encoder)
    message = Message(id="1", text="How do I descale the kettle?")
    triage = reader(message)
    assert [p.doc_id for p in base(message, triage, on=DAY, product="Pan").passages] == ["pan"]
    assert {p.category for p in base(message, triage, on=DAY, k=100, category="products").passages} == {"products"}
    assert base(message, triage, on=DAY, category="payments").passages == ()
    assert base(message, triage, on=DAY, product="Pan", language="ja").passages == ()
