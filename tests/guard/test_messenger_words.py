"""How people call messengers every day, in each language: found where the words lead there, and not where goods are meant."""

from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.rules import RuleBook

BOOK = RuleBook()
LEADS_OFF = {
    "en": [
        "Please DM us on Insta for photos.",
        "You can find us on Telegram.",
        "Our Discord is open all day.",
        "Skype us any time.",
    ],
    "de": ["Schreiben Sie uns gern bei Telegram.", "Auf Insta sehen Sie mehr.", "Am besten per WA melden."],
    "fr": ["Contactez-nous sur Insta.", "On répond plus vite via Telegram."],
    "es": ["Mándenos un whats y le respondemos.", "Estamos en Telegram.", "Hablamos por guasap."],
    "it": ["Scrivici su Telegram.", "Ci trova su Instagram.", "Mandi un uozzap."],
    "pt": ["Me chama no zap que resolvo.", "Fala com a gente pelo Insta."],
    "nl": ["App ons even voor de foto's.", "U kunt ons vinden op Instagram."],
    "sv": ["Skriv till oss på Messenger.", "Vi finns på Insta."],
    "pl": ["Proszę napisać na fejsie.", "Jesteśmy na Telegramie."],
    "tr": ["Wp'den yazın lütfen.", "Telegram üzerinden ulaşabilirsiniz.", "Vatsaptan dönüş yapıyoruz."],
    "ru": ["Напишите нам в телегу.", "Мы отвечаем в вк быстрее.", "Скиньте фото в вотсап."],
    "ar": ["تواصل معنا عبر تيليجرام.", "راسلنا على الواتس.", "نحن على سناب، أضفنا."],
    "hi": ["हमें इंस्टाग्राम पर लिखें।", "वाट्सऐप कर दीजिए।"],
    "hi-Latn": ["Insta pe message kar dijiye.", "Telegram pe aa jaiye."],
    "id": ["Chat WA aja ya kak.", "Lanjut di IG kami ya.", "Bisa hubungi lewat tele."],
    "ms": ["Wasap kami ya.", "Tele admin untuk tempah."],
    "vi": ["Nhắn qua fb giúp em nhé.", "Kết bạn da lô với shop nhé."],
    "th": ["ทักเฟสมาได้เลยค่ะ", "ติดต่อทางไลน์ร้านนะคะ"],
    "ja": ["インスタのDMからご連絡ください。", "ラインで友だち追加をお願いします。"],
    "ko": ["인스타로 문의 주세요.", "라인으로 연락 주시면 됩니다."],
    "zh-Hans": ["您加我微就行。", "用微信聊更方便。", "请加V信", "企鹅号发您"],
    "zh-Hant": ["加賴比較快喔。", "請私訊粉專。", "用LINE聯絡我們"],
}
GOODS = {
    "en": ["The camera streams on Facebook and Discord.", "This telegram poster is framed.", "Your Instagram frame has shipped."],
    "de": ["Der Discord-Lautsprecher ist ausverkauft.", "Das Signal ist schwach.", "Der Rahmen im Instagram-Stil ist aus Holz."],
    "fr": ["Le cadre façon Instagram est en bois.", "Le casque est compatible Discord."],
    "es": ["El marco tipo Instagram mide 20 cm."],
    "it": ["La cornice in stile Instagram è di legno."],
    "pt": ["O jogo tem zap e copas.", "O zíper é de metal."],
    "nl": ["De app toont de batterij.", "In de app ons assortiment bekijken kan ook."],
    "sv": ["Ramen i Instagram-stil är av trä."],
    "pl": ["Ramka w stylu Instagram jest z drewna."],
    "tr": ["Instagram tarzı çerçeve ahşaptır."],
    "ru": ["Садовая телега выдерживает 100 кг.", "Открытка в виде телеграммы в наличии."],
    "ar": ["الإطار بنمط انستقرام مصنوع من الخشب."],
    "hi": ["इंस्टाग्राम स्टाइल फ्रेम लकड़ी का है।"],
    "hi-Latn": ["Instagram style frame lakdi ka hai."],
    "id": ["Warna WA adalah putih.", "Bingkai gaya Instagram dari kayu."],
    "ms": ["Bingkai gaya Instagram daripada kayu."],
    "vi": ["Da lót giày là da thật ạ.", "Khung ảnh kiểu Instagram bằng gỗ ạ."],
    "th": ["ไลน์สินค้านี้หมดแล้วค่ะ", "ติดต่อทางแชทออนไลน์ของแพลตฟอร์มได้ค่ะ", "มอเตอร์ 3 เฟสค่ะ"],
    "ja": [
        "ラインストーンは接着済みでございます。",
        "オンラインでお問い合わせいただけます。",
        "アイラインの色は黒でございます。",
    ],
    "ko": ["인스타 감성 조명입니다.", "네크라인은 브이넥입니다.", "온라인으로 문의하실 수 있습니다."],
    "zh-Hans": ["微信小程序不影响手环的使用。", "这个型号是微单相机。", "土里可以加微量元素肥。"],
    "zh-Hant": ["這款微波爐可以加微量的水清潔。", "值得信賴我們的品質。"],
}


def messengers(text: str, language: str) -> list[str]:
    found = BOOK(text, Context(language, None, "ebay", "marketplace"))
    return [text[f.start : f.end] for f in found if f.rule == "ebay_contact_messenger"]


@pytest.mark.parametrize(("language", "text"), [(tag, text) for tag, texts in LEADS_OFF.items() for text in texts])
def test_words_that_lead_to_a_messenger_are_found(language: str, text: str) -> None:
    assert messengers(text, language)


@pytest.mark.parametrize(("language", "text"), [(tag, text) for tag, texts in GOODS.items() for text in texts])
def test_goods_that_are_called_alike_pass(language: str, text: str) -> None:
    assert messengers(text, language) == []


def test_every_language_is_served() -> None:
    assert set(LEADS_OFF) == set(GOODS)
    assert len(LEADS_OFF) == 22
