from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cs_assist.conversation.history import notes_of, told_by
from cs_assist.types import Conversation, Customer, Note, Turn

ORDER = ("PL261047715",)


def contact(number: int, intent: str = "order_status", orders: tuple[str, ...] = ORDER, said: str = "") -> Conversation:
    turns = (Turn(role="customer", text="?", intent=intent, orders=orders), *((Turn(role="agent", text=said),) if said else ()))
    return Conversation(id=f"c{number}", turns=turns, language="en")


def lines(*contacts: Conversation, vip: bool = False) -> list[tuple[str, int]]:
    return [(note.kind, note.count) for note in notes_of(contacts[-1], contacts[:-1], ORDER, vip=vip, told=())]


def test_a_first_contact_has_no_history() -> None:
    assert lines(contact(1)) == []


def test_contacts_about_this_order_are_counted_and_others_are_not() -> None:
    assert lines(contact(1), contact(2, orders=("XY999999",)), contact(3), contact(4)) == [("contacts", 3)]


@pytest.mark.parametrize(("intent", "kind"), [("change_address", "address_changes"), ("not_received", "delivery_problems")])
def test_what_happened_twice_is_told(intent: str, kind: str) -> None:
    assert lines(contact(1, intent), contact(2, intent)) == [("contacts", 2), (kind, 2)]


def test_what_was_given_before_is_told_in_the_shops_words() -> None:
    (_, note) = notes_of(contact(2), [contact(1, said="Hello. Here is a voucher for 10 EUR.")], ORDER, vip=False, told=())
    assert (note.kind, note.text) == ("compensation", "Here is a voucher for 10 EUR.")


def test_when_it_was_given_is_told_where_it_is_known() -> None:
    def note(*moments: datetime | None) -> Note:
        turns = tuple(Turn(role="bot", text="Here is a voucher for 10 EUR.", at=at) for at in moments)
        (found,) = notes_of(Conversation(id="c", turns=turns), [], (), vip=False, told=())
        return found

    first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    assert (note(first, last, None).at, note(first, last, None).count) == (last, 3)
    assert note(None).at is None


def test_a_marked_customer_comes_first_and_another_language_is_told() -> None:
    other = contact(1).model_copy(update={"language": "fr"})
    kinds = [note.kind for note in notes_of(contact(2), [other], ORDER, vip=True, told=["likes tea"])]
    assert kinds == ["vip", "contacts", "language", "crm"]


class FailingCrm:
    """A system of the seller's that is down."""

    def notes(self, customer: Customer) -> tuple[str, ...]:
        raise ConnectionError("down")


def test_a_customer_system_that_is_down_costs_its_lines_only() -> None:
    assert told_by(FailingCrm(), Customer(email="ana@example.com")) == ()
