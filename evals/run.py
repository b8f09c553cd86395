"""Run every evaluation that needs no data beyond the repository: ``make evals``."""

from __future__ import annotations

from evals import handover, knowledge, triage


def main() -> None:
    """Run them one after the other."""
    triage.main()
    handover.main()
    knowledge.main()


if __name__ == "__main__":
    main()
