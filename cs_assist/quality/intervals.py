"""Intervals for shares, so that no figure stands without its n."""

from __future__ import annotations

import math


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95% Wilson score interval of ``hits`` in ``n`` (Wilson 1927).

    Example:
        >>> [round(x, 3) for x in wilson(50, 100)]
        [0.404, 0.596]
    """
    if not n:
        return 0.0, 1.0
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)  # rounding puts an end a little outside


def cell(hits: int, n: int) -> str:
    """Return a share with its interval for a table."""
    low, high = wilson(hits, n)
    return f"{hits / n:.3f} ({low:.3f}–{high:.3f})" if n else "–"
