"""Times as they go over the wire."""

from datetime import UTC, datetime


def wire_time(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: 2026-11-22T10:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
