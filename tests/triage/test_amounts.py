from __future__ import annotations

import pytest

from cs_assist.triage.amounts import amounts
from cs_assist.triage.vocabulary import read


def found(text: str, language: str | None = None, market: str | None = None) -> list[tuple[str, str]]:
    return [(v.type, text[v.start : v.end]) for v in amounts(read(text, market=market, language=language))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("macht 1.234,56 € bitte", "1.234,56 €"),
        ("it was $1,299.00!", "$1,299.00"),
        ("CHF 1'234.50 abgebucht", "CHF 1'234.50"),
        ("₹1,23,456 kat gaye", "₹1,23,456"),
        ("1 234,56 zł pobrano", "1 234,56 zł"),
        ("za 99 zł i nic", "99 zł"),
        ("det kostade 249 kr", "249 kr"),
        ("R$ 79,90 na fatura", "R$ 79,90"),
        ("a S$12.90 charge", "S$12.90"),
        ("Rp15.000 saja", "Rp15.000"),
        ("RM89 je", "RM89"),
        ("150 USD", "150 USD"),
        ("eur 20 zurück", "eur 20"),
        ("20 euros de moins", "20 euros"),
        ("cobraron 300 pesos", "300 pesos"),
        ("1 200 рублей сняли", "1 200 рублей"),
        ("١٢٣٫٥٠ ريال", "١٢٣٫٥٠ ريال"),
        ("500 रुपये वापस", "500 रुपये"),
        ("1,250.50 บาท", "1,250.50 บาท"),
        ("250,50 TL kesildi", "250,50 TL"),
        ("1.5 triệu đồng", "1.5 triệu"),
        ("10,000円です", "10,000円"),
        ("１２００円", "１２００円"),
        ("1万2千円", "1万2千円"),
        ("30,000원이 빠졌어요", "30,000원"),
        ("扣了我99元", "99元"),
        ("NT$2,180", "NT$2,180"),
        ("10-20 €", "10-20 €"),
    ],
)
def test_money_is_found_with_its_sign(text: str, value: str) -> None:
    assert ("money", value) in found(text, "vi" if "đ" in text else None)


@pytest.mark.parametrize(
    ("market", "language", "text", "value"),
    [
        ("IN", "en", "charged Rs. 499 twice", "Rs. 499"),
        ("IN", "hi-Latn", "Rs.1,499/- kat gaye", "Rs.1,499/-"),
        ("IN", "en", "refund of 499/- only", "499/-"),
        ("ID", "id", "Rp. 150.000,- hilang", "Rp. 150.000,-"),
        ("SE", "sv", "det kostade 499:- igår", "499:-"),
        ("CH", "de", "mit Fr. 20.50 belastet", "Fr. 20.50"),
        ("CH", "de", "kostete 20.– Fr. mehr", "20.– Fr"),
        ("DE", "de", "macht 12,- €", "12,- €"),
        ("DE", "de", "20,– Euro zu viel", "20,– Euro"),
        ("NL", "nl", "€ 12,- betaald", "€ 12,-"),
        ("PE", "es", "pagué S/ 50 y nada", "S/ 50"),
        ("US", "en", "about $1.5k", "$1.5k"),
        ("US", "en", "$2 million lost", "$2 million"),
        ("BR", "pt", "paguei R$ 5 mil", "R$ 5 mil"),
        ("FR", "fr", "payé 12€50 hier", "12€50"),
        ("RU", "ru", "списали 5 тысяч рублей", "5 тысяч рублей"),
        ("PL", "pl", "2 tysiące złotych", "2 tysiące złotych"),
        ("TR", "tr", "2 bin TL kesildi", "2 bin TL"),
        ("SA", "ar", "دفعت 3 آلاف ريال", "3 آلاف ريال"),
        ("IN", "hi", "2 लाख रुपये", "2 लाख रुपये"),
        ("TH", "th", "จ่าย 5 พันบาท", "5 พันบาท"),
        ("KR", "ko", "3만 5천원 환불", "3만 5천원"),
        ("KR", "ko", "삼만원이 빠졌어요", "삼만원"),
        ("KR", "ko", "이만 오천원", "이만 오천원"),
        ("JP", "ja", "三千円です", "三千円"),
        ("CN", "zh-Hans", "扣了我几百块钱", "几百块钱"),
        ("TW", "zh-Hant", "五百塊", "五百塊"),
        ("CN", "zh-Hans", "¥5万", "¥5万"),
    ],
)
def test_money_is_found_as_a_market_writes_it(market: str, language: str, text: str, value: str) -> None:
    assert found(text, language, market) == [("money", value)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "vi ses kl 12:-)"),
        ("de", "vom 5.- 7."),
        ("en", "499:- and 499/- and 12,-"),
        ("en", "paid in USD. 50 others came"),
        ("zh-Hans", "一块走"),
        ("zh-Hans", "第三千元"),
        ("ko", "구원해 주세요, 회원입니다"),
    ],
)
def test_what_only_looks_like_a_price_is_left(language: str, text: str) -> None:
    assert found(text, language) == []


