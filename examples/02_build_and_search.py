"""Build an index of the sample articles in a temporary folder and search it for one question in two markets."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from cs_assist import Assistant, MemoryStore, Message
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.chunks import chunk_article
from cs_assist.knowledge.index import build_index

ARTICLES = Path(__file__).parent.parent / "kb_index" / "articles"
DAY = date(2026, 11, 23)  # the sample articles are in force on this day


def main() -> None:
    """Build, then search: an article of another market, platform or year is never looked at."""
    encoder = OnnxEncoder()
    loaded = load_articles(ARTICLES)
    for problem in loaded.problems:
        print(f"rejected: {problem}")
    chunks = [chunk for article in loaded.articles for chunk in chunk_article(article, encoder.count_tokens)]
    with TemporaryDirectory() as folder:
        manifest = build_index(chunks, Path(folder), encoder)
        print(f"{manifest['articles']} articles, {manifest['passages']} passages")
        assistant = Assistant(index=folder, store=MemoryStore())
        for market, platform in (("US", None), ("GB", None), ("US", "amazon")):
            search(assistant, Message(id="q", text="How long do I have to return it?", market=market, platform=platform))


def search(assistant: Assistant, message: Message) -> None:
    """Print the three best passages for a message."""
    if assistant.knowledge is None:
        raise SystemExit("there is no index")
    print(f"\n{message.market}, {message.platform or 'own shop'}: {message.text}")
    triage = assistant.triage([message])[0]
    for passage in assistant.knowledge(message, triage, on=DAY, k=3).passages:
        print(f"  {passage.p_answers:.2f}  {passage.doc_id:<24} {passage.title}")


if __name__ == "__main__":
    main()
