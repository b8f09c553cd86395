from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.privacy import Vault
from cs_assist.reply.streaming import Restoring, sentences_of


def test_sentences_are_not_cut_in_numbers_and_links() -> None:
    text = "It costs 5.90 EUR at shop.example/a.b now. Danke!\n終わりです。次の文。"
    assert sentences_of(text) == ["It costs 5.90 EUR at shop.example/a.b now.", "Danke!", "終わりです。", "次の文。"]


@given(st.text(alphabet="ab[]【 1_NAME", max_size=60), st.lists(st.integers(1, 7), min_size=1, max_size=40))
def test_a_text_is_the_same_however_it_is_cut(noise: str, sizes: list[int]) -> None:
    vault = Vault({"[NAME_1]": "Ana Lima", "[EMAIL_2]": "ana@example.com"})
    text = f"{noise} Hi [NAME_1], [EMAIL_2]{noise}[NAME_1] [not one that is longer than any placeholder may ever be]"
    restoring, out, at = Restoring(vault.restore), "", 0
    for size in sizes * 300:
        out += restoring.push(text[at : at + size])
        at += size
    assert out + restoring.rest() == vault.restore(text)
