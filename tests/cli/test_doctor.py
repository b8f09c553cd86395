from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .conftest import Run


def test_a_sound_installation_exits_with_zero_and_names_every_part(run: Run, index: Path) -> None:
    done = run("doctor", "--index", index)
    assert done.code == 0
    assert "✗" not in done.out
    for part in ("encoder", "heads", "markets", "phrases", "index", "store"):
        assert f"✓ {part}: " in done.out
    assert "8 articles" in done.out
    assert "optional parts not installed:" in done.out


def test_without_an_index_of_ones_own_the_rest_may_be_sound(run: Run) -> None:
    done = run("doctor")
    assert done.code == 0
    assert "✗ index: " in done.out
    assert "✓ store: " in done.out


def test_a_fault_in_a_sellers_phrases_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text('thanks: ["Ta {name}."]', encoding="utf-8")
    done = run("doctor", CS_ASSIST_PHRASES_DIR=str(tmp_path))
    assert done.code == 1
    assert "en.yaml, line 1, key 'thanks.0'" in done.out.replace("\n", "")


def test_what_is_broken_is_named_with_its_code_and_its_remedy_and_exits_with_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("doctor", "--index", tmp_path / "none", CS_ASSIST_STATE_DIR=str(tmp_path / "file"))
    assert done.code == 1
    assert "✗ index: IndexMissingError [index.missing]: there is no knowledge index" in done.out
    assert "Build it: cs-assist kb build" in done.out
    assert "✗ store: StoreReadOnlyError [store.read_only]: " in done.out
    assert "✓ encoder: " in done.out


def test_a_default_market_that_is_none_is_named(run: Run) -> None:
    done = run("doctor", CS_ASSIST_DEFAULT_MARKET="UK")
    assert done.code == 1
    assert "✗ markets: SettingsError [settings.invalid]: setting 'default_market' is 'UK'" in done.out
    assert "Did you mean 'GB'?" in done.out


def test_a_sellers_own_intents_are_checked_too(run: Run, tmp_path: Path) -> None:
    done = run("doctor", CS_ASSIST_INTENTS_DIR=str(tmp_path / "none"))
    assert done.code == 1
    assert "✗ heads: EncoderError [encoder.unusable]: " in done.out
    assert "cs-assist train" in done.out


def test_without_a_usable_encoder_the_other_parts_are_still_told(run: Run, tmp_path: Path) -> None:
    done = run("doctor", CS_ASSIST_ENCODER_DIR=str(tmp_path))
    assert done.code == 1
    assert "✗ encoder: EncoderError [encoder.unusable]: " in done.out
    assert "✓ markets: " in done.out
    assert "✓ store: " in done.out


def test_the_program_starts_without_loading_numpy() -> None:
    code = "import sys, cs_assist.cli; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
