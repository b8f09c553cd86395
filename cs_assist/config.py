"""Settings: the only reader of the environment and of ``cs_assist.toml``."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from cs_assist.errors import SettingsError

FILE = Path("cs_assist.toml")


def _expand(path: Path) -> Path:
    return path.expanduser()


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
    index_dir: Annotated[Path, AfterValidator(_expand)] = Field(
        default=Path("kb_index/index"), description="folder of the knowledge index"
    )
    encoder_dir: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="an encoder folder other than the shipped one"
    )
    threads: int = Field(default=0, ge=0, description="threads of one encoder run; 0 is all cores")
    strikes: int = Field(default=2, ge=1, description="dissatisfied turns in a row that call a person")
    episode_silence_hours: float = Field(default=72, gt=0, description="silence after which an episode ends")
    search_model: str = Field(
        default="", description="sentence-transformers model that builds and searches the index; empty is the shipped encoder"
    )
    search_log: Annotated[Path, AfterValidator(_expand)] | None = Field(
        default=None, description="file to which every search is appended"
    )
    search_log_text: bool = Field(default=False, description="write the question's text into the log, not its SHA-256")
    reply_at: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="p_answers from which an answer may be sent; where unset, a calibrated index has its own",
    )
    draft_at: float = Field(default=0.5, ge=0, le=1, description="p_answers from which an answer is proposed")
    ai_notice: bool = Field(default=True, description="say in the first reply that it was written automatically")

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


def _refuse_unknown_variables() -> None:
    known = [f"CS_ASSIST_{name.upper()}" for name in Settings.model_fields]
    for name in os.environ:
        if name.upper().startswith("CS_ASSIST_") and name.upper() not in known:
            nearest = get_close_matches(name.upper(), known, n=1)
            ask = f" Did you mean {nearest[0]}?" if nearest else ""
            raise SettingsError(f"unknown variable '{name}'.{ask}", hint="docs/settings.md lists all.")


def load_settings(**values: Any) -> Settings:
    """Return the settings, ``values`` first.

    Raises:
        SettingsError: A setting is unknown or out of range, or ``cs_assist.toml`` is no TOML.

    Example:
        >>> load_settings(shop_name="Papaya Lane").shop_name
        'Papaya Lane'
    """
    _refuse_unknown_variables()
    try:
        return Settings(**values)
    except ValidationError as exc:
        first = exc.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"setting '{name}' is {first.get('input')!r}: {first['msg']}.",
            hint=f"Set CS_ASSIST_{name.upper()} or '{name}' in {FILE}; docs/settings.md lists all.",
        ) from exc
    except ValueError as exc:  # tomllib's error
        raise SettingsError(f"{FILE} cannot be read: {exc}", hint="Mend or remove the file.") from exc
