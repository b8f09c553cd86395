"""The plan of the house: which room may know which, and how large things may grow."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import cs_assist

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cs_assist"
FILES = sorted(PACKAGE.rglob("*.py"))
STAGES = {"triage", "conversation", "knowledge", "policy", "reply", "guard"}
#: Rooms that every stage may know: records, settings, errors, data files, and what lies below the stages.
GROUND = {
    "types", "labels", "plain", "errors", "config", "datafile", "markets", "store", "encoder", "quantities", "numbering",
    "limits", "sentences", "llm",
}  # fmt: skip
OUTSIDE = {"cli", "integrations", "interop"}
#: The one door outwards: people look for `as_runnable` on the assistant. It loads the other side when it is called.
DOORS = {("assistant.py", "interop")}
MAX_FILE, MAX_FUNCTION, MAX_METHODS = 600, 80, 12
#: Functions over the limit; this list may only shrink.
LONG_FUNCTIONS: set[str] = set()
#: Places where any error may be caught: one turns it into a handover, one into EncoderError, one into ModelError.
BLIND_EXCEPTS = {
    "cs_assist/walk.py", "cs_assist/encoder/runtime.py", "cs_assist/llm/door.py", "cs_assist/conversation/history.py"
}  # fmt: skip


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cs_assist."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("cs_assist.")}
    return names


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", [p for p in FILES if _room(p) in STAGES], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_stage_knows_only_itself_and_the_ground(path: Path) -> None:
    assert _imports(path) <= GROUND | {_room(path)}


@pytest.mark.parametrize("path", [p for p in FILES if _room(p) not in OUTSIDE], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_library_never_imports_what_stands_outside_it(path: Path) -> None:
    allowed = {room for name, room in DOORS if PACKAGE / name == path}
    assert not _imports(path) & OUTSIDE - allowed


@pytest.mark.parametrize("name", ["labels", "plain", "types", "errors", "config", "datafile"])
def test_the_ground_floor_imports_downwards_only(name: str) -> None:
    allowed = {
        "labels": set(),
        "plain": set(),
        "types": {"labels", "plain"},
        "errors": set(),
        "config": {"errors", "labels"},
        "datafile": {"errors"},
    }
    assert _imports(PACKAGE / f"{name}.py") <= allowed[name]


@pytest.mark.parametrize("path", sorted((PACKAGE / "llm").glob("*.py")), ids=lambda path: path.name)
def test_the_door_to_language_models_knows_the_ground_floor_only(path: Path) -> None:
    assert _imports(path) <= {"llm", "types", "errors", "config", "datafile"}


def test_files_functions_and_classes_stay_small_enough_to_hold_in_mind() -> None:
    too_large = []
    for path in [*FILES, *sorted((ROOT / "training").glob("*.py")), *sorted((ROOT / "evals").glob("*.py"))]:
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > MAX_FILE:
            too_large.append(f"{path}: {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MAX_FUNCTION and f"{path.name}:{node.name}" not in LONG_FUNCTIONS:
                    too_large.append(f"{path}:{node.name} has {lines} lines")
            if isinstance(node, ast.ClassDef):
                public = [n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
                if len(public) > MAX_METHODS:
                    too_large.append(f"{path}:{node.name} has {len(public)} public methods")
    assert not too_large


def test_the_way_of_a_message_reads_in_under_250_lines() -> None:
    assert len((PACKAGE / "assistant.py").read_text(encoding="utf-8").splitlines()) < 250


def test_errors_are_swallowed_nowhere() -> None:
    found = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
            ):
                found.add(path.relative_to(ROOT).as_posix())
    assert found <= BLIND_EXCEPTS


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        p.name for p in FILES if "os.environ" in p.read_text(encoding="utf-8") or "getenv" in p.read_text(encoding="utf-8")
    }
    assert readers <= {"config.py"}


def test_public_names_are_sorted_and_all_exist() -> None:
    assert cs_assist.__all__ == sorted(cs_assist.__all__)
    for name in cs_assist.__all__:
        assert getattr(cs_assist, name).__name__ == name


def test_the_version_and_the_changelog_agree() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {cs_assist.__version__}" in changelog


def test_extras_are_those_of_the_design() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["optional-dependencies"]) == {
        "sentence-transformers", "openai", "langchain", "mcp", "documents", "postgres", "encryption", "server", "train", "ray",
        "otel", "docs", "dev", "all",
    }  # fmt: skip


def test_importing_the_library_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    heavy = ("faiss", "onnxruntime", "langchain", "langchain_core", "tiktoken", "torch", "sqlalchemy")
    code = f"import sys, cs_assist; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_door_outwards_is_opened_only_when_it_is_used() -> None:
    import subprocess
    import sys

    code = "import sys, cs_assist.assistant; print([m for m in sys.modules if m.startswith(('cs_assist.interop', 'langchain'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.stem not in ("__init__", "base")], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_every_module_has_its_tests(path: Path) -> None:
    room = path.relative_to(PACKAGE).parent
    candidates = [ROOT / "tests" / room / f"test_{path.stem}.py", ROOT / "tests" / room / "test_contract.py"]
    if "migrations" in room.parts:
        candidates.append(ROOT / "tests" / "store" / "test_migrate.py")
    if _room(path) == "cli":
        candidates.append(ROOT / "tests" / "cli" / "test_lines.py")
    assert any(candidate.exists() for candidate in candidates)
