"""Run every evaluation that needs no data beyond the repository: ``make evals``."""

from __future__ import annotations

from evals import handover, triage


def main() -> None:
    """Run them one after the other."""
    triage.main()
    handover.main()


if __name__ == "__main__":
    main()
