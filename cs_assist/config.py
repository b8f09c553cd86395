"""Settings: the only reader of the environment and of ``cs_assist.toml``."""

from __future__ import annotations

import json
import os
import re
import tempfile
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from cs_assist.errors import SettingsError
from cs_assist.labels import LANGUAGES, canonical_tag, same_language

FILE = Path("cs_assist.toml")
#: What calls a person at once, each by its own rule.
HandoverRule = Literal[
    "self_harm", "data_exposed", "safety_issue", "legal_threat", "human_request", "dissatisfied", "repeated", "no_answer",
    "blocked", "language", "vip", "amount",
]  # fmt: skip


def _expand(path: Path) -> Path:
    return path.expanduser()


def _agent_language(tag: str) -> str:
    """Return the tag in its usual letters, when packets have words in its language."""
    written = canonical_tag(tag)
    if not any(same_language(written, known) for known in LANGUAGES):
        raise ValueError(f"packets have no words in '{tag}'; there are {', '.join(LANGUAGES)}, and their regional tags")
    return written


def _folder(path: Path) -> Path:
    if not path.expanduser().is_dir():
        raise ValueError("there is no such folder")
    return path.expanduser()


def _file(path: Path) -> Path:
    if not path.expanduser().is_file():
        raise ValueError("there is no such file")
    return path.expanduser()


def _currency(code: str) -> str:
    from babel.numbers import list_currencies  # late: few name one

    known = sorted(list_currencies())
    if code not in known:
        nearest = get_close_matches(code.upper(), known, n=1, cutoff=0.75)
        raise ValueError(f"that is no ISO 4217 code of a currency, such as {nearest[0] if nearest else 'EUR'}")
    return code


def _allowance(text: str) -> str:
    if sum(char.isalnum() for char in text) < _LEAST_ALLOWED:
        raise ValueError(f"'{text}' is too short to be allowed wherever it stands; {_LEAST_ALLOWED} letters or digits are needed")
    return text


_LEAST_ALLOWED = 2
#: Times beyond which a moment cannot be reckoned, or is a slip.
_TEN_YEARS_OF_HOURS = 87_600
_CENTURY_OF_DAYS = 36_500
_HOUR_OF_SECONDS = 3_600
_Days = Annotated[int, Field(ge=1, le=_CENTURY_OF_DAYS)]
_Hours = Annotated[float, Field(gt=0, le=_TEN_YEARS_OF_HOURS, allow_inf_nan=False)]
_LONGEST_PATTERN = 200
#: A pattern is run over stretches of so many characters, and may have so many ways to match from one place:
#: three open repeats, as in ``PL-\d+-\d+-\d+``.
_STRETCH = 80
_MOST_WAYS = _STRETCH**3


def _order_pattern(pattern: str) -> str:
    """Return ``pattern``, a regular expression of the seller's own, when it may be run on any customer's text."""
    if len(pattern) > _LONGEST_PATTERN:
        raise ValueError(f"the order pattern '{pattern[:40]}…' is longer than {_LONGEST_PATTERN} characters")
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as exc:
        raise ValueError(f"the order pattern '{pattern}' is no regular expression: {exc}") from exc
    if compiled.fullmatch(""):
        raise ValueError(f"the order pattern '{pattern}' matches the empty text, so it would match everywhere")
    fault = _explosion(pattern)
    if fault:
        raise ValueError(f"the order pattern '{pattern}' {fault}, which can take for ever on some texts")
    return pattern


def _explosion(pattern: str) -> str:
    """Return why a valid pattern may run for ever; empty when its steps stay bounded."""
    plain = _without_literals(pattern)
    varying = [False]  # of each open group: does what it holds repeat, or is there a choice?
    ways = 1
    for place, char in enumerate(plain, 1):
        if char == "(":
            varying.append(False)
            continue
        inside = varying.pop() if char == ")" else False
        least, most = (1, 2) if char == "|" else (1, 1) if char in "?*+{" else _repeat(plain, place)
        if inside and most > 1:
            return "repeats a group that holds a repeat or a choice"
        ways *= most - least + 1
        varying[-1] = varying[-1] or inside or most > least
    if "(P=" in plain or re.search(r"\\[1-9]", pattern):
        return "refers back to a group"
    return "has more than three open repeats, or many choices," if ways > _MOST_WAYS else ""


def _repeat(plain: str, place: int) -> tuple[int, int]:
    """Return how often the item before ``place`` stands at least and at most."""
    if plain.startswith(("*", "+"), place):
        return 1, _STRETCH
    if plain.startswith("?", place):
        return 0, 1
    found = re.match(r"\{(\d{0,9})(,?)(\d{0,9})\}", plain[place : place + 22])
    if found is None or not (found[1] or found[2]):
        return 1, 1
    least = min(int(found[1] or 0), _STRETCH)
    most = (int(found[3]) if found[3] else _STRETCH) if found[2] else least
    return least, max(least, min(most, _STRETCH))


