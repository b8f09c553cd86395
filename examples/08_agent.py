"""An agent of LangGraph that works with the five tools; the model is a script, so that nothing leaves this machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from cs_assist import Assistant, MemoryStore
from cs_assist.interop.runnable import langchain_tools
from cs_assist.interop.tools import AgentTools

ASKED = "I am Kate Miller. My parcel is late again, I want to speak to a person! kate@example.com"


class Script(GenericFakeChatModel):
    """Stands for a real model: give ``init_chat_model("openai:...")`` in its place."""

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Any:
        """Take the tools; the script knows them."""
        return self


def step(tool: str, **arguments: Any) -> AIMessage:
    """Return a model's wish to call a tool."""
    return AIMessage(content="", tool_calls=[{"name": tool, "args": arguments, "id": tool, "type": "tool_call"}])


def main() -> None:
    """Run the agent and show what the model saw, and what the shop has."""
    tools = AgentTools(Assistant(store=MemoryStore()))
    text = tools.mask(ASKED, "c-1", market="GB")
    where = {"text": text, "market": "GB"}
    steps = [
        step("triage", **where),
        step("hand_over", conversation_id="c-1", why="asks for a person", **where),
        AIMessage(content="A colleague will write to [NAME_1]."),
    ]
    agent = create_agent(Script(messages=iter(steps)), langchain_tools(tools))
    done = agent.invoke({"messages": [HumanMessage(text)]})
    for message in done["messages"]:
        if isinstance(message, ToolMessage):
            told = json.loads(str(message.content))
            print(f"{message.name}: {told.get('intent') or told['packet']['summary']}")
    print(f"the model read: {text}")
    print(f"the agent says: {tools.restore(done['messages'][-1].content, 'c-1')}")


if __name__ == "__main__":
    main()
