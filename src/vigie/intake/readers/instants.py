"""When a post was made, from the many ways in which networks write a time. What cannot be read is null, no error."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

INSTANT = pa.timestamp("us", tz="UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(2200, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = pa.scalar(_EPOCH, INSTANT), pa.scalar(_END, INSTANT)
# Not strptime: the locale of the machine must not matter.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def instants(values: Sequence[object]) -> pa.Array:
    """One timestamp per value (microseconds, UTC): ISO 8601, seconds or milliseconds since 1970, or X's older style.

    A time without a zone is taken as UTC. Times before 1970 or from 2200 on are placeholders, not times: null.

    >>> [str(moment) for moment in instants(["2024-05-06T09:08:09+02:00", 1714979289, "yesterday"])]
    ['2024-05-06 07:08:09+00:00', '2024-05-06 07:08:09+00:00', 'None']
    """
    if values.count(None) == len(values):
        return pa.nulls(len(values), INSTANT)
    try:
        times = pc.cast(pa.array(values, pa.string()), INSTANT)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        times = pa.array([_instant(value) for value in values], INSTANT)
    plausible = pc.and_(pc.greater_equal(times, _EARLIEST), pc.less(times, _LATEST))
    return pc.if_else(plausible, times, pa.scalar(None, INSTANT))


def _instant(value: object) -> datetime | None:
    try:
        moment = _written(value) if isinstance(value, str) else _counted(value)
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment if moment is not None and _EPOCH <= moment < _END else None
    except (ValueError, OverflowError):
        return None


def _written(text: str) -> datetime | None:
    text = text[:64].strip()
    if text.isascii() and text.isdigit() and len(text) > 8:
        return _counted(int(text))
    if text[3:4] == " ":  # Wed Oct 10 20:19:24 +0000 2018
        _, month, day, clock, zone, year = text.split()
        return datetime.fromisoformat(f"{year}-{_MONTHS.index(month) + 1:02}-{day:0>2}T{clock}{zone}")
    return datetime.fromisoformat(text)


def _counted(value: object) -> datetime | None:
    """Seconds since 1970, or milli- or microseconds when the number is too large to be seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    unit = 1 if abs(value) < 1e11 else 1e3 if abs(value) < 1e14 else 1e6
    return _EPOCH + timedelta(microseconds=round(value * (1_000_000 // unit)))
