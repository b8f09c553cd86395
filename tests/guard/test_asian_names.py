from __future__ import annotations

import pytest

from cs_assist.guard.names import names
from cs_assist.guard.private_words import read

from .private_cases import best


def found(text: str, language: str) -> set[str]:
    reading = read(text, market=None, language=language)
    return {text[slice(*reading.normal.span(value.start, value.end))] for value in best(names(reading))}


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("我叫李晓雯，上周买的", "zh-Hans", "李晓雯"),
        ("收件人：张伟", "zh-Hans", "张伟"),
        ("请联系王先生", "zh-Hans", "王"),
        ("客服陈小姐说", "zh-Hans", "陈"),
        ("我是欧阳娜娜，请帮我", "zh-Hans", "欧阳娜娜"),
        ("全名林佳穎，", "zh-Hant", "林佳穎"),
        ("林佳穎 敬上", "zh-Hant", "林佳穎"),
        ("田中様にお電話", "ja", "田中"),
        ("中島 彩花と申します", "ja", "中島 彩花"),
        ("鈴木です。", "ja", "鈴木"),
        ("お名前：山田 太郎", "ja", "山田 太郎"),
        ("저는 김민수입니다", "ko", "김민수"),
        ("김민수님께", "ko", "김민수"),
        ("이름: 남궁민수", "ko", "남궁민수"),
        ("최은서 드림", "ko", "최은서"),
        ("ดิฉันชื่อ สุดารัตน์ มณีวงศ์ ค่ะ", "th", "สุดารัตน์ มณีวงศ์"),
        ("ผมชื่อธนากรครับ", "th", "ธนากร"),
        ("คุณสมพร โทรมา", "th", "สมพร"),
    ],
)
def test_names_by_what_stands_beside_them(text: str, language: str, name: str) -> None:
    assert found(text, language) == {name}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我是新客户", "zh-Hans"),
        ("高兴地收到了", "zh-Hans"),
        ("客服先生您好", "zh-Hans"),
        ("USDT高价收，秒到账", "zh-Hans"),
        ("我是想問一下", "zh-Hant"),
        ("お客様センターの皆様", "ja"),
        ("この仕様と模様", "ja"),
        ("ボットさんは", "ja"),
        ("私は困っています", "ja"),
        ("大丈夫です。", "ja"),
        ("고객님 판매자님", "ko"),
        ("저는 문제입니다", "ko"),
        ("포장 전이면", "ko"),
        ("문의하라고 합니다", "ko"),
        ("앱 전용가라고 해서", "ko"),
        ("ขอบคุณค่ะ แม่ชอบมาก", "th"),
        ("เรียน ฝ่ายบุคคล", "th"),
        ("แหวนใส่นิ้วนางใส่ไม่ได้", "th"),
        ("ลูกค้าคุณภาพ", "th"),
    ],
)
def test_ordinary_words_are_no_names(text: str, language: str) -> None:
    assert not found(text, language)
