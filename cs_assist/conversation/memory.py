"""Remember: what came before a message, counted into the state of its conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any, Literal

from pydantic import JsonValue

from cs_assist.config import Settings
from cs_assist.conversation.events import detail_of, make_event
from cs_assist.conversation.history import Crm, notes_of
from cs_assist.conversation.identity import Identity, Person, open_identity
from cs_assist.conversation.repetition import Repetition, order_numbers, plain
from cs_assist.conversation.states import Happening, happening_for, may_send, step
from cs_assist.conversation.turns import place, replaced, strikes_of, text_of
from cs_assist.errors import UnknownConversationError
from cs_assist.store.base import Store
from cs_assist.types import Action, Channel, Conversation, Holder, Message, Note, Outcome, Triage, Turn

#: Turns kept in the state; older ones are dropped. The events keep all of them.
_KEPT_TURNS = 40
#: The shop's own latest turns in which an echo is looked for; a shorter text may be anybody's.
_ECHOES, _SHORTEST_ECHO = 5, 15
#: Likeness of two wordings from which an edit only mends the first.
_MENDED = 0.9
_COMPARED = 1_000  # characters of each


@dataclass(frozen=True)
class Known:
    """A conversation as the store has it before a message, and whether that message was handled in it."""

    state: Conversation | None
    seen: bool


class Memory:
    """Loads a conversation, counts a message in, and saves what became of it.

    Args:
        store: Where conversations live.
        settings: Gives the silence after which an episode ends, and the window of a case.
        repetition: Tells a question that is asked again; without it every question is new.
        identity: Recognises customers; by default with the key of the settings.
        crm: What else the seller knows of a customer.
        versions: What the decisions are made with, by name; kept with every event.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        repetition: Repetition | None = None,
        identity: Identity | None = None,
        crm: Crm | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._repetition = repetition
        self._given_identity = identity
        self._crm = crm
        self.versions: dict[str, str] = dict(versions or {})
        self._silence = timedelta(hours=settings.episode_silence_hours)

    @cached_property
    def identity(self) -> Identity:
        """What recognises customers; its key is read when the first customer is named."""
        return self._given_identity or open_identity(self._settings)

    def known(self, message: Message) -> Conversation | None:
        """Return the conversation as the store has it, before ``message``; None where it is new."""
        return self.find(message).state

    def find(self, message: Message) -> Known:
        """Return what the store has of the conversation before ``message``, in one read of the store.

        Where the conversation was found to be part of another's case, the case is returned, with a second read.
        """
        known = self._look(message, message.conversation)
        return self._look(message, known.state.joined) if known.state is not None and known.state.joined else known

    def _look(self, message: Message, case: str) -> Known:
        state, seen = self._store.look(case, _key(message, case))
        return Known(state, state is not None and seen)

    def __call__(
        self, message: Message, triage: Triage, *, earlier: Sequence[Triage] = (), found: Known | None = None, now: datetime
    ) -> Conversation:
        """Return the conversation with ``message`` counted in.

        Args:
            message: The new message.
            triage: What it is.
            earlier: What the customer turns of ``message.history`` are, in order; used only where the
                store does not know the conversation.
            found: What :meth:`find` said of the message a moment ago; by default it is asked again. Where another
                worker wrote meanwhile, :meth:`commit` notices.
            now: Decides whether the silence since the last turn began a new episode. A message that is a little
                older than the last turn came late and is put in its place; one that is older than a whole
                silence says that a clock jumped, and is taken as the latest.
        """
        found = found or self.find(message)
        if found.state is not None and found.seen:
            return found.state.model_copy(update={"duplicate": True})
        person = self._person(message, triage)
        state = found.state or self._case(message, triage, person, now) or _from_history(message, earlier)
        state = state.model_copy(update={"passed_over": "", "same_as": None, "answer_there": "", "asked": 1, "duplicate": False})
        orders = tuple(dict.fromkeys([*order_numbers(triage), *([plain(message.order.number)] if message.order else [])]))
        passed_over = _passed_over(message, triage, state)
        state = self._happened(state, message, passed_over, now)
        if passed_over != "echo":
            state = self._counted(state, message, triage, orders, now)
        if not passed_over:
            state = self._compared(state, message, triage, now)
        update: dict[str, object] = {
            "passed_over": passed_over,
            "updated_at": _later(state.updated_at, now, self._silence),
            "market": message.market or state.market,
            "channel": message.channel,
        }
        if person is not None:
            update |= _whose(state, person)
        state = state.model_copy(update=update)
        return state.model_copy(update={"notes": self._notes(state, message, orders)})

    def commit(self, conversation: Conversation, outcome: Outcome, message: Message, *, now: datetime) -> bool:
        """Save the conversation after a message was dealt with; False where another worker was faster.

        Faster may also be the person who took the conversation meanwhile: what was decided before is
        decided again then, so that nothing is said into their conversation.
        """
        state = conversation
        if outcome.action is Action.HANDOVER:
            state = step(state, Happening.HANDOVER)
        turns = state.turns
        sent = bool(outcome.reply.text) and outcome.action in (Action.REPLY, Action.ASK, Action.HANDOVER)
        if sent:
            at = max(now, turns[-1].at) if turns and turns[-1].at else now
            said = Turn(role="bot", text=outcome.reply.text, at=at, channel=message.channel, said_in=message.conversation,
                        citations=outcome.reply.citations, episode=state.episode)  # fmt: skip
            turns = (*turns, said)
        waits = not state.passed_over and outcome.action in (Action.HANDOVER, Action.DRAFT)
        no_answer = outcome.decision.reason == "no_answer"
        update = {
            "turns": turns[-_KEPT_TURNS:],
            "unanswered": state.unanswered if state.passed_over else state.unanswered + 1 if no_answer else 0,
            "waiting_since": state.waiting_since if state.passed_over else (state.waiting_since or now) if waits else None,
            "promised_at": (state.promised_at or outcome.decision.due_at) if waits else state.promised_at,
            "tier": outcome.decision.tier,
            "version": state.version + 1,
        }
        if state.customer_id:
            self._store.link(state.customer_id, dict(key.split(":", 1) for key in state.keys))
        if message.conversation != state.id:
            self.join(message.conversation, state.id, now=now, whose=state.customer_id, channel=message.channel)
        kind = state.passed_over or "handled"
        left_out = {"customer", "history"} if state.version else {"customer"}
        told = message.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
        detail: dict[str, JsonValue] = {"message": told, **detail_of(outcome), "versions": dict(self.versions)}
        return self._store.save(state.model_copy(update=update), make_event(state.id, _key(message, state.id), kind, now, detail))

    def assign(self, conversation_id: str, holder: Holder, *, now: datetime) -> None:
        """Give a conversation to a person (``human``), back to the ``bot``, or resolve or close it.

        Old anger does not count afterwards: the strikes begin anew. A resolved or closed conversation begins a new
        episode with the customer's next message.

        Raises:
            UnknownConversationError: The store does not know the conversation.
        """

        def change(state: Conversation) -> Conversation:
            waiting = {} if holder in ("pending", "human") else {"waiting_since": None, "promised_at": None}
            return step(state, happening_for(holder)).model_copy(update={"counted_from": now, **waiting})

        self._change(conversation_id, f"assigned_{holder}", "", change, now)

    def resolve(self, conversation_id: str, *, now: datetime) -> None:
        """Note that the customer's matter is settled; their next message begins a new episode.

        Raises:
            UnknownConversationError: The store does not know the conversation.
        """
        self.assign(conversation_id, "resolved", now=now)

    def close(self, conversation_id: str, *, now: datetime) -> None:
        """End a conversation, settled or not; the customer's next message begins a new episode.

        Raises:
            UnknownConversationError: The store does not know the conversation.
        """
        self.assign(conversation_id, "closed", now=now)

    def delete(self, conversation_id: str, message_id: str, *, now: datetime) -> None:
        """Take the text of a message that its author deleted out of the state; it no longer counts as a strike.

        The event in which it was handled stays, as all events do, until the customer is erased.

        Raises:
            UnknownConversationError: The store does not know the conversation.
        """

        def change(state: Conversation) -> Conversation:
            gone = {"text": "", "deleted": True, "dissatisfied": None, "emotion": None, "orders": ()}
            turns = tuple(t.model_copy(update=gone) if t.id == message_id else t for t in state.turns)
            return state.model_copy(update={"turns": turns, "strikes": strikes_of(turns, state)})

        self._change(conversation_id, "deleted", f"deleted-{message_id}", change, now)

    def may_send(self, outcome: Outcome) -> bool:
        """Tell, immediately before a text leaves, whether it still may.

        No where a person has taken the conversation since, where it was resolved or closed, where the customer
        deleted the message, and where there is nothing to send.
        """
        if outcome.conversation is None or not outcome.reply.text or outcome.conversation.duplicate:
            return False
        state = self._store.load(outcome.conversation.id)
        if state is None or any(turn.deleted for turn in state.turns if turn.id == outcome.message_id):
            return False
        return may_send(state.holder, outcome.action)

    def join(
        self, conversation_id: str, case: str, *, now: datetime, whose: str | None = None, channel: Channel | None = None
    ) -> None:
        """Note that a conversation is part of another's case: its messages are counted there from now on."""
        if self._store.load(conversation_id) is None:
            pointer = Conversation(id=conversation_id, joined=case, customer_id=whose, channel=channel, updated_at=now, version=1)
            self._store.save(pointer, make_event(conversation_id, "joined", "joined", now, {"case": case}))

    def hear(self, conversation_id: str, turn: Turn, *, now: datetime) -> None:
        """Take a turn of the shop's into a conversation as it was said, whoever holds it; for dialogues that are over."""
        state = self._store.load(conversation_id) or Conversation(id=conversation_id)
        turns = (*state.turns, turn.model_copy(update={"at": turn.at or now, "episode": state.episode}))[-_KEPT_TURNS:]
        version = state.version + 1
        self._store.save(
            state.model_copy(update={"turns": turns, "version": version}),
            make_event(conversation_id, f"heard-{version}", "heard", now, {}),
        )

    def watch(self, conversation: Conversation, message: Message, *, now: datetime) -> None:
        """Save a judged turn of a dialogue that is over: what was decided about it was neither said nor done."""
        state = conversation.model_copy(update={"version": conversation.version + 1})
        self._store.save(state, make_event(state.id, _key(message, state.id), "watched", now, {}))

    def _person(self, message: Message, triage: Triage) -> Person | None:
        if message.customer is None:
            return None
        orders = [message.order.number] if message.order else list(order_numbers(triage))
        keys = self.identity.keys(message.customer, market=message.market, platform=message.platform, orders=orders)
        return self.identity.recognise(keys, self._store)

    def _case(self, message: Message, triage: Triage, person: Person | None, now: datetime) -> Conversation | None:
        """Return the open conversation of this customer in which the same was asked lately, on whatever channel."""
        if person is None or person.customer_id is None or self._repetition is None:
            return None
        since = now - timedelta(hours=self._settings.case_window_hours)
        for state in reversed(self._store.conversations_of(person.customer_id, since=since)):
            if state.joined or state.holder in ("resolved", "closed") or (state.updated_at or now) < since:
                continue
            turns = [turn for turn in state.turns if turn.role == "customer" and turn.episode == state.episode]
            if any(self._repetition.same(triage, turn) for turn in turns[-4:]):
                return state
        return None

    def _happened(self, state: Conversation, message: Message, passed_over: str, now: datetime) -> Conversation:
        """Return the state after the table's transition for this message."""
        if passed_over == "own":
            said = step(state, Happening.AGENT) if message.author == "agent" else state
            return said.model_copy(update={"waiting_since": None, "promised_at": None}) if message.author == "agent" else said
        if passed_over:
            return state
        silent = state.updated_at is not None and now - state.updated_at > self._silence
        after = step(state, Happening.SILENCE if silent else Happening.CUSTOMER)
        return after.model_copy(update={"counted_from": now}) if after.episode != state.episode else after

    def _counted(
        self, state: Conversation, message: Message, triage: Triage, orders: tuple[str, ...], now: datetime
    ) -> Conversation:
        """Return the state with the message's turn in its place, and the strikes counted."""
        from_customer = message.author == "customer"
        turn = Turn(
            role=message.author, text=triage.text, at=now, id=message.id, channel=message.channel, said_in=message.conversation,
            episode=state.episode,
            **(_reading(triage, orders) if from_customer else {}),
        )  # fmt: skip
        turns, mended = replaced(state.turns, message.edits, turn)
        at_end = False
        if not mended:
            turns, at_end = place(state.turns, turn, silence=self._silence)
        update: dict[str, object] = {"turns": turns[-_KEPT_TURNS:]}
        if from_customer:
            update |= {
                "strikes": count_strikes(state.strikes, triage) if at_end else strikes_of(turns, state),
                "customer_turns": state.customer_turns + (0 if mended else 1),
                "language": triage.language if triage.language != "und" else state.language,
                "waiting_since": state.waiting_since or (now if state.held else None),
            }
        return state.model_copy(update=update)

    def _compared(self, state: Conversation, message: Message, triage: Triage, now: datetime) -> Conversation:
        """Return the state with what the message's question has in common with earlier ones."""
        if self._repetition is None:
            return state
        here = next((i for i, turn in enumerate(state.turns) if turn.id == message.id), len(state.turns))
        since = state.counted_from
        before = [
            turn for turn in state.turns[:here]
            if turn.episode == state.episode and not turn.deleted and (since is None or turn.at is None or turn.at >= since)
        ]  # fmt: skip
        update: dict[str, object] = {"asked": self._repetition(triage, before)}
        window = timedelta(hours=self._settings.case_window_hours)
        for place_, turn in enumerate(before):
            elsewhere = turn.role == "customer" and turn.said_in is not None and turn.said_in != message.conversation
            if not elsewhere or (turn.at and now - turn.at > window) or not self._repetition.same(triage, turn):
                continue
            told = {number for other in before if other.role == "customer" for number in other.orders}
            if set(order_numbers(triage)) - told:
                continue  # it brings what the first one lacked
            answers = [other.text for other in before[place_:] if other.role in ("bot", "agent")]
            update |= {"same_as": turn.said_in, "answer_there": answers[0] if answers else ""}
            if answers:  # sent on two channels at once, not asked again
                update["asked"] = 1
        return state.model_copy(update=update)

    def _notes(self, state: Conversation, message: Message, orders: Sequence[str]) -> tuple[Note, ...]:
        others = self._store.conversations_of(state.customer_id) if state.customer_id else ()
        told = self._crm.notes(message.customer) if self._crm and message.customer else ()
        vip = set(message.customer.tags if message.customer else ()) | {key.split(":", 1)[1] for key in state.keys}
        return notes_of(
            state, [other for other in others if other.id != state.id], orders,
            vip=bool(vip & set(self._settings.vip_customers)), told=told,
        )  # fmt: skip

    def _change(
        self, conversation_id: str, kind: str, event_id: str, change: Callable[[Conversation], Conversation], now: datetime
    ) -> None:
        saved = False
        while not saved:
            state = self._store.load(conversation_id)
            if state is not None and state.joined:
                state = self._store.load(state.joined)
            if state is None:
                raise UnknownConversationError(
                    f"no conversation '{conversation_id}' in the store.", hint="Handle its first message first."
                )
            version = state.version + 1
            name = event_id or f"assign-{version}"
            if event_id and self._store.seen(state.id, name):
                return
            after = change(state).model_copy(update={"version": version})
            saved = self._store.save(after, make_event(state.id, name, kind, now, {}))


