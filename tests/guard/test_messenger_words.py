"""How people call messengers every day, in each language: found where the words lead there, and not where goods are meant."""

from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.rules import RuleBook

BOOK = RuleBook()
LEADS_OFF = {
    "en": [
        "Contact us: Telegram papaya_shop.",
        "Please DM us on Insta for photos.",
        "You can find us on Telegram.",
        "Our Discord is open all day.",
        "Skype us any time.",
    ],
    "de": ["Schreiben Sie uns gern bei Telegram.", "Auf Insta sehen Sie mehr.", "Am besten per WA melden."],
    "fr": ["Contactez-nous sur Insta.", "On répond plus vite via Telegram."],
    "es": ["Páseme su whats.", "Mándenos un whats y le respondemos.", "Estamos en Telegram.", "Hablamos por guasap."],
    "it": ["Mi lasci il suo whats.", "Scrivici su Telegram.", "Ci trova su Instagram.", "Mandi un uozzap."],
    "pt": ["Me chama no zap que resolvo.", "Fala com a gente pelo Insta."],
    "nl": ["App ons even voor de foto's.", "U kunt ons vinden op Instagram."],
    "sv": ["Skriv till oss på Messenger.", "Vi finns på Insta."],
    "pl": ["Proszę napisać na fejsie.", "Jesteśmy na Telegramie."],
    "tr": ["Instamız papaya.", "Wp'den yazın lütfen.", "Telegram üzerinden ulaşabilirsiniz.", "Vatsaptan dönüş yapıyoruz."],
    "ru": ["Мы в телеге, заходите.", "Напишите нам в телегу.", "Мы отвечаем в вк быстрее.", "Скиньте фото в вотсап."],
    "ar": ["تواصل معنا عبر تيليجرام.", "راسلنا على الواتس.", "نحن على سناب، أضفنا."],
    "hi": ["हमें इंस्टाग्राम पर लिखें।", "वाट्सऐप कर दीजिए।"],
    "hi-Latn": ["Insta pe message kar dijiye.", "Telegram pe aa jaiye."],
    "id": ["Wapri ya kak.", "Chat WA aja ya kak.", "Lanjut di IG kami ya.", "Bisa hubungi lewat tele."],
    "ms": ["Wasap kami ya.", "Tele admin untuk tempah."],
    "vi": ["Nhắn qua fb giúp em nhé.", "Kết bạn da lô với shop nhé."],
    "th": ["ทักเฟสมาได้เลยค่ะ", "ติดต่อทางไลน์ร้านนะคะ"],
    "ja": ["ライン交換をお願いできますか。", "インスタのDMからご連絡ください。", "ラインで友だち追加をお願いします。"],
    "ko": ["오픈톡으로 오세요.", "인스타로 문의 주세요.", "라인으로 연락 주시면 됩니다."],
    "zh-Hans": ["＋V聊", "小红书私信我们", "您加我微就行。", "用微信聊更方便。", "请加V信", "企鹅号发您"],
    "zh-Hant": ["加V聊", "加賴比較快喔。", "請私訊粉專。", "用LINE聯絡我們"],
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
#: Beside the names of goods stand words that lead to a messenger elsewhere.
GOODS["en"] += ["Please send us a photo of the Instagram frame and the signal lamp.", "The watch shows WhatsApp messages."]
GOODS["de"] += ["Schreiben Sie uns hier, wenn das Signal fehlt.", "Die Uhr zeigt WhatsApp-Nachrichten an."]
GOODS["es"] += ["Envíenos una foto del marco tipo Instagram."]
GOODS["nl"] += ["Start de app even opnieuw op."]
GOODS["ru"] += ["В этой телеге два колеса."]
GOODS["ja"] += ["カカオ70%のチョコレートでございます。"]
GOODS["zh-Hans"] += ["这件毛衣是加V领设计。"]
#: An honest answer to who asks for a messenger.
REFUSED = {
    "en": ["We do not answer on WhatsApp; please write here.", "Sorry, we can't chat via Telegram."],
    "de": ["Wir antworten leider nicht per WhatsApp.", "Wir haben kein WhatsApp."],
    "fr": ["Nous n'avons pas de WhatsApp.", "Nous ne pouvons pas répondre sur WhatsApp."],
    "es": ["No atendemos por WhatsApp.", "No podemos responder por Telegram."],
    "it": ["Non rispondiamo su WhatsApp."],
    "pt": ["Não atendemos pelo WhatsApp.", "Não temos WhatsApp."],
    "nl": ["Wij antwoorden niet via WhatsApp.", "Via WhatsApp helaas niet."],
    "sv": ["Vi svarar inte på WhatsApp."],
    "pl": ["Nie odpowiadamy na WhatsAppie.", "Nie możemy rozmawiać przez WhatsApp."],
    "tr": ["WhatsApp üzerinden yanıt veremiyoruz.", "WhatsApp hattımız yok."],
    "ru": ["Мы не отвечаем в WhatsApp.", "Не можем общаться в телеграме."],
    "ar": ["لا يمكننا الرد عليك عبر واتساب.", "لا نستخدم واتساب."],
    "hi": ["हम व्हाट्सएप पर जवाब नहीं देते।"],
    "hi-Latn": ["Hum WhatsApp par reply nahi karte."],
    "id": ["Kami tidak melayani lewat WhatsApp.", "Kami tidak bisa membalas via WA."],
    "ms": ["Kami tidak membalas melalui WhatsApp."],
    "vi": ["Shop không hỗ trợ qua Zalo ạ."],
    "th": ["ร้านไม่รับติดต่อทางไลน์ค่ะ"],
    "ja": ["LINEでのお問い合わせには対応しておりません。"],
    "ko": ["카카오톡 상담은 진행하지 않습니다."],
    "zh-Hans": ["我们不能加微信，请在这里留言。"],
    "zh-Hant": ["我們無法使用LINE，請在這裡留言。"],
}
#: A no that is said of something else.
OTHER_NO = [
    ("en", "We can't help here; message us on WhatsApp."),
    ("en", "Not here, on WhatsApp please."),
    ("de", "Zögern Sie nicht, per WhatsApp zu schreiben."),
    ("fr", "N'hésitez pas à nous écrire sur WhatsApp."),
    ("es", "No dude en escribirnos por WhatsApp."),
    ("pt", "Não fique sem resposta, chama no WhatsApp."),
    ("sv", "Tveka inte, WhatsApp oss."),
    ("tr", "Buradan değil, WhatsApp üzerinden ulaşabilirsiniz."),
    ("hi-Latn", "WhatsApp par message karo, yahan nahi."),
    ("th", "ถ้าไม่ได้รับสินค้า ทักไลน์มานะคะ"),
    ("ja", "LINEでご連絡いただければ、お待たせすることはありません。"),
    ("ko", "카톡으로 연락 주시면 불편이 없습니다."),
    ("zh-Hans", "能不能加微信？"),
    ("zh-Hans", "要不加微信吧"),
]


def messengers(text: str, language: str) -> list[str]:
    found = BOOK(text, Context(language, None, "ebay", "marketplace"))
    return [text[f.start : f.end] for f in found if f.rule == "ebay_contact_messenger"]


@pytest.mark.parametrize(("language", "text"), [(tag, text) for tag, texts in LEADS_OFF.items() for text in texts])
def test_words_that_lead_to_a_messenger_are_found(language: str, text: str) -> None:
    assert messengers(text, language)


@pytest.mark.parametrize(("language", "text"), [(tag, text) for tag, texts in GOODS.items() for text in texts])
def test_goods_that_are_called_alike_pass(language: str, text: str) -> None:
    assert messengers(text, language) == []


@pytest.mark.parametrize(("language", "text"), [(tag, text) for tag, texts in REFUSED.items() for text in texts])
def test_who_says_that_nobody_answers_there_leads_nobody_off(language: str, text: str) -> None:
    assert messengers(text, language) == []


@pytest.mark.parametrize(("language", "text"), OTHER_NO)
def test_a_no_to_something_else_excuses_no_messenger(language: str, text: str) -> None:
    assert messengers(text, language)


def test_every_language_is_served() -> None:
    assert set(LEADS_OFF) == set(GOODS) == set(REFUSED)
    assert len(LEADS_OFF) == 22
