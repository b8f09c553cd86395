from __future__ import annotations

import pytest
from pydantic import ValidationError

from cs_assist.llm import schemas
from cs_assist.llm.prompts import SHIPPED, load_prompt

ALL = [
    one
    for one in vars(schemas).values()
    if isinstance(one, type) and issubclass(one, schemas.Schema) and one is not schemas.Schema
]


@pytest.mark.parametrize("schema", ALL, ids=lambda schema: schema.__name__)
def test_strict_structured_output_can_take_every_schema(schema: type[schemas.Schema]) -> None:
    told = schema.model_json_schema()
    for part in [told, *told.get("$defs", {}).values()]:
        if part["type"] == "object":
            assert part["additionalProperties"] is False
            assert set(part["required"]) == set(part["properties"])


def test_every_shipped_prompt_answers_with_one_of_them() -> None:
    assert {load_prompt(path.stem).schema for path in SHIPPED.glob("*.md")} <= {schema.__name__ for schema in ALL}


def test_an_answer_with_more_than_was_asked_is_refused() -> None:
    with pytest.raises(ValidationError):
        schemas.Translation.model_validate({"language": "en", "text": "Hi", "send": True})
    with pytest.raises(ValidationError):
        schemas.IntentGuess(intent="praise", p=1.2)
