from __future__ import annotations

from collections.abc import Callable

import pytest

from cs_assist.reply.scene import Scene


@pytest.mark.parametrize(
    ("channel", "chat", "letter"),
    [("live_chat", True, False), ("whatsapp", True, False), ("email", False, True), ("marketplace", False, True),
     ("phone_note", False, False)],
)  # fmt: skip
def test_a_channel_is_a_chat_a_letter_or_a_note(channel: str, chat: bool, letter: bool, make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(message={"channel": channel})
    assert (scene.chat, scene.letter) == (chat, letter)


def test_what_is_stated_becomes_evidence(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene()
    assert scene.state("30 November 2026") == "30 November 2026"
    assert scene.evidence == ["30 November 2026"]


def test_who_has_reason_to_complain_is_not_pleased(make_scene: Callable[..., Scene]) -> None:
    assert make_scene(emotion="happy").pleased
    for displeased in (make_scene(dissatisfied=True), make_scene(emotion="anxious"), make_scene(tier="slight")):
        assert not displeased.pleased


def test_the_first_answer_opens_the_conversation(make_scene: Callable[..., Scene]) -> None:
    assert make_scene().opening
    assert not make_scene(said="Hello").opening
