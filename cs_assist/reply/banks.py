"""Which phrase bank a customer is answered from: their language as their market writes it."""

from __future__ import annotations

from pathlib import Path

from cs_assist.errors import UnknownLanguageError
from cs_assist.markets.market import Market
from cs_assist.reply.phrases import PhraseBank, load_phrases, phrase_languages
from cs_assist.types import same_language


class Banks:
    """The shipped banks, with a seller's own before them.

    Args:
        own: The seller's folder; all its files are read at once, so that a fault shows before any customer writes.

    Raises:
        DataFileError: A file of ``own`` breaks the form; names file, key and line.
    """

    def __init__(self, own: Path | None = None) -> None:
        self._own = own
        for path in sorted(own.glob("*.yaml")) if own and own.is_dir() else ():
            load_phrases(path.stem, own=own)
        self._known = phrase_languages(own=own)
        self._swiss: PhraseBank | None = None

    def bank(self, language: str, market: Market | None) -> PhraseBank:
        """Return the bank for a customer of ``market`` who writes ``language``.

        The most specific goes first: that of language and country (``es-AR``), the market's own style of the language
        (``es-419`` for ``es`` in Mexico), the language. A language without a bank is answered in the market's first language,
        a second language of the market's without one in English (Finnish in Finland is not answered in Swedish): a person
        has it then, and silence is worse.
        """
        spoken = market.languages if market else ()
        near = [tag for tag in spoken if same_language(tag, language)] if language not in spoken else []
        exact = f"{language.split('-')[0]}-{market.code}" if market else ""
        first = [exact] if exact in self._known and same_language(exact, language) else []
        instead = () if near or language in spoken else spoken[:1]
        for tag in (*first, *near, language, *instead, "en"):
            try:
                bank = load_phrases(tag, own=self._own)
            except UnknownLanguageError:
                continue
            return self._without_eszett(bank) if market and market.code == "CH" and bank.language == "de" else bank
        return load_phrases("en", own=self._own)

    def check(self) -> int:
        """Return how many banks there are, all read.

        Raises:
            DataFileError: One breaks the form.
        """
        return len([load_phrases(tag, own=self._own) for tag in self._known])

    def _without_eszett(self, bank: PhraseBank) -> PhraseBank:
        """Return the German bank as Switzerland writes it: with ss for ß."""
        if self._swiss is None:
            self._swiss = PhraseBank.model_validate_json(bank.model_dump_json().replace("ß", "ss"))
        return self._swiss
