from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from scripted_chat import scripted

from cs_assist.errors import ArticleError, ModelError
from cs_assist.knowledge.articles import Article, FrontMatter, load_articles
from cs_assist.knowledge.gaps import Asked, Gap
from cs_assist.knowledge.propose import Proposer, write_proposal
from cs_assist.llm.door import LanguageModel
from cs_assist.llm.schemas import ArticleProposal, Translation
from cs_assist.parts import open_proposer
from cs_assist.triage.language import LanguageReader
from cs_assist.types import Message, Passage, Triage

LANGUAGE = LanguageReader()
TEXT = "You can send everything back within 30 days.\n\nReturns cost 4.90 EUR. [Start here](https://shop.example.com/returns)."
GERMAN = (
    "# Rückgabe\n\nSie können alles innerhalb von 30 Tagen zurückschicken.\n\n"
    "Rücksendungen kosten 4,90 EUR. [Hier beginnen](https://shop.example.com/returns)."
)


def proposer(model: LanguageModel) -> Proposer:
    return open_proposer(model, lambda text: LANGUAGE.read(text)[0])


def article(text: str = TEXT) -> Article:
    head = FrontMatter(id="returns", title="Returns", language="en", category="returns", markets=["DE"], approved=True)
    return Article(head, text, Path("returns.md"))


def says(text: str) -> Translation:
    return Translation(language="de", text=text)


def test_a_variant_is_proposed_and_never_approved(tmp_path: Path) -> None:
    model, _ = scripted([says(GERMAN)])
    proposal = proposer(model).localise(article(), into="de", market="DE")
    assert (proposal.status, proposal.differences) == ("proposed", ())
    path = write_proposal(proposal, tmp_path / "proposals")
    (loaded,) = load_articles(path.parent).articles
    assert not loaded.head.approved
    assert (loaded.head.language, loaded.head.variant_of, loaded.head.markets) == ("de", "returns", article().head.markets)
    assert loaded.head.title == "Rückgabe"
    about = yaml.safe_load(path.with_suffix(".proposal.yaml").read_text(encoding="utf-8"))
    assert (about["status"], about["sources"], about["prompts"]) == ("proposed", ["returns"], ["localise_article@1"])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (GERMAN.replace("30 Tagen", "14 Tagen"), "adds time '14 tagen'"),
        (GERMAN.replace("4,90", "9,90"), "adds money '9,90 eur'"),
        (GERMAN.replace("/returns)", "/rueckgabe)"), "adds link 'https://shop.example.com/rueckgabe'"),
        (GERMAN.removeprefix("# Rückgabe\n\n"), "lacks the title in its first line"),
    ],
)
def test_a_variant_with_other_facts_is_unverified_and_says_so(wrong: str, told: str, tmp_path: Path) -> None:
    model, _ = scripted([says(wrong), says(wrong)])
    proposal = proposer(model).localise(article(), into="de")
    assert proposal.status == "unverified"
    assert told in proposal.differences
    path = write_proposal(proposal, tmp_path)
    assert told in yaml.safe_load(path.with_suffix(".proposal.yaml").read_text(encoding="utf-8"))["differences"]


def test_a_fault_is_mended_at_the_second_attempt() -> None:
    model, asked = scripted([says(GERMAN.replace("30 Tagen", "14 Tagen")), says(GERMAN)])
    proposal = proposer(model).localise(article(), into="de")
    assert proposal.status == "proposed"
    assert "adds time '14 tagen'" in asked[1]


def test_a_long_article_goes_piece_by_piece() -> None:
    long = "\n\n".join([TEXT] + ["We pack every item by hand. " * 45] * 3)
    packed = "Wir verpacken jeden Artikel von Hand. " * 45
    model, asked = scripted([says(f"{GERMAN}")] + [says(packed)] * 3)
    proposal = proposer(model).localise(article(long), into="de")
    assert len(asked) == 4
    assert proposal.status == "proposed"
    assert proposal.text.count("Wir verpacken") == 135


def test_an_article_that_is_in_the_language_already_is_refused() -> None:
    model, _ = scripted([])
    with pytest.raises(ArticleError, match="in 'en' already"):
        proposer(model).localise(article(), into="en")


def test_a_model_that_fails_at_once_proposes_nothing() -> None:
    model, _ = scripted(["{}"])
    with pytest.raises(ModelError):
        proposer(model).localise(article(), into="de")


def test_no_proposal_is_written_over(tmp_path: Path) -> None:
    model, _ = scripted([says(GERMAN)])
    proposal = proposer(model).localise(article(), into="de")
    write_proposal(proposal, tmp_path)
    with pytest.raises(ArticleError, match="already"):
        write_proposal(proposal, tmp_path)


@pytest.fixture
def gap(make_triage: Callable[..., Triage]) -> Gap:
    text = "I am Anna Schmidt, anna@example.com: do you ship to Heligoland?"
    one = Asked(Message(id="1", text=text, market="DE"), make_triage(text=text), date(2026, 11, 23))
    return Gap(count=3, languages=(("en", 3),), markets=(("DE", 3),), examples=(one,), nearest=None, why=("off_topic",))


def passage() -> Passage:
    return Passage(
        doc_id="shipping", chunk=0, title="Shipping", text="We ship to Germany within 3 days.", score=1, p_answers=0.4,
        language="en", category="logistics",
    )  # fmt: skip


def answer(text: str, evidence: list[str]) -> ArticleProposal:
    return ArticleProposal(language="en", title="Shipping to islands", text=text, evidence=evidence, unknown=["the price"])


def test_an_article_for_a_gap_rests_on_evidence_and_leaves_blanks(gap: Gap, tmp_path: Path) -> None:
    model, asked = scripted([answer("We ship to Germany within 3 days. To islands it costs […].", ["shipping#0"])])
    proposal = proposer(model).fill(gap, [passage()], language="en", category="logistics")
    assert (proposal.status, proposal.sources, proposal.unknown) == ("proposed", ("shipping#0",), ("the price",))
    assert "Schmidt" not in asked[0]
    assert "anna@" not in asked[0]
    (loaded,) = load_articles(write_proposal(proposal, tmp_path).parent).articles
    assert not loaded.head.approved
    assert "[…]" in loaded.text


def test_an_invented_number_becomes_a_blank(gap: Gap) -> None:
    model, _ = scripted([answer("We ship to islands within 9 days for 12.50 EUR.", ["shipping#0"])])
    proposal = proposer(model).fill(gap, [passage()], language="en", category="logistics")
    assert "9" not in proposal.text
    assert "12.50" not in proposal.text
    assert any("9 days" in told for told in proposal.unknown)


def test_an_article_that_names_evidence_which_it_was_not_given_is_unverified(gap: Gap) -> None:
    model, _ = scripted([answer("We ship to Germany within 3 days.", ["secret#1"])])
    proposal = proposer(model).fill(gap, [passage()], language="en", category="logistics")
    assert proposal.status == "unverified"
    assert proposal.sources == ()
