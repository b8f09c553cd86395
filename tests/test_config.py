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
        ("episode_silence_hours", float("inf")),
        ("episode_silence_hours", 87_601),
        ("case_window_hours", 1e13),
        ("case_window_hours", float("nan")),
        ("llm_timeout_seconds", float("inf")),
        ("retention_days", 10**9),
        ("prompts_dir", "none/such"),
        ("llm_prices_file", "."),
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


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("CS_ASSIST_VIP_CUSTOMERS", "a,b", '["a","b"]'),
        ("CS_ASSIST_GUARD_OFF", "", '["a","b"]'),
        ("CS_ASSIST_HANDOVER_RULES_OFF", "[vip]", '["a","b"]'),
        ("CS_ASSIST_RETENTION_DAYS_BY", "DE=90", '{"a":1}'),
        ("cs_assist_handover_amount", "{'EUR': 5}", '{"a":1}'),
    ],
)
def test_a_list_or_table_in_the_environment_that_is_no_json_is_told_by_its_variable(
    name: str, value: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert f"variable '{name}' is {value!r}" in str(caught.value)
    assert form in str(caught.value)
    assert "cs_assist.toml" not in str(caught.value)


def test_lists_and_tables_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CS_ASSIST_VIP_CUSTOMERS", '["gold", "press"]')
    monkeypatch.setenv("CS_ASSIST_HANDOVER_AMOUNT", '{"EUR": 500}')
    settings = load_settings()
    assert (settings.vip_customers, settings.handover_amount) == (("gold", "press"), {"EUR": 500})


def test_what_is_wrong_within_a_table_is_told_with_the_name_of_its_variable() -> None:
    with pytest.raises(SettingsError, match=r"setting 'handover_amount\.EUR' is -1") as caught:
        load_settings(handover_amount={"EUR": -1})
    assert "CS_ASSIST_HANDOVER_AMOUNT or" in caught.value.hint


@pytest.mark.parametrize(("code", "nearest"), [("usd", "USD"), ("YEN", "EUR"), ("GBPS", "GBP"), ("", "EUR")])
def test_an_amount_in_what_is_no_currency_is_refused(code: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=f"no ISO 4217 code of a currency, such as {nearest}"):
        load_settings(handover_amount={"CHF": 100, code: 100})


@pytest.mark.parametrize("code", ["EUR", "JPY", "MXN", "CNY", "ILS"])
def test_an_amount_in_any_currency_is_taken(code: str) -> None:
    assert load_settings(handover_amount={code: 100}).handover_amount == {code: 100}


@pytest.mark.parametrize(("key", "nearest"), [("shop_nam", "shop_name"), ("vip_customer", "vip_customers"), ("zzz", "")])
def test_an_unknown_key_is_told_with_the_nearest_and_without_its_value(key: str, nearest: str) -> None:
    Path("cs_assist.toml").write_text(f'{key} = "not to be told"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=f"unknown setting '{key}'") as caught:
        load_settings()
    assert (f"Did you mean '{nearest}'?" in str(caught.value)) is bool(nearest)
    assert "not to be told" not in str(caught.value)


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


@pytest.mark.parametrize(("given", "kept"), [("fr", "fr"), ("de_at", "de-AT"), ("zh-TW", "zh-Hant"), ("pt-BR", "pt-BR")])
def test_the_language_of_packets_is_one_that_they_have_words_in(given: str, kept: str) -> None:
    assert load_settings(agent_language=given).agent_language == kept


@pytest.mark.parametrize("given", ["fi", "", "english"])
def test_another_language_of_packets_is_refused_with_a_list(given: str) -> None:
    with pytest.raises(SettingsError, match=r"agent_language.*ar, de, en.*zh-Hans, zh-Hant"):
        load_settings(agent_language=given)
