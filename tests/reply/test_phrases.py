from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from cs_assist.errors import DataFileError, UnknownLanguageError
from cs_assist.reply.phrases import DATA, PLACEHOLDERS, ByRegister, Leaf, PhraseBank, Voice, load_phrases, phrase_languages
from cs_assist.types import LANGUAGES

BANKS = sorted(phrase_languages())
VALUES = {name: f"<{name}>" for names in PLACEHOLDERS.values() for name in names}
ENGLISH = (DATA / "en.yaml").read_text(encoding="utf-8")


def leaves(value: object, where: str = "") -> Iterator[tuple[str, Leaf]]:
    if isinstance(value, tuple | ByRegister):
        yield where, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name != "regional_greetings":  # answers to what was said, not a choice
                yield from leaves(getattr(value, name), f"{where}.{name}" if where else name)
    elif isinstance(value, dict):
        for name, part in value.items():
            if not isinstance(part, str):
                yield from leaves(part, f"{where}.{name}")


def test_every_served_language_has_a_bank() -> None:
    assert phrase_languages() - {"es-AR"} == set(LANGUAGES)


@pytest.mark.parametrize("language", BANKS)
def test_every_bank_loads_and_says_its_own_language(language: str) -> None:
    bank = load_phrases(language)
    assert bank.language == language
    assert all(text.strip() == text and text for _, text in bank.lines())


@pytest.mark.parametrize("language", BANKS)
def test_no_leaf_lists_the_same_wording_twice(language: str) -> None:
    for where, leaf in leaves(load_phrases(language)):
        for wordings in (leaf,) if isinstance(leaf, tuple) else (leaf.formal, leaf.informal):
            assert len(set(wordings)) == len(wordings), where


@pytest.mark.parametrize("language", BANKS)
def test_every_bank_offers_a_choice_of_wordings(language: str) -> None:
    for where, leaf in leaves(load_phrases(language)):
        for wordings in (leaf,) if isinstance(leaf, tuple) else (leaf.formal, leaf.informal):
            assert len(wordings) >= 2, where


@pytest.mark.parametrize("register", ["formal", "informal"])
@pytest.mark.parametrize("language", BANKS)
def test_no_wording_is_read_twice_before_all_were_used(language: str, register: str) -> None:
    bank = load_phrases(language)
    repeated = []
    for where, leaf in leaves(bank):
        wordings = leaf if isinstance(leaf, tuple) else getattr(leaf, register)
        said: list[str] = []
        for _ in wordings:
            voice = Voice(bank, register=register, seed="conversation 7", used="\n".join(said))
            said.append(voice.say(leaf, **VALUES))
        if len(set(said)) < len(wordings):
            repeated.append((where, said))
    assert repeated == []


@given(seed=st.text(), language=st.sampled_from(BANKS))
def test_the_same_seed_always_says_the_same(seed: str, language: str) -> None:
    bank = load_phrases(language)
    said = [Voice(bank, register="formal", seed=seed).say(bank.thanks) for _ in range(2)]
    assert said[0] == said[1]
    assert said[0] in {text for where, text in bank.lines() if where == "thanks"}


def test_seeds_spread_over_all_wordings() -> None:
    bank = load_phrases("en")
    said = {Voice(bank, register="formal", seed=str(seed)).say(bank.closing) for seed in range(60)}
    assert isinstance(bank.closing, ByRegister)
    assert said == set(bank.closing.formal)


def test_the_register_chooses_the_wordings() -> None:
    bank = load_phrases("de")
    assert "Sie" in Voice(bank, register="formal", seed="s").say(bank.next_step.open)
    assert "Sie" not in Voice(bank, register="informal", seed="s").say(bank.next_step.open)


def test_braces_in_a_value_are_left_as_they_are() -> None:
    bank = load_phrases("en")
    assert "{name}" in Voice(bank, register="formal", seed="s").say(bank.sign_off, shop="{name} & co")


@pytest.mark.parametrize(
    ("tag", "bank"),
    [("de-AT", "de"), ("hi-Latn", "hi-Latn"), ("hi-Latn-IN", "hi-Latn"), ("es-MX", "es"), ("zh-Hant-HK", "zh-Hant")],
)
def test_a_regional_tag_falls_back_to_its_language(tag: str, bank: str) -> None:
    assert load_phrases(tag).language == bank


@pytest.mark.parametrize("tag", ["fi", "zh", "und", "", "../en"])
def test_a_language_without_a_bank_is_an_error(tag: str) -> None:
    with pytest.raises(UnknownLanguageError, match=f"no phrase bank for language '{tag}'"):
        load_phrases(tag)


