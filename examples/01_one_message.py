"""Read one message and say what to do about it: no index, no network, nothing kept."""

from __future__ import annotations

from cs_assist import Assistant, MemoryStore, Message, load_settings


def main() -> None:
    """Handle one message and show the result of every stage."""
    assistant = Assistant(load_settings(shop_name="Papaya Lane"), store=MemoryStore())
    message = Message(id="m-1", text="Das Ladegerät qualmt und riecht verbrannt!", market="DE", channel="whatsapp")
    outcome = assistant.handle(message)
    triage, decision = outcome.triage, outcome.decision
    if triage is None:
        raise SystemExit(f"the message was not read: {outcome.fault}")
    print(f"language   {triage.language}")
    print(f"intent     {triage.intent} ({triage.p_intent:.2f})")
    print(f"emotion    {triage.emotion.value}, dissatisfied {triage.p_dissatisfied:.2f}")
    print(f"urgency    {triage.urgency.value}, priority {decision.priority}")
    print(f"action     {outcome.action.value}, because {decision.reason}: {'; '.join(decision.reasons)}")
    print(f"queue      {decision.queue}, due within {decision.answer_within}")
    print(f"\nThe customer reads:\n\n{outcome.reply.text}")


if __name__ == "__main__":
    main()
