"""Settings of your own and a database that several processes share; a message that comes twice is handled once."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from cs_assist import Assistant, CsAssistError, Message, load_settings
from cs_assist.store.sql import SqlStore


def main() -> None:
    """Let two assistants, as in two worker processes, read one conversation."""
    settings = load_settings(shop_name="Papaya Lane", default_market="GB", ai_notice=False, threads=1)
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'shop.db'}"  # or postgresql+psycopg://user@host/name, with the extra 'postgres'
        stores = [SqlStore(url), SqlStore(url)]
        first, second = (Assistant(settings, store=store) for store in stores)
        message = Message(id="m-1", text="Hello!", channel="live_chat", conversation_id="chat-1")
        one, again = first.handle(message), second.handle(message)
        print(f"first worker:  {one.action.value} ({one.decision.reason})")
        print(f"second worker: {again.action.value} ({again.decision.reason})")
        known = stores[1].load("chat-1")
        if known is None:
            raise SystemExit("the conversation was not kept")
        print(f"kept: version {known.version}, {[turn.role for turn in known.turns]}")
        for store in stores:
            store.close()
    try:
        load_settings(strikes=0)
    except CsAssistError as exc:
        print(f"refused: [{exc.code}] {exc.message}")


if __name__ == "__main__":
    main()
