"""A server on loopback that speaks as OpenAI's does, and says what a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What the prompt `translate` takes.
TEXT = {"source_language": "German", "language": "English", "register": "neutral", "text": "Wo ist mein Paket?"}
GOOD = '{"language": "en", "text": "Where is my parcel?"}'


@dataclass
class Reply:
    """One reply of the server: JSON, an error, a stream, or a connection that ends too early."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    events: list[Any] | None = None
    drop: bool = False


def completion(content: str | None = GOOD, *, finish: str = "stop", usage: tuple[int, int] = (300, 12), **message: Any) -> Reply:
    """A chat completion as OpenAI writes it."""
    said = {"role": "assistant", "content": content, "refusal": None}
    return Reply(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1764000000,
            "model": "gpt-4.1-mini-2025-04-14",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": finish,
                    "message": said | message,
                }
            ],
            "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
        }
    )


def error(status: int, message: str, code: str = "", **headers: str) -> Reply:
    """An error as OpenAI writes it."""
    told = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code or None}}
    return Reply(told, status=status, headers=headers)


def pieces(*texts: str, finish: str | None = "stop") -> Reply:
    """A stream of pieces as OpenAI writes it; without ``finish`` the connection ends in the middle."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1764000000, "model": "gpt-4.1-mini"}
    deltas = [{"role": "assistant", "content": text} for text in texts]
    events: list[Any] = [head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if finish:
        events.append(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        events.append(head | {"choices": [], "usage": {"prompt_tokens": 290, "completion_tokens": 5, "total_tokens": 295}})
    return Reply(events=events, drop=finish is None)


class Provider:
    """The server: give it ``replies``; the last one repeats. ``requests`` holds what came, ``together`` the most at a time."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [completion()]
        self.requests: list[dict[str, Any]] = []
        self.together = 0
        self._now = 0
        self._lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                try:
                    provider._serve(self, body)
                except OSError:  # the caller has gone
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _serve(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        with self._lock:
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            self.requests.append(body)
            self._now += 1
            self.together = max(self.together, self._now)
        try:
            time.sleep(reply.seconds)
            self._write(handler, reply)
        finally:
            with self._lock:
                self._now -= 1

    def _write(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.events is not None:
            handler.close_connection = True
            handler.send_response(200)
            handler.send_header("content-type", "text/event-stream")
            handler.send_header("connection", "close")
            if reply.drop:
                handler.send_header("content-length", "100000")
            handler.end_headers()
            for event in reply.events:
                handler.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                handler.wfile.flush()
            if not reply.drop:
                handler.wfile.write(b"data: [DONE]\n\n")
            return
        data = json.dumps(reply.body).encode() if not isinstance(reply.body, bytes) else reply.body
        handler.send_response(reply.status)
        for name, value in ({"content-type": "application/json"} | reply.headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2] if reply.drop else data)
        handler.close_connection = handler.close_connection or reply.drop