def test_a_word_of_another_language_multiplies_nothing() -> None:
    assert found("€20 bin ich los", "de") == [("money", "€20")]
    assert found("the shirt for $50 M", "en") == [("money", "$50")]


def test_a_sign_between_two_numbers_belongs_to_the_one_that_it_stands_before() -> None:
    assert found("100234 RM 50") == [("money", "RM 50")]
    assert found("5€ 3 days") == [("money", "5€"), ("duration", "3 days")]


def test_a_code_that_is_a_word_needs_its_capitals() -> None:
    assert found("paid 50 TRY and SEK 20") == [("money", "50 TRY"), ("money", "SEK 20")]
    assert found("I try 5 apps, wait 5 sek") == []
    assert found("50 usd") == [("money", "50 usd")]


def test_a_sign_takes_no_other_word_along() -> None:
    assert found("RM2300 HARI NI", "ms") == [("money", "RM2300")]
    assert found("$50 USD") == [("money", "$50 USD")]


def test_an_ordinal_is_no_duration_and_no_quantity() -> None:
    assert found("第二天，第2件", "zh-Hans") == []


def test_a_markets_own_sign_means_money_there_only() -> None:
    assert found("R250 paid", market="ZA") == [("money", "R250")]
    assert found("R250 paid", market="DE") == []


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "3-5 business days", "3-5 business days"),
        ("en", "two weeks now", "two weeks"),
        ("de", "seit 14 Tagen", "14 Tagen"),
        ("de", "nach zwei Wochen", "zwei Wochen"),
        ("fr", "5 à 7 jours ouvrés", "5 à 7 jours ouvrés"),
        ("es", "tres meses", "tres meses"),
        ("it", "da dieci giorni", "dieci giorni"),
        ("pt-BR", "12 dias úteis", "12 dias úteis"),
        ("nl", "3 tot 5 werkdagen", "3 tot 5 werkdagen"),
        ("sv", "två veckor", "två veckor"),
        ("pl", "dwa tygodnie", "dwa tygodnie"),
        ("ru", "9 недель", "9 недель"),
        ("tr", "3 gündür", "3 gündür"),
        ("ar", "٣ أيام", "٣ أيام"),
        ("ar", "من شهرين", "شهرين"),
        ("hi", "3 दिन हो गए", "3 दिन"),
        ("hi-Latn", "do din ho gaye", "do din"),
        ("id", "sudah 2 minggu", "2 minggu"),
        ("ms", "5 hari bekerja", "5 hari bekerja"),
        ("vi", "5-7 ngày làm việc", "5-7 ngày làm việc"),
        ("th", "๕ วันแล้ว", "๕ วัน"),
        ("ja", "3営業日以内", "3営業日"),
        ("ko", "2주일째", "2주일"),
        ("zh-Hans", "等了三天", "三天"),
        ("zh-Hant", "兩個月", "兩個月"),
    ],
)
def test_durations_are_found_in_every_language(language: str, text: str, value: str) -> None:
    assert ("duration", value) in found(text, language)


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "2 pcs please", "2 pcs"),
        ("en", "x3 please", "x3"),
        ("en", "2x the lamp", "2x"),
        ("zh-Hans", "红色x2谢谢", "x2"),
        ("de", "3 Stück", "3 Stück"),
        ("es", "2 unidades", "2 unidades"),
        ("ja", "2個ください", "2個"),
        ("zh-Hans", "买3件", "3件"),
        ("vi", "2 cái", "2 cái"),
        ("th", "2 ชิ้น", "2 ชิ้น"),
        ("ko", "3개를", "3개"),
        ("ru", "5 шт", "5 шт"),
        ("tr", "2 adet", "2 adet"),
        ("ar", "٣ قطع", "٣ قطع"),
    ],
)
def test_quantities_are_found_with_their_piece_word(language: str, text: str, value: str) -> None:
    assert ("quantity", value) in found(text, language)


def test_three_months_are_no_three_pieces() -> None:
    assert found("3个月了", "zh-Hans") == [("duration", "3个月")]


@pytest.mark.parametrize(
    "text",
    [
        "20x30 cm",
        "the X10 vacuum",
        "iPhone 15 Pro",
        "size 42",
        "1st class",
        "08x",
        "A54 case",
        "5 stars",
        "100 para ti",
        "on weekdays",
    ],
)
def test_other_numbers_are_left(text: str) -> None:
    assert found(text, "en") == []


def test_a_year_with_its_word_is_a_date() -> None:
    assert found("2026年", "ja") == [("date", "2026年")]
