"""How to call a customer: never guessing a gender, never splitting a name of unknown order."""

from __future__ import annotations

import unicodedata

from cs_assist.markets.market import Market

_LONGEST = 60
#: Titles that the customer uses of themselves; with one, the name stays whole. General knowledge.
_TITLES = frozenset((
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam", "herr", "frau", "hr", "fr", "sr", "sra", "srta", "señor",
    "señora", "señorita", "dom", "dona", "m", "mme", "mlle", "monsieur", "madame", "sig", "sigra", "signor", "signora",
    "dott", "dottssa", "ing", "pan", "pani", "bay", "bayan", "bapak", "ibu", "pak", "bu", "encik", "puan", "shri", "smt",
    "श्री", "श्रीमती", "सुश्री",
))  # fmt: skip
#: What systems write where they know no name; a name of such words alone is none. General knowledge of shops' exports.
_NO_NAMES = frozenset((
    "null", "none", "nil", "nan", "n/a", "na", "undefined", "unknown", "anonymous", "anonym", "guest", "gast", "invité",
    "invitado", "invitada", "convidado", "ospite", "gość", "gäst", "гость", "misafir", "ゲスト", "게스트", "游客",
    "訪客", "tamu", "tetamu", "customer", "client", "buyer", "user", "member", "visitor", "shopper", "test", "admin",
    "no", "name", "kunde", "kundin", "cliente", "klant", "klient", "kund", "клиент", "покупатель", "müşteri", "お客様",
    "客户", "顧客", "买家", "pelanggan", "pembeli", "amazon", "ebay", "aliexpress", "shopee", "lazada", "tiktok", "etsy",
    "walmart", "temu", "shopify", "whatsapp", "facebook", "instagram", "messenger", "gmail", "marketplace", "rakuten",
    "mercado", "libre", "livre",
))  # fmt: skip
#: Marks of honour that the phrase banks put to a name: not to be said twice.
_HONORIFICS_AFTER = ("様", "さま", "さん", "고객님", "님", "씨", "先生", "女士", "小姐", " जी", " ji")
_HONORIFICS_BEFORE = ("คุณ",)


def calling_name(name: str | None, market: Market | None) -> str:
    """Return how to call a customer; "" where the name is none: an address, a user name, a placeholder.

    A name in any script is used as it was given. Where people are called by their first name, that of a name in
    Latin letters of the West is taken; where titles are usual, the whole name without one, because a title tells a gender.

    Example:
        >>> calling_name("田中 花子様", None), calling_name("ana_87", None)
        ('田中 花子', '')
        >>> calling_name("null", None), calling_name("Amazon Customer", None)
        ('', '')
    """
    cleaned = " ".join((name or "").split())
    if not cleaned or len(cleaned) > _LONGEST or any(c.isdigit() or c in "@{}<>[]/\\|#*=" for c in cleaned):
        return ""
    if any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "So") and c not in "\u200c\u200d" for c in cleaned):
        return ""
    if not any(c.isalpha() for c in cleaned) or (" " not in cleaned and ("." in cleaned or "_" in cleaned)):
        return ""  # a user name
    if all(word in _NO_NAMES for word in cleaned.casefold().split()):
        return ""
    bare = _without_honorific(cleaned)
    if bare.islower() and _western(bare):
        bare = bare.title()
    first = bare.split()[0]
    if first.rstrip(".").casefold() in _TITLES:
        return bare
    return first if market and market.name_style == "given" and _western(bare) else bare


def _without_honorific(name: str) -> str:
    for mark in _HONORIFICS_AFTER:
        if (
            name.casefold().endswith(mark)
            and len(name) > len(mark) + 1
            and (not mark.isascii() or f" {mark.strip()}" in name.casefold())
        ):
            return name[: -len(mark)].strip()
    for mark in _HONORIFICS_BEFORE:
        if name.startswith(mark) and len(name) > len(mark) + 1:
            return name[len(mark) :].strip()
    return name


def _western(name: str) -> bool:
    """Tell whether all letters are of Latin-1 or Latin Extended-A: where the given name stands first, Vietnam's are not."""
    return all(c < "\u0180" for c in name)
