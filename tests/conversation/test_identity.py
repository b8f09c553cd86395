from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.config import load_settings
from cs_assist.conversation.identity import Identity, open_identity
from cs_assist.errors import SettingsError
from cs_assist.store.base import MemoryStore
from cs_assist.types import Customer

IDENTITY = Identity(b"secret")


@pytest.mark.parametrize(
    ("one", "two", "market"),
    [
        ({"email": " Ana@Example.COM"}, {"email": "ana@example.com"}, None),
        ({"phone": "0170 1234567"}, {"phone": "+49-170-1234567"}, "DE"),
        ({"phone": "(555) 010-9999 123"}, {"phone": "5550109999123"}, None),
        ({"marketplace_id": "A1 "}, {"marketplace_id": "A1"}, None),
    ],
)
def test_one_value_written_in_two_ways_is_one_key(one: dict[str, str], two: dict[str, str], market: str | None) -> None:
    left, right = (IDENTITY.keys(Customer(**who), market=market) for who in (one, two))
    assert left == right
    assert len(left) == 1


@pytest.mark.parametrize("who", [{}, {"email": "nobody"}, {"phone": "12"}, {"marketplace_id": " "}])
def test_what_names_nobody_is_no_key(who: dict[str, str]) -> None:
    assert IDENTITY.keys(Customer(**who), orders=["17", "ABCDEFGH"]) == {}


def test_marketplace_ids_are_those_of_one_marketplace_and_orders_of_all() -> None:
    amazon, ebay = (IDENTITY.keys(Customer(marketplace_id="1"), platform=p, orders=["PL-2610-47715"]) for p in ("amazon", "ebay"))
    assert amazon["marketplace_id"] != ebay["marketplace_id"]
    assert amazon["order"] == ebay["order"] == IDENTITY.keys(Customer(), orders=["pl2610 47715"])["order"]


@given(st.builds(Customer, email=st.text(), phone=st.text(max_size=30), marketplace_id=st.text()))
def test_a_key_tells_nothing_and_depends_on_the_secret(customer: Customer) -> None:
    mine, other = IDENTITY.keys(customer), Identity(b"other").keys(customer)
    assert mine.keys() == other.keys()
    for kind, key in mine.items():
        assert len(key) == 64
        assert key != other[kind]


def linked(*people: dict[str, str]) -> MemoryStore:
    store = MemoryStore()
    for number, who in enumerate(people):
        store.link(f"p{number}", IDENTITY.keys(Customer(**who)))
    return store


def recognised(store: MemoryStore, **who: str) -> tuple[str | None, tuple[str, ...]]:
    person = IDENTITY.recognise(IDENTITY.keys(Customer(**who)), store)
    return person.customer_id, person.clash


def test_a_customer_is_recognised_by_any_of_their_keys() -> None:
    store = linked({"email": "a@example.com", "phone": "+491701234567"})
    assert recognised(store, email="a@example.com") == ("p0", ())
    assert recognised(store, phone="+49 170 1234567") == ("p0", ())


def test_somebody_new_is_always_the_same_somebody() -> None:
    first, second = (recognised(MemoryStore(), email="new@example.com") for _ in range(2))
    assert first == second
    assert first[0]


def test_the_better_key_decides_where_two_customers_match() -> None:
    store = linked({"email": "a@example.com"}, {"phone": "+491701234567"})
    assert recognised(store, email="a@example.com", phone="+491701234567") == ("p0", ("p1",))


def test_a_phone_of_two_customers_alone_names_neither() -> None:
    store = linked({"phone": "+491701234567"}, {"phone": "+491701234567"})
    assert recognised(store, phone="+491701234567") == (None, ("p0", "p1"))


@pytest.mark.parametrize("who", [{"phone": "+447700900123"}, {"email": "b@example.com"}, {"marketplace_id": "M7"}])
def test_who_names_an_order_is_not_its_customer_and_a_person_is_told(who: dict[str, str]) -> None:
    store = MemoryStore()
    store.link("p0", IDENTITY.keys(Customer(email="a@example.com"), orders=["PL-2610-47715"]))
    keys = IDENTITY.keys(Customer(**who), orders=["PL-2610-47715"])
    stranger = IDENTITY.recognise(keys, store)
    assert stranger.customer_id not in (None, "p0")
    assert stranger.clash == ("p0",)
    store.link(str(stranger.customer_id), keys)
    owner = IDENTITY.recognise(IDENTITY.keys(Customer(email="a@example.com"), orders=["PL-2610-47715"]), store)
    assert (owner.customer_id, owner.clash) == ("p0", (stranger.customer_id,))


def test_an_order_number_alone_is_nobody() -> None:
    store = MemoryStore()
    keys = IDENTITY.keys(Customer(), orders=["PL-2610-47715"])
    assert IDENTITY.recognise(keys, store).customer_id is None
    store.link("p0", {**keys, **IDENTITY.keys(Customer(email="a@example.com"))})
    person = IDENTITY.recognise(keys, store)
    assert (person.customer_id, person.clash) == (None, ("p0",))


def test_a_phone_of_somebody_with_another_address_is_somebody_elses_too() -> None:
    store = linked({"email": "a@example.com", "phone": "+491701234567"}, {"phone": "+447700900123"})
    new, clash = recognised(store, email="b@example.com", phone="+491701234567")
    assert new not in (None, "p0")
    assert clash == ("p0",)
    assert recognised(store, email="b@example.com", phone="+447700900123") == ("p1", ())


def test_nobody_is_nobody() -> None:
    assert recognised(MemoryStore()) == (None, ())


def test_the_key_is_the_settings_else_one_that_stays(tmp_path: Path) -> None:
    ana = Customer(email="ana@example.com")
    given_ = open_identity(load_settings(identity_key="k", state_dir=tmp_path / "none")).keys(ana)
    assert given_ == Identity(b"k").keys(ana)
    assert not (tmp_path / "none").exists()
    own = load_settings(state_dir=tmp_path)
    assert open_identity(own).keys(ana) == open_identity(own).keys(ana) != given_
    (made,) = tmp_path.iterdir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_a_key_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be kept"):
        open_identity(load_settings(state_dir=tmp_path / "file"))
