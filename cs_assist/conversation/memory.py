"""Remember: what came before a message, counted into the state of its conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from pydantic import JsonValue

from cs_assist.config import Settings
from cs_assist.conversation import names
from cs_assist.conversation.cases import Cases, Elsewhere, Known, Recalled, customer_of
from cs_assist.conversation.events import by_whom, detail_of, make_event
from cs_assist.conversation.history import Crm, notes_of, told_by
from cs_assist.conversation.identity import Identity, Person, open_identity
from cs_assist.conversation.passing import answered, is_stale, passed_over
from cs_assist.conversation.repetition import Repetition, order_numbers, plain
from cs_assist.conversation.states import Happening, happening_for, may_send, step
from cs_assist.conversation.turns import (
    GONE,
    KEPT_TURNS,
    agent_wrote,
    place,
    recent,
    replaced,
    still_asked,
    strikes_of,
    wording,
    written,
)
from cs_assist.conversation.waiting import awaited, came_late, is_silent, later
from cs_assist.errors import CsAssistError, UnknownConversationError
from cs_assist.store.base import Store
from cs_assist.types import Action, Conversation, Holder, Message, Note, Outcome, Triage, Turn

_ATTEMPTS = 50  # at changing a conversation that workers write to meanwhile


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
        #: Set before each message of a replay, in which no customer is recognised.
        self.recalled: Recalled | None = None
        self._silence = timedelta(hours=settings.episode_silence_hours)
        window = timedelta(hours=settings.case_window_hours)
        self._cases = Cases(store, repetition, silence=self._silence, window=window)

    @cached_property
    def identity(self) -> Identity:
        """What recognises customers; its key is read when the first customer is named."""
        return self._given_identity or open_identity(self._settings)

    def known(self, message: Message) -> Conversation | None:
        """Return the conversation as the store has it, before ``message``; None where it is new."""
        return self.find(message).state

    def find(self, message: Message) -> Known:
        """Return what the store has of the conversation before ``message``.

        Where the conversation was found to be part of another's case, the case is returned. Where that case is over and
        deleted, what is left of the conversation goes on by itself.
        """
        return self._cases.find(message)

    def __call__(
        self,
        message: Message,
        triage: Triage | None,
        *,
        earlier: Sequence[Triage] = (),
        found: Known | None = None,
        now: datetime,
    ) -> Conversation:
        """Return the conversation with ``message`` counted in.

        Args:
            message: The new message.
            triage: What it is; None where a stage failed on it, so that its words are kept and nothing is judged by them.
            earlier: What the customer turns of ``message.history`` are, in order; used only where the
                store does not know the conversation.
            found: What :meth:`find` said of the message a moment ago; by default it is asked again. Where another
                worker wrote meanwhile, :meth:`commit` notices.
            now: Decides whether the silence since the last turn began a new episode. A message that is a little
                older than the last turn came late and is put in its place; one that is older than a whole
                silence says that a clock jumped, and is taken as the latest.
        """
        found = found or self.find(message)
        if triage is None:
            return self._unread(message, found, now)
        if found.state is not None and found.seen:
            return found.state.model_copy(update={"duplicate": True, "counted": names.of_message(message, found.state.id)})
        person = self._person(message, triage)
        theirs = self._theirs(found.state, person)
        same_person = customer_of(found.state, person) is not None
        others = self._cases.others(theirs, message, triage, found, now) if same_person else ()
        state = self._case(message, triage, found, others, now) or found.state or self._from_history(message, earlier)
        before = state = state.model_copy(
            update={"passed_over": "", "same_as": None, "answer_there": "", "asked": 1, "duplicate": False,
                    "counted": names.of_message(message, state.id)}
        )  # fmt: skip
        orders = tuple(dict.fromkeys([*order_numbers(triage), *([plain(message.order.number)] if message.order else [])]))
        stale = is_stale(message, state, now, silence=self._silence)
        why = passed_over(message, triage, state, orders, withdrawn=found.withdrawn, stale=stale)
        state = self._happened(state, message, why, now)
        if not stale and why not in ("echo", "withdrawn"):
            state = self._counted(state, message, triage, orders, withdrawn=found.withdrawn, edited=why == "edited", now=now)
        if not why:
            state = self._compared(state, message, triage, before, others, now)
        update: dict[str, object] = {
            "passed_over": why,
            "updated_at": later(state.updated_at, now, self._silence),
            "market": message.market or state.market,
            "channel": message.channel,
        }
        if person is not None:
            update |= _whose(state, person)
        state = state.model_copy(update=update)
        return state.model_copy(update={"notes": self._notes(state, theirs, message, orders)})

    def _unread(self, message: Message, found: Known, now: datetime) -> Conversation:
        """Return the conversation with a message that a stage failed on: its words are kept, nothing is judged by them."""
        state = found.state or Conversation(id=message.conversation)
        told: dict[str, object] = {"counted": names.of_message(message, state.id), "duplicate": found.seen}
        if found.seen:
            return state.model_copy(update=told)
        why = "withdrawn" if found.withdrawn else "own" if message.author != "customer" else ""
        told |= {"passed_over": why, "same_as": None, "answer_there": "", "asked": 1}
        state = self._happened(state.model_copy(update=told), message, why, now)
        edit = message.edits is not None
        turn = Turn(
            role=message.author, text=message.text or message.html or "", at=now,
            id=message.edits if edit else message.id, channel=message.channel, said_in=message.conversation,
            episode=state.episode, edits=(state.counted,) if edit else (), edited_at=now if edit else None,
        )  # fmt: skip
        if found.withdrawn:
            turn = turn.model_copy(update=GONE)
        first = written(state, message) if edit else None
        turns = place(state.turns, turn, silence=self._silence)[0] if first is None else replaced(state.turns, first, turn)
        more = message.author == "customer" and first is None
        return state.model_copy(
            update={"turns": turns[-KEPT_TURNS:], "customer_turns": state.customer_turns + more, "channel": message.channel,
                    "market": message.market or state.market, "updated_at": later(state.updated_at, now, self._silence)}
        )  # fmt: skip

    def commit(
        self,
        conversation: Conversation,
        outcome: Outcome,
        message: Message,
        *,
        versions: Mapping[str, str] | None = None,
        now: datetime,
    ) -> bool:
        """Save the conversation after a message was dealt with; False where another worker was faster.

        Faster may also be the person who took the conversation meanwhile: what was decided before is
        decided again then, so that nothing is said into their conversation. ``versions`` adds to what every decision is
        made with, for the event.
        """
        state = conversation
        if outcome.action is Action.HANDOVER:
            state = step(state, Happening.HANDOVER)
        turns = state.turns
        sent = bool(outcome.reply.text) and may_send(state.holder, outcome.action)
        if sent:
            at = max(now, turns[-1].at) if turns and turns[-1].at else now
            said = Turn(role="bot", text=outcome.reply.text, at=at, channel=message.channel, said_in=message.conversation,
                        citations=outcome.reply.citations, episode=state.episode)  # fmt: skip
            turns = (*turns, said)
        no_answer = outcome.decision.reason == "no_answer"
        update: dict[str, object] = {
            "turns": turns[-KEPT_TURNS:],
            "unanswered": state.unanswered if state.passed_over else state.unanswered + 1 if no_answer else 0,
            **awaited(conversation, outcome, now),
            "tier": outcome.decision.tier,
            "order": message.order or state.order,
            "version": state.version + 1,
        }
        if state.customer_id:
            self._store.link(state.customer_id, dict(key.split(":", 1) for key in state.keys))
        if message.conversation != state.id and not self._cases.join(message, state, now=now, surely=self.recalled is not None):
            return False
        kind = state.passed_over or "handled"
        left_out = {"customer", "history"} if state.version else {"customer"}
        told = message.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
        detail: dict[str, JsonValue] = {"message": told, **detail_of(outcome), "versions": {**self.versions, **(versions or {})}}
        event = make_event(state.id, names.of_message(message, state.id), kind, now, detail)
        if not self._store.save(state.model_copy(update=update), event):
            return False
        if message.conversation != state.id:  # what points to the case is kept as long as it is written to
            name = names.of_message(message, message.conversation)
            self._store.record(make_event(message.conversation, name, "passed_on", now, {"case": state.id}))
        return True

    def assign(self, conversation_id: str, holder: Holder, *, now: datetime, by: str | None = None) -> None:
        """Give a conversation to a person (``human``), back to the ``bot``, or resolve or close it.

        Old anger does not count afterwards: the strikes begin anew. A resolved or closed conversation begins a new
        episode with the customer's next message. ``by`` is who did it, as the helpdesk calls them; the event keeps it.

        Raises:
            UnknownConversationError: The store does not know the conversation.
        """

        def change(state: Conversation) -> Conversation:
            waiting = {} if holder in ("pending", "human") else {"waiting_since": None, "promised_at": None}
            return step(state, happening_for(holder)).model_copy(update={"counted_from": now, "assigned_at": now, **waiting})

        self._change(conversation_id, f"assigned_{holder}", change, now, by=by)

    def resolve(self, conversation_id: str, *, now: datetime, by: str | None = None) -> None:
        """Note that the customer's matter is settled, and by whom; their next message begins a new episode.

        Raises:
            UnknownConversationError: The store does not know the conversation.
        """
        self.assign(conversation_id, "resolved", now=now, by=by)

    def close(self, conversation_id: str, *, now: datetime, by: str | None = None) -> None:
        """End a conversation, settled or not, and note who did; the customer's next message begins a new episode.

        Raises:
            UnknownConversationError: The store does not know the conversation.
        """
        self.assign(conversation_id, "closed", now=now, by=by)

    def delete(self, conversation_id: str, message_id: str, *, now: datetime, by: str | None = None) -> None:
        """Take the text of a message that its author deleted out of the state; it no longer counts as a strike.

        The event in which it was handled stays, as all events do, until the customer is erased. Where the message has
        not come yet, it is not answered when it does, and neither is one of a conversation that is not known yet. ``by`` is
        who deleted it, where that was not its author; the event keeps it.
        """
        told: dict[str, JsonValue] = {"conversation": conversation_id, "message": message_id}

        def its(turn: Turn, state: Conversation) -> bool:
            return names.named(conversation_id, message_id, state.id) in names.wrote(turn, state.id)

        def change(state: Conversation) -> Conversation:
            turns = tuple(turn.model_copy(update=GONE) if its(turn, state) else turn for turn in state.turns)
            return state.model_copy(update={"turns": turns, "strikes": strikes_of(turns, state)})

        try:
            self._change(conversation_id, "deleted", change, now, by=by, detail=told,
                         name=lambda state: names.of_deletion(conversation_id, message_id, state.id),
                         there=lambda state: any(its(turn, state) for turn in state.turns))  # fmt: skip
        except UnknownConversationError:
            name = names.of_deletion(conversation_id, message_id, conversation_id)
            self._store.record(make_event(conversation_id, name, "deleted", now, {**told, **by_whom(by)}))

    def may_send(self, outcome: Outcome) -> bool:
        """Tell, immediately before a text leaves, whether it still may.

        No where there is nothing to send, where the conversation has since been taken by a person, resolved, closed or
        begun anew, where a person has written since, and where the customer deleted the message. A reply or a question
        also stays where a person had the conversation in between, and where the customer has replaced the message; the
        notice of a handover is true then all the same.
        """
        then = outcome.conversation
        if then is None or not outcome.reply.text or then.duplicate:
            return False
        state = self._store.load(then.id)
        if state is None or state.joined or state.episode != then.episode or not may_send(state.holder, outcome.action):
            return False
        name = then.counted or outcome.message_id
        turn = wording(state, name)
        if (turn is not None and turn.deleted) or agent_wrote(state, then, turn):
            return False
        if outcome.action is Action.HANDOVER:
            return True
        return state.assigned_at == then.assigned_at and (turn is None or still_asked(turn, name))

    def hear(self, conversation_id: str, turn: Turn, *, now: datetime) -> None:
        """Take a turn of the shop's into a conversation as it was said, whoever holds it; for dialogues that are over."""
        state = self._store.load(conversation_id) or Conversation(id=conversation_id)
        turns = (*state.turns, turn.model_copy(update={"at": turn.at or now, "episode": state.episode}))[-KEPT_TURNS:]
        version = state.version + 1
        self._store.save(
            state.model_copy(update={"turns": turns, "version": version}),
            make_event(conversation_id, names.of_change("heard", version), "heard", now, {}),
        )

    def watch(self, conversation: Conversation, message: Message, *, now: datetime) -> None:
        """Save a judged turn of a dialogue that is over: what was decided about it was neither said nor done."""
        state = conversation.model_copy(update={"version": conversation.version + 1})
        self._store.save(state, make_event(state.id, names.of_message(message, state.id), "watched", now, {}))

    def _person(self, message: Message, triage: Triage) -> Person | None:
        if message.customer is None:
            return None
        orders = [message.order.number] if message.order else list(order_numbers(triage))
        keys = self.identity.keys(message.customer, market=message.market, platform=message.platform, orders=orders)
        return self.identity.recognise(keys, self._store)

    def _theirs(self, state: Conversation | None, person: Person | None) -> tuple[Conversation, ...]:
        """Return all conversations of the customer whose the conversation is, or becomes."""
        whose = (state.customer_id if state else None) or (person.customer_id if person else None)
        return self._store.conversations_of(whose) if whose else ()

    def _case(
        self, message: Message, triage: Triage, found: Known, others: Sequence[Conversation], now: datetime
    ) -> Conversation | None:
        """Return the conversation of another channel that this message belongs to; None for its own."""
        if self.recalled is None:
            return self._cases.case(message, triage, found, others, now)
        own = found.state is not None and found.state.id == self.recalled.case
        return found.state if own else self._store.load(self.recalled.case)

    def _happened(self, state: Conversation, message: Message, passed_over: str, now: datetime) -> Conversation:
        """Return the state after the table's transition for this message.

        What an agent wrote before somebody last took, gave back or settled the conversation, and that came only now, is
        over: it takes nothing.
        """
        if passed_over == "own":
            if message.author != "agent":
                return state
            since = state.assigned_at
            late = now == since or came_late(now, since, silence=self._silence)
            after = state if late else step(state, Happening.AGENT)
            if late and state.waiting_since is not None and now < state.waiting_since:
                return after
            return after.model_copy(update={"waiting_since": None, "promised_at": None})
        if passed_over:
            return state
        after = step(state, Happening.SILENCE if is_silent(state, now, self._silence) else Happening.CUSTOMER)
        return after.model_copy(update={"counted_from": now}) if after.episode != state.episode else after

    def _from_history(self, message: Message, earlier: Sequence[Triage]) -> Conversation:
        """Return the conversation as the caller tells it: whoever wrote in it last holds it, as the table says."""
        readings = iter(earlier)
        state = Conversation(id=message.conversation, language=earlier[-1].language if earlier else None)
        for turn in recent(message.history):
            at = turn.at or state.updated_at
            if turn.role == "agent":
                state = step(state, Happening.AGENT)
            elif turn.role == "customer":
                silent = at is not None and is_silent(state, at, self._silence)
                state = step(state, Happening.SILENCE if silent else Happening.CUSTOMER)
                if triage := next(readings, None):
                    state = state.model_copy(update={"strikes": count_strikes(state.strikes, triage)})
                    turn = turn.model_copy(update=_reading(triage, order_numbers(triage)))
            turn = turn.model_copy(update={"episode": state.episode})
            state = state.model_copy(update={"turns": (*state.turns, turn), "updated_at": at})
        return state.model_copy(update={"customer_turns": sum(turn.role == "customer" for turn in message.history)})

    def _counted(
        self,
        state: Conversation,
        message: Message,
        triage: Triage,
        orders: tuple[str, ...],
        *,
        withdrawn: bool,
        edited: bool,
        now: datetime,
    ) -> Conversation:
        """Return the state with the message's turn in its place, and the strikes counted.

        Where it is only ``edited``, the answer to the first wording is the answer to it.
        """
        from_customer = message.author == "customer"
        edit = message.edits is not None
        turn = Turn(
            role=message.author, text=triage.text, at=now, id=message.edits if edit else message.id, channel=message.channel,
            said_in=message.conversation, episode=state.episode,
            edits=(state.counted,) if edit and not edited else (), edited_at=now if edit else None,
            **(_reading(triage, orders) if from_customer else {}),
        )  # fmt: skip
        if withdrawn:
            turn = turn.model_copy(update=GONE)
        first = written(state, message) if edit else None
        mended, at_end = first is not None, False
        if first is not None:
            turns = replaced(state.turns, first, turn)
        else:
            turns, at_end = place(state.turns, turn, silence=self._silence)
        update: dict[str, object] = {"turns": turns[-KEPT_TURNS:]}
        if from_customer:
            update |= {
                "strikes": count_strikes(state.strikes, triage) if at_end else strikes_of(turns, state),
                "customer_turns": state.customer_turns + (0 if mended else 1),
                "language": triage.language if triage.language != "und" else state.language,
                "waiting_since": state.waiting_since or (now if state.held else None),
            }
        return state.model_copy(update=update)

    def _compared(
        self, state: Conversation, message: Message, triage: Triage, earlier: Conversation, others: Sequence[Conversation],
        now: datetime,
    ) -> Conversation:  # fmt: skip
        """Return the state with what the message's question has in common with those of the ``earlier`` state and of others."""
        if self._repetition is None:
            return state
        since = state.counted_from

        def live(turns: Sequence[Turn]) -> list[Turn]:
            return [
                turn for turn in turns
                if turn.episode == state.episode and not turn.deleted and (since is None or turn.at is None or turn.at >= since)
            ]  # fmt: skip

        here = written(state, message)
        before, after = live(state.turns[:here]), live(state.turns[here + 1 :]) if here is not None else []
        asked = self._repetition(triage, before)
        first = written(earlier, message) if message.edits is not None else None
        if first is not None and answered(earlier, first) and self._repetition.same(triage, earlier.turns[first]):
            asked = max(asked, 2)  # its first wording was answered, and it asks the same
        update: dict[str, object] = {"asked": asked}
        around = [*before, *after]  # what came late may have been asked and answered on another channel meanwhile
        there = self._cases.asked_elsewhere(message, triage, state, around, others, now) or self._recalled_elsewhere(state)
        if there is not None:
            update |= {"same_as": there.place, "answer_there": there.answer}
            if there.answer:  # sent on two channels at once, not asked again
                update["asked"] = 1
        return state.model_copy(update=update)

    def _recalled_elsewhere(self, state: Conversation) -> Elsewhere | None:
        """Return where the same is known to have been asked, in a conversation that is no part of this one."""
        known = self.recalled
        if known is None or known.same_as is None or known.same_as in {turn.said_in or state.id for turn in state.turns}:
            return None
        return Elsewhere(known.same_as, known.answer_there)

    def _notes(
        self, state: Conversation, theirs: Sequence[Conversation], message: Message, orders: Sequence[str]
    ) -> tuple[Note, ...]:
        if self.recalled is not None and self.recalled.notes is not None:
            return self.recalled.notes
        told = told_by(self._crm, message.customer)
        vip = set(message.customer.tags if message.customer else ()) | {key.split(":", 1)[1] for key in state.keys}
        return notes_of(
            state, [other for other in theirs if other.id != state.id], orders,
            vip=bool(vip & set(self._settings.vip_customers)), told=told,
        )  # fmt: skip

    def _change(
        self,
        conversation_id: str,
        kind: str,
        change: Callable[[Conversation], Conversation],
        now: datetime,
        *,
        by: str | None,
        name: Callable[[Conversation], str] | None = None,
        detail: Mapping[str, JsonValue] | None = None,
        there: Callable[[Conversation], bool] = lambda _: False,
    ) -> None:
        """Save a changed state: the case's, unless the conversation's own is what is meant ``there``.

        ``name`` says under which name that happens once.
        """
        for _ in range(_ATTEMPTS):
            state = self._store.load(conversation_id)
            if state is None or not there(state):
                state = self._cases.end(state)
            if state is None:
                raise UnknownConversationError(
                    f"no conversation '{conversation_id}' in the store.", hint="Handle its first message first."
                )
            version = state.version + 1
            once = name(state) if name else names.of_change(kind, version)
            if name and self._store.seen(state.id, once):
                return
            after = change(state).model_copy(update={"version": version})
            if self._store.save(after, make_event(state.id, once, kind, now, {**(detail or {}), **by_whom(by)})):
                return
        raise CsAssistError(f"conversation '{conversation_id}' is being written by too many workers.", hint="Try again.")


def count_strikes(strikes: int, triage: Triage) -> int:
    """Return the strikes after a message: one more, none, or, for a bare answer, as many as before."""
    if triage.bare:
        return strikes
    return strikes + 1 if triage.dissatisfied else 0


def _reading(triage: Triage, orders: tuple[str, ...]) -> dict[str, Any]:
    """Return what a customer's turn was read as."""
    return {"emotion": triage.emotion, "intent": triage.intent, "dissatisfied": triage.dissatisfied, "bare": triage.bare,
            "orders": orders}  # fmt: skip


def _whose(state: Conversation, person: Person) -> dict[str, object]:
    """Return whose the conversation is; somebody else who writes in it brings no keys of theirs into it."""
    whose = state.customer_id or person.customer_id
    others = {*person.clash, *([person.customer_id] if person.customer_id else [])} - {whose}
    mine = person.keys if person.customer_id == whose else {}
    keys = dict.fromkeys([*state.keys, *(f"{kind}:{key}" for kind, key in mine.items())])
    return {"customer_id": whose, "keys": tuple(keys), "clash": tuple(sorted(others))}