def count_strikes(strikes: int, triage: Triage) -> int:
    """Return the strikes after a message: one more, none, or, for a bare answer, as many as before."""
    if triage.bare:
        return strikes
    return strikes + 1 if triage.dissatisfied else 0


def _key(message: Message, case: str) -> str:
    """Return under which name a message is noted with its case: two channels may number their messages alike."""
    return message.id if message.conversation == case else f"{message.conversation}/{message.id}"


def _reading(triage: Triage, orders: tuple[str, ...]) -> dict[str, Any]:
    """Return what a customer's turn was read as."""
    return {"emotion": triage.emotion, "intent": triage.intent, "dissatisfied": triage.dissatisfied, "bare": triage.bare,
            "orders": orders}  # fmt: skip


def _whose(state: Conversation, person: Person) -> dict[str, object]:
    """Return whose the conversation is; somebody else who writes in it brings no keys of theirs into it."""
    whose = state.customer_id or person.customer_id
    others = {*person.clash, *([person.customer_id] if person.customer_id else [])} - {whose}
    mine = person.keys if person.customer_id in (None, whose) else {}
    keys = dict.fromkeys([*state.keys, *(f"{kind}:{key}" for kind, key in mine.items())])
    return {"customer_id": whose, "keys": tuple(keys), "clash": tuple(sorted(others))}


