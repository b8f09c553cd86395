"""Articles that a model proposes and a person approves: another language's variant, and an answer to a gap."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import yaml
from babel import Locale

from cs_assist.errors import ArticleError, ModelError
from cs_assist.knowledge.articles import Article, FrontMatter
from cs_assist.knowledge.gaps import Gap
from cs_assist.knowledge.sources.base import make_id
from cs_assist.llm.door import LanguageModel
from cs_assist.llm.schemas import ArticleProposal, Translation
from cs_assist.llm.tokens import Part, Trimmed
from cs_assist.types import Passage, Usage, same_language

#: Stands where the evidence says nothing.
BLANK = "[…]"
#: Characters of an article that are given to the model at a time, so that an answer fits its greatest length.
_PIECE = 1_200
_LINK = re.compile(r"\]\(([^)\s]+)")
_SURE = 0.8
_NONE = "none"
#: What a variant takes over from its article.
_KEPT = ("category", "markets", "platform", "product", "valid_from", "valid_until", "review_after")


class Facts(Protocol):
    """Compares what texts state; see :class:`cs_assist.guard.parity.Parity`."""

    def differences(self, source: str, target: str, *, languages: tuple[str, str], names: Sequence[str] = ()) -> tuple[str, ...]:
        """Return what the target adds and lacks."""

    def added(self, text: str, sources: Sequence[str], *, language: str) -> tuple[str, ...]:
        """Return what the text states and no source does."""

    def blanked(self, text: str, sources: Sequence[str], *, language: str) -> str:
        """Return the text with a blank in place of each such fact."""


@dataclass(frozen=True)
class Proposal:
    """An article that is proposed; it is never approved.

    Attributes:
        head: Its front matter, with ``approved: false``.
        text: Its Markdown.
        status: ``proposed``, or ``unverified`` where its facts, links or language are not those of its sources.
        differences: What is not, in words.
        unknown: What a person must fill in where ``[…]`` stands.
        sources: Ids of the articles and passages that it rests on.
        usage: What the model was asked, and what it cost.
    """

    head: FrontMatter
    text: str
    status: Literal["proposed", "unverified"]
    differences: tuple[str, ...]
    unknown: tuple[str, ...]
    sources: tuple[str, ...]
    usage: tuple[Usage, ...]


class Proposer:
    """Proposes articles with a language model, and verifies what it wrote.

    Args:
        model: The model.
        facts: Compares what texts state.
        identify: Gives a text's language and its probability.
        mask: Takes personal data out of a customer's question, given its market and language.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        facts: Facts,
        identify: Callable[[str], tuple[str, float]],
        mask: Callable[[str, str | None, str | None], str],
    ) -> None:
        self._model, self._facts, self._identify, self._mask = model, facts, identify, mask

    def localise(self, article: Article, *, into: str, market: str = "any") -> Proposal:
        """Return a variant of ``article`` in the language ``into``.

        It goes to the model in pieces, and each is compared with its original: numbers, amounts, dates, codes, links and
        names must be equal. A piece in which they are not is asked for once more.

        Raises:
            ArticleError: The article is in that language already.
            ModelError: The model gave no usable answer.
        """
        head = article.head
        if same_language(head.language, into):
            raise ArticleError(f"the article is in '{head.language}' already", path=article.path, key="language")
        pieces = _pieces(f"# {head.title}\n\n{article.text}")
        made: list[str] = []
        wrong: list[str] = []
        usage: list[Usage] = []
        for piece in pieces:
            text, faults, used = self._piece(piece, (head.language, into), market)
            made.append(text)
            wrong += faults
            usage += used
        title, _, body = "\n\n".join(made).partition("\n")
        if not title.startswith("# "):
            title, body = f"# {head.title}", "\n\n".join(made)
            wrong.append("lacks the title in its first line")
        values = {name: getattr(head, name) for name in _KEPT if name in head.model_fields_set}
        own = {"id": f"{head.id[:70]}.{into}", "title": title[2:].strip(), "language": into, "approved": False}
        return Proposal(
            head=FrontMatter(**values, **own, variant_of=head.variant_of or head.id),
            text=body.strip(),
            status="unverified" if wrong else "proposed",
            differences=tuple(dict.fromkeys(wrong)),
            unknown=(),
            sources=(head.id,),
            usage=tuple(usage),
        )

    def fill(self, gap: Gap, evidence: Sequence[Passage], *, language: str, category: str) -> Proposal:
        """Return an article that answers a gap's questions from ``evidence`` alone, with ``[…]`` for what is unknown.

        A fact that the model states and no evidence has is replaced by a blank.

        Raises:
            ModelError: The model gave no usable answer.
        """
        questions = [self._mask(one.message.text, one.message.market, one.triage.language) for one in gap.examples]
        known = {f"{passage.doc_id}#{passage.chunk}": f"{passage.title}\n{passage.lead}\n{passage.text}" for passage in evidence}
        parts = tuple(
            Part(f"[{key}] {text}", passage.p_answers) for (key, text), passage in zip(known.items(), evidence, strict=True)
        )
        variables: dict[str, str | Trimmed] = {
            "language": _name(language),
            "questions": "\n".join(f"- {question}" for question in questions),
            "evidence": Trimmed(parts) if parts else _NONE,
        }
        answer = self._model.ask("article_from_gap", variables, schema=ArticleProposal)
        made, told = answer.value, tuple(known.values())
        title, text = (self._facts.blanked(part, told, language=language) for part in (made.title, made.text))
        unknown = [*made.unknown, *self._facts.added(f"{made.title}\n{made.text}", told, language=language)]
        wrong = [f"rests on '{key}', which was not given" for key in made.evidence if key not in known]
        wrong += [f"adds link '{link}'" for link in _LINK.findall(text) if not any(link in piece for piece in told)]
        wrong += self._wrong_language(text, language)
        if not text.strip():
            wrong.append("the text is empty")
        shown = " ".join(title.split())[:300] or BLANK
        name = make_id(shown) or "proposal"
        return Proposal(
            head=FrontMatter(id=f"{name[:60]}.{language}", title=shown, language=language, category=category, approved=False),
            text=text.strip() or BLANK,
            status="unverified" if wrong else "proposed",
            differences=tuple(dict.fromkeys(wrong)),
            unknown=tuple(dict.fromkeys(unknown)),
            sources=tuple(key for key in made.evidence if key in known),
            usage=(answer.usage,),
        )

    def _piece(self, piece: str, languages: tuple[str, str], market: str) -> tuple[str, tuple[str, ...], list[Usage]]:
        """Return one piece in the other language, what is still wrong with it, and what was asked."""
        best = ""
        wrong: tuple[str, ...] = ()
        usage: list[Usage] = []
        for attempt in range(2):
            variables = {
                "source_language": _name(languages[0]),
                "language": _name(languages[1]),
                "market": market,
                "text": piece,
                "draft": best or _NONE,
                "faults": "\n".join(wrong) or _NONE,
            }
            try:
                answer = self._model.ask("localise_article", variables, schema=Translation)
            except ModelError:
                if attempt == 0:
                    raise
                break
            usage.append(answer.usage)
            found = self._faults(piece, answer.value.text, languages)
            if attempt == 0 or len(found) < len(wrong):
                best, wrong = answer.value.text, found
            if not found:
                break
        return best, wrong, usage

    def _faults(self, piece: str, made: str, languages: tuple[str, str]) -> tuple[str, ...]:
        links, own = set(_LINK.findall(piece)), set(_LINK.findall(made))
        return (
            *self._facts.differences(piece, made, languages=languages),
            *(f"lacks link '{link}'" for link in sorted(links - own)),
            *(f"adds link '{link}'" for link in sorted(own - links)),
            *self._wrong_language(made, languages[1]),
        )

    def _wrong_language(self, text: str, wanted: str) -> tuple[str, ...]:
        seen, p = self._identify(text)
        return (
            () if p < _SURE or seen == "und" or same_language(seen, wanted) else (f"is written in '{seen}', not in '{wanted}'",)
        )


