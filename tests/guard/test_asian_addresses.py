from __future__ import annotations

import pytest

from cs_assist.guard.asian_addresses import asian_addresses
from cs_assist.guard.private_words import read

from .private_cases import best


def found(text: str, language: str) -> list[str]:
    reading = read(text, market=None, language=language)
    return [text[slice(*reading.normal.span(value.start, value.end))] for value in best(asian_addresses(reading))]


@pytest.mark.parametrize(
    ("before", "address", "after", "language"),
    [
        ("麻烦改寄到", "浙江省杭州市西湖区文三路478号3幢502室", "，谢谢", "zh-Hans"),
        ("地址是", "上海市浦东新区世纪大道100号", "", "zh-Hans"),
        ("請改送到", "台北市大安區復興南路一段219號5樓之2", "", "zh-Hant"),
        ("我住", "九龍尖沙咀彌敦道100號5樓", "", "zh-Hant"),
        ("配送先は", "〒150-0001 東京都渋谷区神宮前3-25-15 サンハイツ203号室", "です", "ja"),
        ("住所は", "大阪府大阪市北区梅田1-1-3", "です。", "ja"),
        ("", "서울특별시 마포구 양화로 45, 102동 1203호", "로 보내주세요", "ko"),
        ("회사 ", "서울 성동구 왕십리로 115, 4층", "입니다", "ko"),
        ("ส่งมาที่ ", "99/12 หมู่ 5 ถนนสุขุมวิท แขวงบางนา เขตบางนา กรุงเทพฯ 10260", " นะคะ", "th"),
        ("เป็น ", "88/12 ซ.ลาดพร้าว 71", "", "th"),
    ],
)
def test_addresses_from_the_large_to_the_small(before: str, address: str, after: str, language: str) -> None:
    assert found(before + address + after, language) == [address]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我住的是没有电梯的四楼", "zh-Hans"),
        ("订单号12345678已经到了", "zh-Hans"),
        ("大樓規定必須註明B棟", "zh-Hant"),
        ("届け先は青森県八戸市です", "ja"),
        ("3号室の鍵", "ja"),
        ("서울에 배송되나요? 3개요", "ko"),
        ("อาหาร 7 kg ส่งที่ไหน", "th"),
        ("ขนาด 120 x 60 ซม.", "th"),
    ],
)
def test_places_and_numbers_alone_are_none(text: str, language: str) -> None:
    assert not found(text, language)
