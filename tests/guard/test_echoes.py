"""What an order says of a person is told to nobody whose word for who they are is all that there is."""

from __future__ import annotations

import pytest

from cs_assist.guard.check import Guard, order_facts
from cs_assist.guard.context import Context
from cs_assist.guard.echoes import card_ends, persons_facts
from cs_assist.guard.privacy import private_data
from cs_assist.guard.private_words import read
from cs_assist.types import Customer, Draft, Message, Order, Turn

ADDRESS = {
    "en": ("destination: 14 Mill Lane, Bristol BS1 6QF", "It goes to 14 Mill Lane, Bristol BS1 6QF."),
    "de": ("Lieferadresse: Lindenweg 8, 50667 Köln", "Es geht an Lindenweg 8, 50667 Köln."),
    "fr": ("Adresse de livraison : 8 rue des Lilas, 69003 Lyon", "Il part pour le 8 rue des Lilas, 69003 Lyon."),
    "es": ("Dirección de envío: Calle Luna 8, 28004 Madrid", "Va a Calle Luna 8, 28004 Madrid."),
    "pl": ("Adres dostawy: ul. Lipowa 8, 00-316 Warszawa", "Paczka jedzie na ul. Lipowa 8, 00-316 Warszawa."),
    "ru": ("Адрес доставки: ул. Садовая, д. 8, кв. 3, Москва 101000", "Посылка едет на ул. Садовая, д. 8, кв. 3, Москва 101000."),
    "ja": ("お届け先: 東京都千代田区神田1-2-3", "東京都千代田区神田1-2-3にお届けします。"),
    "zh-Hans": ("收货地址：北京市朝阳区建国路66号", "包裹寄往北京市朝阳区建国路66号。"),
    "ko": ("배송지: 서울특별시 강남구 테헤란로 45", "서울특별시 강남구 테헤란로 45로 배송됩니다."),
}
FACTS = (
    "phone: +44 20 7946 0958",
    "email: rosa.keller@mail.example",
    "recipient: Rosa Keller",
    "destination: 14 Mill Lane, Bristol BS1 6QF",
    "payment method: Visa ending in 4242",
)
SHOP = "Our shop: 5 Market Road, Leeds LS1 4AP. Phone: +44 113 496 0000, help@shop.example."


def found(text: str, *evidence: str, language: str = "en", market: str | None = "GB", **known: object) -> list[tuple[str, str]]:
    context = Context(language, market, "own_shop", None, evidence, **known)  # type: ignore[arg-type]
    return [(f.rule, text[f.start : f.end]) for f in private_data(text, context) if f.severity == "block"]


@pytest.mark.parametrize("language", sorted(ADDRESS))
def test_an_orders_address_is_told_to_a_verified_customer_only(language: str) -> None:
    fact, reply = ADDRESS[language]
    assert [rule for rule, _ in found(reply, fact, language=language, market=None)] == ["private_address"]
    assert found(reply, fact, language=language, market=None, verified=True) == []
    assert found(reply, fact, language=language, market=None, customer_text=fact.partition(":")[2] or fact) == []


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("We will ring +44 20 7946 0958.", "private_phone", "+44 20 7946 0958"),
        ("The invoice went to rosa.keller@mail.example.", "private_email", "rosa.keller@mail.example"),
        ("Your card ending in 4242 was charged.", "private_card", "4242"),
        ("Paid with Visa •••• 4242.", "private_card", "4242"),
        ("It goes to Rosa Keller, 14 Mill Lane, Bristol BS1 6QF.", "private_name", "Rosa Keller"),
    ],
)
def test_what_an_order_says_of_a_person_blocks_unless_they_wrote_it_or_are_verified(text: str, rule: str, place: str) -> None:
    assert (rule, place) in found(text, *FACTS, SHOP)
    assert found(text, *FACTS, SHOP, verified=True) == []
    assert found(text, *FACTS, SHOP, customer_text=f"It is mine: {text}") == []
    assert found(text, *FACTS, SHOP, customer_text="Well?", said=f"It is mine: {text}") == []


def test_what_the_shop_says_of_itself_may_be_told() -> None:
    assert found("Send it to 5 Market Road, Leeds LS1 4AP, or write to help@shop.example, +44 113 496 0000.", *FACTS, SHOP) == []
    assert found("Dear Rosa Keller, thank you.", *FACTS) == []
    assert found("It arrives in 2026.", "card: Visa, valid until 2026") == []


@pytest.mark.parametrize("number", ["+44 20 7946 0958", "020 7946 0958", "(020) 7946-0958"])
def test_a_telephone_number_is_the_same_with_and_without_its_countrys_code(number: str) -> None:
    text = f"We ring {number}."
    assert [rule for rule, _ in found(text, *FACTS)] == ["private_phone"]
    assert found(text, *FACTS, verified=True) == []
    assert found(text, *FACTS, customer_text="Ring me on 020 7946 0958") == []


@pytest.mark.parametrize("text", ["Card 4111 1111 1111 1111 was charged.", "Your date of birth is 03.05.1990."])
def test_what_is_never_repeated_is_not_repeated_to_a_verified_customer_either(text: str) -> None:
    assert found(text, f"card: {text}", customer_text=text, verified=True)


def test_the_guard_takes_from_the_message_who_is_verified_and_what_was_written_before() -> None:
    guard = Guard(lambda _: ("en", 0.0))
    order = Order(number="A-1", destination="14 Mill Lane, Bristol BS1 6QF")
    draft = Draft(text="It goes to 14 Mill Lane, Bristol BS1 6QF.", language="en", source="composed")

    def rules(said: str = "", **values: object) -> list[str]:
        message = Message(id="1", text="Where does it go?", market="GB", order=order, **values)  # type: ignore[arg-type]
        return [f.rule for f in guard(draft, message, said=said) if f.severity == "block"]

    assert rules() == rules(customer=Customer(email="a@b.example")) == ["private_address"]
    assert rules(customer=Customer(verified=True)) == []
    assert rules(history=(Turn(role="customer", text="I moved to 14 Mill Lane, Bristol BS1 6QF."),)) == []
    assert rules(said="I moved to 14 Mill Lane, Bristol BS1 6QF.") == []
    assert rules(history=(Turn(role="agent", text="14 Mill Lane, Bristol BS1 6QF?"),)) == ["private_address"]


def test_the_facts_of_an_order_are_told_from_an_article() -> None:
    order = Order(number="A-1", destination="14 Mill Lane, Bristol", carrier="DHL")
    assert persons_facts(order_facts(order)) == ("14 Mill Lane, Bristol",)
    assert (
        persons_facts(["Phone: 020 7946 0958\nWe are open from 9 to 5.", "phone: 020 7946 0958\nopen: 9 to 5", "carrier: DHL"])
        == ()
    )
    assert persons_facts(["Order A-1\n- Ship to: Rosa Keller\n- Items: 2"]) == ("Rosa Keller",)


def test_the_last_digits_of_a_card_are_no_year_and_no_price() -> None:
    def ends(text: str) -> list[str]:
        return [*card_ends(read(text, market=None, language="en"))]

    assert ends("your card ending in 4242") == ["4242"]
    assert ends("Mastercard **** 2031") == ["2031"]
    assert ends("your card is valid until 2031") == []
    assert ends("the lamp costs 4242 yen") == []