@pytest.mark.parametrize(
    ("good", "bad", "key", "problem"),
    [
        ("Dear {name},", "Dear {name,", "greeting.named", "unbalanced brace"),
        ("Dear {name},", "Dear {nmae},", "greeting.named", r"unknown placeholder \['nmae'\]"),
        ("Dear {name},", "Dear customer,", "greeting.named", r"placeholder \['name'\] is missing"),
        ("Dear {name},", "Dear {},", "greeting.named", "unknown placeholder"),
        ("Dear {name},", "Dear {name.__class__},", "greeting.named", "unknown placeholder"),
        ("What is your order number?", "What is your {order}?", "ask.order_number", r"unknown placeholder \['order'\]"),
        ("The destination is {destination}.", "The destination is abroad.", "order.destination", "is missing"),
        ('delivered: "delivered"', 'delivered: "delivered {time}"', "statuses.delivered", "unknown placeholder"),
    ],
)
def test_a_wrong_placeholder_names_file_and_key(good: str, bad: str, key: str, problem: str, tmp_path: Path) -> None:
    assert good in ENGLISH
    (tmp_path / "en.yaml").write_text(ENGLISH.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(DataFileError, match=problem) as caught:
        load_phrases("en", directory=tmp_path)
    assert caught.value.path == tmp_path / "en.yaml"
    assert key in str(caught.value)


def own_bank(folder: Path, text: str, name: str = "en") -> PhraseBank:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_phrases(name, own=folder)


def test_a_sellers_bank_replaces_only_what_it_says(tmp_path: Path) -> None:
    bank = own_bank(tmp_path, 'greeting:\n  named:\n    informal: ["Ahoy {name},"]\nthanks: ["Ta."]\n')
    shipped = load_phrases("en")
    assert isinstance(bank.greeting.named, ByRegister)
    assert isinstance(shipped.greeting.named, ByRegister)
    assert (bank.greeting.named.informal, bank.thanks) == (("Ahoy {name},",), ("Ta.",))
    assert bank.greeting.named.formal == shipped.greeting.named.formal
    assert bank.model_copy(update={"greeting": shipped.greeting, "thanks": shipped.thanks}) == shipped


@pytest.mark.parametrize(
    ("text", "line", "key", "problem"),
    [
        ('thanks: ["Ta."]\ngreeting:\n  named:\n    formal: ["Dear {name,"]', 4, "greeting.named.formal.0", "unbalanced brace"),
        ('thanks: ["Ta."]\nnext_step:\n  within:\n    - "Soon."', 4, "next_step.within.0", "is missing"),
        ('thanks: ["Ta {name}."]', 1, "thanks.0", "unknown placeholder"),
        ('\nthank: ["Ta."]', 2, "thank", "Extra inputs"),
        ("thanks:\n  formal: [Ta]", 1, "thanks", ""),
        ("thanks: []", 1, "thanks", ""),
        ("- Ta", 1, "", "a mapping"),
    ],
)
def test_a_fault_of_a_sellers_bank_names_file_key_and_line(text: str, line: int, key: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=problem or ".") as caught:
        own_bank(tmp_path, text)
    assert (caught.value.path, caught.value.line) == (tmp_path / "en.yaml", line)
    assert caught.value.key.startswith(key)


def test_a_sellers_bank_of_a_new_language_must_be_whole(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"fi\.yaml.*Field required"):
        own_bank(tmp_path, "language: fi\ndefault_register: informal\n", name="fi")
    assert own_bank(tmp_path, ENGLISH.replace("language: en", "language: fi"), name="fi").language == "fi"


def test_what_was_read_is_told_apart_from_what_is_fresh() -> None:
    bank = load_phrases("en")
    assert isinstance(bank.thanks, tuple)
    said = " ".join(bank.thanks)
    voice = Voice(bank, register="formal", seed="s", used=said)
    assert voice.was_said(bank.thanks)
    assert not voice.was_said(bank.closing)
    assert voice.fresh(bank.thanks) == ""
    assert voice.fresh(bank.thanks, bank.small_talk) in bank.small_talk
    assert voice.say(bank.thanks) in bank.thanks


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"closing": []}, r"key 'closing"),
        ({"closing": {"formal": ["Bye"]}}, "key 'closing"),
        ({"farewell": ["Bye"]}, "key 'farewell'"),
        ({"default_register": "rude"}, "key 'default_register'"),
        ({"intent_names": {"praise": "some praise"}}, "intent_names lacks product_question"),
        ({"language": "xx"}, "says language 'xx', expected 'en'"),
    ],
)
def test_a_bank_of_the_wrong_shape_is_refused(change: dict[str, object], problem: str, tmp_path: Path) -> None:
    bank = yaml.safe_load(ENGLISH) | change
    (tmp_path / "en.yaml").write_text(yaml.safe_dump(bank, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DataFileError, match=problem):
        load_phrases("en", directory=tmp_path)


def test_lines_name_every_leaf_that_takes_a_placeholder() -> None:
    bank = load_phrases("en")
    assert isinstance(bank, PhraseBank)
    assert set(PLACEHOLDERS) <= {where for where, _ in bank.lines()}