def write_proposal(proposal: Proposal, folder: Path) -> Path:
    """Write a proposal into a folder of proposals, and return the article's file.

    The article loads as any other, unapproved: it never answers a customer without a person. Beside it a file
    ``….proposal.yaml`` says its status, what differs, what is unknown and what it rests on. To approve it, complete it,
    set ``approved: true`` and move it into the folder of articles.

    Raises:
        ArticleError: There is a file of that name already, or the folder cannot be written.
    """
    path = folder / f"{proposal.head.id}.md"
    head = proposal.head.model_dump(mode="json", exclude_unset=True) | {"approved": False}
    about: dict[str, Any] = {
        "status": proposal.status,
        "differences": list(proposal.differences),
        "unknown": list(proposal.unknown),
        "sources": list(proposal.sources),
        "model": sorted({usage.model for usage in proposal.usage}),
        "prompts": sorted({f"{usage.prompt_id}@{usage.prompt_version}" for usage in proposal.usage}),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(f"---\n{_yaml(head)}---\n\n{proposal.text}\n")
        path.with_suffix(".proposal.yaml").write_text(_yaml(about), encoding="utf-8")
    except FileExistsError as exc:
        raise ArticleError("there is such a proposal already", path=path, hint="Approve or delete it first.") from exc
    except OSError as exc:
        raise ArticleError(f"cannot be written: {exc.strerror}", path=path) from exc
    return path


def _yaml(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000)


def _pieces(text: str) -> list[str]:
    """Return a text in pieces of whole paragraphs; a long paragraph stays one."""
    pieces: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if pieces and len(pieces[-1]) + len(paragraph) <= _PIECE:
            pieces[-1] += f"\n\n{paragraph}"
        else:
            pieces.append(paragraph)
    return pieces


def _name(tag: str) -> str:
    return f"{Locale('en').languages.get(tag.split('-')[0], tag)} ({tag})"
