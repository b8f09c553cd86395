from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from cs_assist.config import Settings, load_settings
from cs_assist.errors import SettingsError


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``cs_assist.toml`` is read from the working folder: these tests have one of their own."""
    monkeypatch.chdir(tmp_path)


def test_an_argument_beats_the_environment_which_beats_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().shop_name == Settings.model_fields["shop_name"].default
    Path("cs_assist.toml").write_text('shop_name = "From file"\n', encoding="utf-8")
    assert load_settings().shop_name == "From file"
    monkeypatch.setenv("CS_ASSIST_SHOP_NAME", "From environment")
    assert load_settings().shop_name == "From environment"
    assert load_settings(shop_name="From argument").shop_name == "From argument"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strikes", 0),
        ("threads", -1),
        ("episode_silence_hours", 0),
        ("reply_at", 1.5),
        ("draft_at", -0.1),
        ("ai_notice", "perhaps"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_remedy(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"setting '{name}' is {value!r}") as caught:
        load_settings(**{name: value})
    assert f"CS_ASSIST_{name.upper()}" in caught.value.hint


def test_a_wrong_value_in_the_environment_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CS_ASSIST_STRIKES", "many")
    with pytest.raises(SettingsError, match="setting 'strikes' is 'many'"):
        load_settings()


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(SettingsError, match="setting 'shopname'"):
        load_settings(shopname="Papaya Lane")


def test_an_unknown_key_in_the_file_is_refused() -> None:
    Path("cs_assist.toml").write_text('shopname = "x"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="setting 'shopname'"):
        load_settings()


@pytest.mark.parametrize("content", [b"shop_name = ", b"= 3", b'shop_name = "\xff"'])
def test_a_file_that_is_no_toml_is_a_settings_error(content: bytes) -> None:
    Path("cs_assist.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"cs_assist\.toml cannot be read"):
        load_settings()


def test_the_default_database_lies_in_the_state_folder(tmp_path: Path) -> None:
    assert load_settings(state_dir=tmp_path).database == f"sqlite:///{tmp_path / 'state.db'}"


def test_a_database_url_is_used_as_it_is() -> None:
    assert load_settings(database_url="postgresql+psycopg://shop@db/cs").database == "postgresql+psycopg://shop@db/cs"


@pytest.mark.parametrize("name", ["state_dir", "index_dir", "encoder_dir"])
def test_a_tilde_means_the_home_folder(name: str) -> None:
    assert getattr(load_settings(**{name: "~/somewhere"}), name) == Path.home() / "somewhere"


def test_the_default_state_folder_is_below_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CS_ASSIST_STATE_DIR")
    assert load_settings().state_dir == Path.home() / ".local/share/cs_assist"


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().strikes = 5


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    "pattern", [r"PL-\d+", r"\bCS[0-9]{3,6}(-[A-Z]{1,2})?\b", r"(\d{4}-){2}\d+", r"(?:A|B)\d{6,12}", r"[(a+)+]\d"]
)
def test_the_sellers_order_patterns_are_taken_as_they_are(pattern: str) -> None:
    assert load_settings(order_patterns=(pattern,)).order_patterns == (pattern,)


@pytest.mark.parametrize(
    "pattern",
    [
        "(", "a" * 201, r"\d*", "(a+)+", "(a|b)*c", r"(\d+){4}", "((a?){1,3})+b", r"(\d)\1", "(?P<x>a)(?P=x)",
        ".*.*.*.*x", "a?" * 25 + "b", "x{1,9}" * 8,
    ],
)  # fmt: skip
def test_an_order_pattern_that_is_wrong_or_may_run_for_ever_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(order_patterns=(r"PL\d+", pattern))
    assert "order_patterns" in str(caught.value)
    assert pattern[:30] in str(caught.value)
