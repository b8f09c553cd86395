"""A carrier that a reply names is the evidence's, by whichever of its names."""

from __future__ import annotations

import pytest

from cs_assist.datafile import load_yaml
from cs_assist.guard.carriers import CARRIERS, CarrierFile, carriers, strange_carriers
from cs_assist.guard.context import Context
from cs_assist.guard.grounding import Grounding


@pytest.mark.parametrize(
    ("text", "evidence", "named"),
    [
        ("Your parcel travels with Hermes.", "carrier: DHL", ["Hermes"]),
        ("Versand mit DPD.", "Wir versenden mit GLS.", ["DPD"]),
        ("包裹由圆通承运。", "carrier: 中通", ["圆通"]),
        ("お荷物は佐川急便です。", "配送業者: ヤマト運輸", ["佐川"]),
        ("Посылку везёт Boxberry.", "carrier: СДЭК", ["Boxberry"]),
        ("Your parcel travels with Evri.", "carrier: Hermes", []),
        ("包裹由顺丰承运。", "carrier: SF Express", []),
        ("Deutsche Post brings it.", "carrier: DHL", []),
        ("Your parcel travels with Hermes.", "It arrives on Monday.", []),
        ("It is hermetic and ups the mood.", "carrier: DHL", []),
    ],
)
def test_another_carrier_than_the_evidences_is_strange(text: str, evidence: str, named: list[str]) -> None:
    assert [text[start:end] for start, end in strange_carriers(text, (evidence,), "")] == named


def test_the_customers_carrier_may_be_named() -> None:
    assert list(strange_carriers("We do not use UPS but DHL.", ("carrier: DHL",), "Can you send it by UPS?")) == []


def test_it_warns() -> None:
    (found,) = Grounding()("It was sent with UPS.", Context("en", None, None, None, ("carrier: DHL",)))
    assert (found.rule, found.severity, found.start, found.end) == ("ungrounded_carrier", "warn", 17, 20)


def test_no_name_is_two_carriers() -> None:
    names = [name for several in load_yaml(CARRIERS, CarrierFile).carriers for name in several]
    assert len(names) == len(set(names))
    assert all(next(carriers(name))[1:] == (0, len(name)) for name in names)
