"""Remember: what came before a message, counted into the state of its conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cs_assist.config import Settings
from cs_assist.errors import UnknownConversationError
from cs_assist.store.base import Event, Store
from cs_assist.types import Action, Conversation, Holder, Message, Outcome, Triage, Turn

#: Turns kept in the state; older ones are dropped.
_KEPT_TURNS = 40


class Memory:
    """Loads a conversation, counts a message in, and saves what became of it.

    Args:
        store: Where conversations live.
        settings: Gives the silence after which an episode ends.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._silence = timedelta(hours=settings.episode_silence_hours)

    def known(self, message: Message) -> Conversation | None:
        """Return the conversation as the store has it, before ``message``; None where it is new."""
        return self._store.load(message.conversation)

    def __call__(self, message: Message, triage: Triage, *, earlier: Sequence[Triage] = (), now: datetime) -> Conversation:
        """Return the conversation with ``message`` counted in.

        Args:
            message: The new message.
            triage: What it is.
            earlier: What the customer turns of ``message.history`` are, in order; used only where the
                store does not know the conversation.
            now: Decides whether the silence since the last turn began a new episode.
        """
        state = self._store.load(message.conversation)
        if state is not None and self._store.seen(message.conversation, message.id):
            return state.model_copy(update={"duplicate": True})
        if state is None:
            state = _from_history(message, earlier)
        elif state.holder == "closed" or (state.updated_at and now - state.updated_at > self._silence):
            state = state.model_copy(update={"episode": state.episode + 1, "holder": "bot", "strikes": 0, "unanswered": 0})
        turns = (*state.turns, Turn(role="customer", text=triage.text, at=now, emotion=triage.emotion))
        return state.model_copy(
            update={
                "strikes": count_strikes(state.strikes, triage),
                "customer_turns": state.customer_turns + 1,
                "language": triage.language if triage.language != "und" else state.language,
                "turns": turns[-_KEPT_TURNS:],
                "updated_at": now,
            }
        )

    def commit(self, conversation: Conversation, outcome: Outcome, *, now: datetime) -> bool:
        """Save the conversation after a message was dealt with; False where another worker was faster."""
        turns = conversation.turns
        if outcome.reply.text and outcome.action in (Action.REPLY, Action.ASK, Action.HANDOVER):
            turns = (*turns, Turn(role="bot", text=outcome.reply.text, at=now))
        no_answer = outcome.decision.reason == "no_answer"
        state = conversation.model_copy(
            update={
                "turns": turns[-_KEPT_TURNS:],
                "holder": "pending" if outcome.action is Action.HANDOVER else conversation.holder,
                "unanswered": conversation.unanswered + 1 if no_answer else 0,
                "version": conversation.version + 1,
            }
        )
        triage = outcome.triage
        event = Event(
            conversation_id=conversation.id,
            message_id=outcome.message_id,
            kind="handled",
            at=now.isoformat(),
            detail={
                "action": outcome.action.value,
                "reason": outcome.decision.reason,
                "intent": triage.intent if triage else None,
                "emotion": triage.emotion.value if triage else None,
                "p_dissatisfied": triage.p_dissatisfied if triage else None,
                "strikes": conversation.strikes,
            },
        )
        return self._store.save(state, event)

    def assign(self, conversation_id: str, holder: Holder, *, now: datetime) -> None:
        """Give a conversation to a person (``human``), back to the ``bot``, or close it.

        Old anger does not count afterwards: the strikes begin anew. A closed conversation begins a new
        episode with the customer's next message.

        Raises:
            UnknownConversationError: The store does not know the conversation.
        """
        saved = False
        while not saved:
            state = self._store.load(conversation_id)
            if state is None:
                raise UnknownConversationError(
                    f"no conversation '{conversation_id}' in the store.", hint="Handle its first message first."
                )
            version = state.version + 1
            update = {"holder": holder, "strikes": 0, "unanswered": 0, "version": version}
            event = Event(
                conversation_id=conversation_id,
                message_id=f"assign-{version}",
                kind=f"assigned_{holder}",
                at=now.isoformat(),
                detail={},
            )
            saved = self._store.save(state.model_copy(update=update), event)


def count_strikes(strikes: int, triage: Triage) -> int:
    """Return the strikes after a message: one more, none, or, for a bare answer, as many as before."""
    if triage.bare:
        return strikes
    return strikes + 1 if triage.dissatisfied else 0


def _from_history(message: Message, earlier: Sequence[Triage]) -> Conversation:
    strikes = 0
    readings = iter(earlier)
    turns = []
    for turn in message.history:
        if turn.role == "customer" and (triage := next(readings, None)):
            strikes = count_strikes(strikes, triage)
            turn = turn.model_copy(update={"emotion": triage.emotion})
        turns.append(turn)
    return Conversation(
        id=message.conversation,
        strikes=strikes,
        customer_turns=len(earlier),
        language=earlier[-1].language if earlier else None,
        turns=tuple(turns[-_KEPT_TURNS:]),
    )
