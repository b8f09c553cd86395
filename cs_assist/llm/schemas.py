"""What a language model must answer, one schema for each kind of prompt.

A schema is sent to the model with the prompt, so names and descriptions are short. No field has a default: strict
structured output knows none, and what may be absent is said by an empty list or ``null``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cs_assist.types import Emotion

Probability = Annotated[float, Field(ge=0, le=1)]
Grade = Annotated[int, Field(ge=1, le=5)]


class Schema(BaseModel):
    """Base of what a model answers: frozen, and an unknown field makes the answer invalid."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DraftSentence(Schema):
    """One sentence of a reply and the ids of the evidence that it rests on; courtesies rest on none."""

    text: str
    evidence: list[str]


class DraftAnswer(Schema):
    """A reply to a customer; ``refused`` says why there is none."""

    language: Annotated[str, Field(description="BCP 47 tag of the sentences")]
    sentences: list[DraftSentence]
    refused: Annotated[str | None, Field(description="why no reply can be written from the evidence, else null")]


class Translation(Schema):
    """A text in another language, register or market."""

    language: Annotated[str, Field(description="BCP 47 tag of text")]
    text: str


class Summary(Schema):
    """What a person who takes over must know, in the order of importance."""

    language: Annotated[str, Field(description="BCP 47 tag of the texts")]
    wants: Annotated[str, Field(description="what the customer wants, in one sentence")]
    points: Annotated[list[str], Field(description="what happened and was promised, one sentence each, at most 5")]
    open_questions: list[str]


class IntentGuess(Schema):
    """One reading of a message and how likely it is."""

    intent: str
    p: Probability


class SecondOpinion(Schema):
    """A second reading of a message that the library was unsure of."""

    intents: Annotated[list[IntentGuess], Field(description="most likely first, at most 3")]
    emotion: Emotion
    dissatisfied: bool


class ArticleProposal(Schema):
    """An article that a person may approve; ``[…]`` stands where the evidence says nothing."""

    language: Annotated[str, Field(description="BCP 47 tag of title and text")]
    title: str
    text: Annotated[str, Field(description="Markdown")]
    evidence: Annotated[list[str], Field(description="ids that the text rests on")]
    unknown: Annotated[list[str], Field(description="what a person must fill in")]


class Scenario(Schema):
    """One message that a customer might write."""

    text: str
    intent: str
    emotion: Emotion


class Scenarios(Schema):
    """Messages that customers might write."""

    language: Annotated[str, Field(description="BCP 47 tag of the texts")]
    scenarios: list[Scenario]


class Judgement(Schema):
    """How good a reply is, each grade from 1 (bad) to 5 (good)."""

    helpful: Grade
    grounded: Grade
    tone: Grade
    clear: Grade
    faults: Annotated[list[str], Field(description="each fault in a few words, none if there is none")]
    verdict: Literal["good", "acceptable", "bad"]