def _passed_over(message: Message, triage: Triage, state: Conversation) -> Literal["", "echo", "own", "edited"]:
    """Return why a message asks for no answer; empty where it does."""
    text = text_of(triage.text)
    said = [text_of(turn.text) for turn in state.turns if turn.role in ("bot", "agent")][-_ECHOES:]
    if text in said and (len(text) >= _SHORTEST_ECHO or message.author == "bot"):
        return "echo"
    if message.author != "customer":
        return "own"
    at = next((i for i, turn in enumerate(state.turns) if message.edits and turn.id == message.edits), None)
    if at is not None and any(turn.role in ("bot", "agent") for turn in state.turns[at:]):
        before = text_of(state.turns[at].text[:_COMPARED])
        return (
            "edited" if SequenceMatcher(None, before, text_of(triage.text[:_COMPARED]), autojunk=False).ratio() >= _MENDED else ""
        )
    return ""


def _later(before: datetime | None, now: datetime, silence: timedelta) -> datetime:
    """Return when something was last said: a message that came late does not turn the clock back, a set clock does."""
    return before if before is not None and timedelta(0) < before - now <= silence else now


def _from_history(message: Message, earlier: Sequence[Triage]) -> Conversation:
    strikes = 0
    readings = iter(earlier)
    turns = []
    for turn in message.history:
        if turn.role == "customer" and (triage := next(readings, None)):
            strikes = count_strikes(strikes, triage)
            turn = turn.model_copy(update=_reading(triage, order_numbers(triage)))
        turns.append(turn)
    return Conversation(
        id=message.conversation,
        strikes=strikes,
        customer_turns=len(earlier),
        language=earlier[-1].language if earlier else None,
        turns=tuple(turns[-_KEPT_TURNS:]),
    )
