"""The pages say what the code does: blocks run, commands parse, links lead somewhere, generated pages are fresh."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil
import re
import shlex
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main
import yaml

import cs_assist
from cs_assist.cli import app
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import CsAssistError, MissingExtraError
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.chunks import chunk_article
from cs_assist.knowledge.index import build_index
from cs_assist.markets.clocks import platform_hours

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [path for path in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))) if path.exists()]
MODULES = ["cs_assist", *sorted(module.name for module in pkgutil.walk_packages(cs_assist.__path__, "cs_assist."))]
_BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:cs_assist|tests|docs|examples|training|kb_index)/[\w./-]*)`")
_ASSIGNMENT = re.compile(r"^[A-Z][A-Z0-9_]*=")


def blocks(path: Path, *languages: str) -> list[str]:
    return [text for language, text in _BLOCK.findall(path.read_text(encoding="utf-8")) if language in languages]


def commands(path: Path) -> list[str]:
    """Return every ``cs-assist`` command of a page, lines that end with a backslash joined."""
    found = []
    for block in blocks(path, "console", "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s(?:\||&&|;)\s", line.removeprefix("$ ")):
                words = [word for word in part.strip().split() if not _ASSIGNMENT.match(word)]
                if words and words[0].split("/")[-1] == "cs-assist":
                    found.append(part.strip())
    return found


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip()) for title in titles}


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def built(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    loaded = load_articles(ROOT / "kb_index" / "articles")
    assert not loaded.problems
    build_index([chunk for article in loaded.articles for chunk in chunk_article(article, encoder.count_tokens)], folder, encoder)
    return folder


@pytest.fixture
def workplace(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has what the pages expect of the repository's root: sample articles, inbox and a built index."""
    folder = tmp_path / "work"
    shutil.copytree(ROOT / "kb_index" / "articles", folder / "kb_index" / "articles")
    shutil.copytree(built, folder / "kb_index" / "index")
    (folder / "examples").mkdir()
    shutil.copy(ROOT / "examples" / "inbox.jsonl", folder / "examples")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", ["settings.md", "cli.md", "errors.md", "conversations.md"])
def test_generated_pages_are_fresh(name: str, generate: ModuleType) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run: python docs/generate.py"


def test_every_error_has_a_code_of_its_own_and_a_cure(generate: ModuleType) -> None:
    codes = [error.code for error in generate._tree(CsAssistError)]
    assert sorted(codes) == sorted(generate.CURES)


@pytest.mark.parametrize("path", [path for path in PAGES if blocks(path, "python")], ids=lambda path: path.name)
def test_python_blocks_run(path: Path, workplace: Path) -> None:
    namespace: dict[str, Any] = {"__name__": f"page_{path.stem}"}
    for number, block in enumerate(blocks(path, "python"), start=1):
        try:
            exec(compile(block, f"{path.name}, block {number}", "exec"), namespace)
        except MissingExtraError as exc:
            pytest.skip(f"block {number}: {exc.message}")


@pytest.mark.parametrize("path", [path for path in PAGES if commands(path)], ids=lambda path: path.name)
def test_commands_parse(path: Path) -> None:
    for line in commands(path):
        words = shlex.split(line.split(" > ")[0].split(" < ")[0], comments=True)
        while words[0].split("/")[-1] != "cs-assist":
            words.pop(0)
        command, arguments = typer.main.get_command(app), words[1:]
        while arguments and hasattr(command, "commands") and not arguments[0].startswith("-"):
            assert arguments[0] in command.commands, line
            command, arguments = command.commands[arguments[0]], arguments[1:]
        if "--help" not in arguments:
            command.make_context("cs-assist", list(arguments))  # raises where an argument is wrong or missing


@pytest.mark.parametrize("path", [path for path in PAGES if commands(path)], ids=lambda path: path.name)
def test_the_sample_files_that_commands_name_are_there(path: Path) -> None:
    for name in re.findall(r"\bexamples/[\w./-]+", "\n".join(commands(path))):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("name", ["tutorial.md", "langchain.md"])
def test_python_blocks_have_the_types_that_they_need(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mypy = pytest.importorskip("mypy.api", reason="needs the extra 'dev'")
    page = tmp_path / "page.py"
    page.write_text("\n".join(blocks(DOCS / name, "python")), encoding="utf-8")
    monkeypatch.setenv("MYPYPATH", str(ROOT))
    told, faults, _ = mypy.run(["--strict", "--config-file", str(ROOT / "pyproject.toml"), str(page)])
    assert faults == ""
    assert [line for line in told.splitlines() if line.startswith(str(page))] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_and_named_paths_lead_somewhere(path: Path) -> None:
    text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        there = path.parent / target if target else path
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link
    for name in _PATH.findall(text):
        assert (ROOT / name).exists() or name.startswith("kb_index/index"), name


def test_every_page_is_in_the_table_of_contents() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    assert sorted(re.findall(r"[\w-]+\.md", str(nav))) == sorted(path.name for path in DOCS.glob("*.md"))


def test_the_table_of_platform_clocks_is_the_code_s() -> None:
    text = (DOCS / "platform-clocks.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.M))
    assert {name: float(hours) for name, hours in table.items()} == platform_hours()


@pytest.mark.parametrize("name", MODULES)
def test_doctests_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no index and no settings file of the developer's
    try:
        module = importlib.import_module(name)
    except MissingExtraError as exc:
        pytest.skip(exc.message)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0