def _without_literals(pattern: str) -> str:
    """Return ``pattern`` with each escape and each class of characters as one letter."""
    return re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "a", pattern, flags=re.S).replace("(?", "(")


class Settings(BaseSettings):
    """How an assistant behaves.

    Values come from, first to last: arguments, environment (``CS_ASSIST_SHOP_NAME=...``), the file
    ``cs_assist.toml`` in the working folder, these defaults. Read with :func:`load_settings`, which
    turns a fault into a :class:`~cs_assist.errors.SettingsError`.
    """

    model_config = SettingsConfigDict(env_prefix="CS_ASSIST_", toml_file=FILE, extra="forbid", frozen=True)

    shop_name: str = Field(default="Customer Service", description="signs the replies")
    default_market: str | None = Field(default=None, description="market of messages that name none")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty means SQLite in state_dir")
    state_dir: Annotated[Path, AfterValidator(_expand)] = Field(
        default=Path("~/.local/share/cs_assist"), description="folder of the default SQLite store"
    )
    store_key: SecretStr = Field(
        default=SecretStr(""),
        description="Fernet key that encrypts the texts in the store; several with commas, newest first; empty encrypts nothing",
    )
    retention_days: _Days | None = Field(
        default=None, description="days after its last message for which a conversation is kept; none keeps it for ever"
    )
    retention_days_by: dict[str, _Days] = Field(
        default={}, description="other days for a market (`DE`) or a channel (`whatsapp`); the shorter one holds"
    )
    index_dir: Annotated[Path, AfterValidator(_expand)] = Field(
        default=Path("kb_index/index"), description="folder of the knowledge index"
    )
    encoder_dir: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="an encoder folder other than the shipped one"
    )
    intents_dir: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="a folder of your own intents (cs-assist train), read in place of the shipped ones"
    )
    threads: int = Field(default=0, ge=0, description="threads of one encoder run; 0 is all cores")
    strikes: int = Field(default=2, ge=1, description="dissatisfied turns in a row that call a person")
    episode_silence_hours: _Hours = Field(default=72, description="silence after which an episode ends")
    case_window_hours: _Hours = Field(
        default=72, description="time within which the same question of a customer on another channel is the same case"
    )
    identity_key: SecretStr = Field(
        default=SecretStr(""),
        description="key of the hashes by which customers are recognised; empty makes one in state_dir, for one machine",
    )
    handover_rules_off: tuple[HandoverRule, ...] = Field(
        default=(), description="reasons that no longer call a person at once; docs/conversations.md lists them"
    )
    vip_customers: tuple[str, ...] = Field(
        default=(), description="tags or hashed keys of customers whose every message goes to a person"
    )
    handover_amount: dict[Annotated[str, AfterValidator(_currency)], Annotated[Decimal, Field(gt=0)]] = Field(
        default={}, description="total of an order, by currency (`EUR`), from which a person answers"
    )
    shifts_file: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="YAML file that says who works when; without it, the market's business hours hold"
    )
    compensation_file: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="YAML file of what may be offered to a customer, and by whom; without it nothing is"
    )
    after_sales_file: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="YAML file of a coupon and of care guides for settled matters; without it there are none"
    )
    phrases_dir: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="folder of phrase banks of your own; a file may hold only what is to be said otherwise"
    )
    agent_language: Annotated[str, AfterValidator(_agent_language)] = Field(
        default="en",
        description="language of the packets for your own people: "
        f"{', '.join(f'`{tag}`' for tag in LANGUAGES)}, or a regional tag of one, as `de-AT`",
    )
    search_model: str = Field(
        default="", description="sentence-transformers model that builds and searches the index; empty is the shipped encoder"
    )
    reader: bool = Field(default=True, description="read the best passages together with the message: better, about 60 ms slower")
    search_log: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="file to which every search is appended"
    )
    search_log_text: bool = Field(default=False, description="log the question with personal data masked, not its SHA-256")
    reply_at: float = Field(
        default=0.85,
        ge=0,
        le=1,
        description="p_answers from which an answer may be sent; where unset, a calibrated index has its own",
    )
    draft_at: float = Field(default=0.5, ge=0, le=1, description="p_answers from which an answer is proposed")
    order_patterns: tuple[Annotated[str, AfterValidator(_order_pattern)], ...] = Field(
        default=(), description="regular expressions of your own order numbers, of at most 40 characters each"
    )
    guard_rules: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="a folder of your own rules for replies, in the form of the shipped ones"
    )
    guard_off: tuple[str, ...] = Field(default=(), description="ids of rules for replies that are switched off")
    guard_allow: tuple[Annotated[str, AfterValidator(_allowance)], ...] = Field(
        default=(), description="what every reply may say: your own domains, phone numbers, addresses, brands, turns of phrase"
    )
    liability_forbidden: bool = Field(default=True, description="a reply that admits liability is held back, not only warned of")
    ai_notice: bool = Field(default=True, description="say in the first reply that it was written automatically")

    llm: str = Field(default="", description="language model that helps to write, as in `openai:gpt-4.1-mini`; empty uses none")
    llm_timeout_seconds: float = Field(
        default=20,
        gt=0,
        le=_HOUR_OF_SECONDS,
        allow_inf_nan=False,
        description="seconds for one answer, waiting and retries included",
    )
    llm_max_tokens: int = Field(default=700, ge=1, description="tokens of one answer at most")
    llm_concurrency: int = Field(default=8, ge=1, description="calls at a time")
    llm_rate_per_minute: Annotated[int, Field(ge=1)] | None = Field(default=None, description="calls a minute at most")
    llm_budget_per_day: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="tokens, in and out, a day (UTC) at most; 0 never calls"
    )
    llm_budget_per_conversation: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="tokens, in and out, for one conversation at most; 0 never calls"
    )
    llm_prices_file: Annotated[Path, AfterValidator(_file)] | None = Field(
        default=None, description="YAML file of your own prices of models; it goes before the shipped one"
    )
    llm_cache_dir: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="folder that keeps models' answers between runs; without it they are kept in memory"
    )
    llm_cache_size: int = Field(default=1000, ge=0, description="models' answers kept at most; 0 keeps none")
    llm_second_opinion_below: float = Field(
        default=0,
        ge=0,
        le=1,
        description="probability of the intent below which a model reads the message, too, as it does where unsure; 0: never",
    )
    llm_summaries: bool = Field(default=False, description="a model adds a summary to what a person gets at a handover")
    llm_translations: bool = Field(
        default=True, description="a model translates the customer's messages and the suggested reply of a handover for agents"
    )
    prompts_dir: Annotated[Path, AfterValidator(_folder)] | None = Field(
        default=None, description="folder of your own prompts; one of the same id goes before the shipped one"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the TOML file behind the environment."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"sqlite:///{self.state_dir / 'state.db'}"


def tiktoken_folder() -> Path | None:
    """Return the folder in which tiktoken keeps its tables, by its own rule; None where it was told to keep none."""
    named = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    return Path(tempfile.gettempdir(), "data-gym-cache") if named is None else Path(named) if named else None


def _check_variables() -> None:
    """Refuse a variable that no setting reads, and a list or table that is not written as JSON, by its own name."""
    known = {f"CS_ASSIST_{name.upper()}": field for name, field in Settings.model_fields.items()}
    for name, value in os.environ.items():
        if not name.upper().startswith("CS_ASSIST_"):
            continue
        if name.upper() not in known:
            nearest = get_close_matches(name.upper(), known, n=1)
            ask = f" Did you mean {nearest[0]}?" if nearest else ""
            raise SettingsError(f"unknown variable '{name}'.{ask}", hint=_LISTED)
        form = _FORMS.get(get_origin(known[name.upper()].annotation) or str)
        if form and not _is_json(value):
            raise SettingsError(f"variable '{name}' is {value[:60]!r}; JSON was expected, such as {form}.", hint=_LISTED)


_LISTED = "docs/settings.md lists all."
#: How a list and a table are written in the environment.
_FORMS: dict[object, str] = {tuple: '["a","b"]', dict: '{"a":1}'}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def load_settings(**values: Any) -> Settings:
    """Return the settings, ``values`` first.

    Raises:
        SettingsError: A setting is unknown or out of range, or ``cs_assist.toml`` is no TOML.

    Example:
        >>> load_settings(shop_name="Papaya Lane").shop_name
        'Papaya Lane'
    """
    _check_variables()
    try:
        return Settings(**values)
    except ValidationError as exc:
        raise _explained(exc) from exc
    except ValueError as exc:  # tomllib's error
        raise SettingsError(f"{FILE} cannot be read: {exc}", hint="Mend or remove the file.") from exc


def _explained(exc: ValidationError) -> SettingsError:
    first = exc.errors()[0]
    name, *within = [str(part) for part in first["loc"] if part != "[key]"]
    if first["type"] == "extra_forbidden":
        nearest = get_close_matches(name, Settings.model_fields, n=1)
        ask = f" Did you mean '{nearest[0]}'?" if nearest else ""
        return SettingsError(f"unknown setting '{name}'.{ask}", hint=_LISTED)
    return SettingsError(
        f"setting '{'.'.join([name, *within])}' is {first.get('input')!r}: {first['msg'].removeprefix('Value error, ')}.",
        hint=f"Set CS_ASSIST_{name.upper()} or '{name}' in {FILE}; {_LISTED}",
    )
