"""How long a conversation is kept, by market and channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import get_args

from cs_assist.config import Settings
from cs_assist.errors import SettingsError
from cs_assist.markets.market import market_codes
from cs_assist.types import Channel, Record


class Retention(Record):
    """Days for which a conversation is kept after its last message.

    Args:
        days: For every conversation that ``by`` does not name; None keeps it for ever.
        by: Days by market (``DE``) or channel (``whatsapp``), which go before ``days``. Where both of a
            conversation are named, the shorter time holds.

    Example:
        >>> kept = Retention(days=365, by={"DE": 180, "whatsapp": 90})
        >>> kept.days_for("DE", "email"), kept.days_for("DE", "whatsapp"), kept.days_for("FR", None)
        (180, 90, 365)
    """

    days: int | None = None
    by: Mapping[str, int] = {}

    @classmethod
    def of(cls, settings: Settings) -> Retention:
        """Return what the settings say.

        Raises:
            SettingsError: A key of ``retention_days_by`` is neither a market with data nor a channel.
        """
        known = [*market_codes(), *get_args(Channel)]
        for name in settings.retention_days_by:
            if name not in known:
                nearest = get_close_matches(name.lower(), [code.lower() for code in known], n=1)
                meant = next((f" Did you mean '{code}'?" for code in known if code.lower() in nearest), "")
                raise SettingsError(
                    f"setting 'retention_days_by' names '{name}', which is no market and no channel.{meant}",
                    hint="Use codes of `cs-assist markets`, such as DE, and channels, such as whatsapp.",
                )
        return cls(days=settings.retention_days, by=dict(settings.retention_days_by))

    def days_for(self, market: str | None, channel: str | None) -> int | None:
        """Return the days for a conversation; None where it is kept for ever."""
        named = [self.by[name] for name in (market, channel) if name is not None and name in self.by]
        return min(named) if named else self.days

    def cutoff(self, market: str | None, channel: str | None, now: datetime) -> datetime | None:
        """Return the moment before which such a conversation's last message is too old at ``now``; None for never."""
        days = self.days_for(market, channel)
        return None if days is None else now - timedelta(days=days)
