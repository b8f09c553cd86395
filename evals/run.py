"""Run every evaluation that needs no data beyond the repository: ``make evals``."""

from __future__ import annotations

from evals import guard, handover, knowledge, triage, voice


def main() -> None:
    """Run them one after the other."""
    triage.main()
    handover.main()
    knowledge.main()
    guard.main()
    voice.main()


if __name__ == "__main__":
    main()
