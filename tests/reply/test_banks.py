from __future__ import annotations

from pathlib import Path

import pytest

from cs_assist.errors import DataFileError
from cs_assist.markets.market import load_market
from cs_assist.reply.banks import Banks
from cs_assist.reply.phrases import DATA

BANKS = Banks()


@pytest.mark.parametrize(
    ("language", "market", "bank"),
    [
        ("de", "DE", "de"),
        ("tr", "DE", "tr"),
        ("es", "MX", "es-419"),
        ("es", "ES", "es"),
        ("es-419", None, "es-419"),
        ("pt", "BR", "pt-BR"),
        ("pt", "PT", "pt"),
        ("zh-Hant", "CN", "zh-Hant"),
        ("zh-Hans", "TW", "zh-Hans"),
        ("hi-Latn", "IN", "hi-Latn"),
        ("fi", "SE", "sv"),
        ("el", None, "en"),
    ],
)
def test_the_customers_language_is_spoken_as_their_market_does(language: str, market: str | None, bank: str) -> None:
    assert BANKS.bank(language, load_market(market) if market else None).language == bank


def test_the_bank_of_a_country_goes_before_that_of_the_language(tmp_path: Path) -> None:
    own = (DATA / "es-419.yaml").read_text(encoding="utf-8").replace("language: es-419", "language: es-AR")
    (tmp_path / "es-AR.yaml").write_text(own, encoding="utf-8")
    banks = Banks(tmp_path)
    assert banks.bank("es-419", load_market("AR")).language == "es-AR"
    assert banks.bank("es-419", load_market("MX")).language == "es-419"
    assert banks.bank("pt", load_market("AR")).language == "pt"


def test_switzerland_writes_no_eszett() -> None:
    texts = {code: " ".join(t for _, t in BANKS.bank("de", load_market(code)).lines()) for code in ("DE", "CH")}
    assert "ß" in texts["DE"]
    assert texts["CH"] == texts["DE"].replace("ß", "ss")


def test_a_fault_in_a_sellers_bank_shows_before_any_message(tmp_path: Path) -> None:
    (tmp_path / "sv.yaml").write_text('thanks: ["Tack {name}"]\n', encoding="utf-8")
    with pytest.raises(DataFileError, match=r"sv\.yaml, line 1, key 'thanks\.0'"):
        Banks(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="is no folder"):
        Banks(tmp_path / "none")


def test_all_banks_can_be_checked() -> None:
    assert BANKS.check() >= 24
