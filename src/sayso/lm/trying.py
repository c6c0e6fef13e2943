"""What can become of one try at a call, and how long to wait before the next.

There is one layer of retries. A refusal for now (429, 5xx), a timeout, a cut reply and a reply that makes no sense are tried again, after a
delay that doubles and is drawn with the request's own stream, so that many do not come back at once; `Retry-After` is the least that is
waited. Anything else that the endpoint refuses is the fault of the request, which fails, or of the whole set-up, which ends the run.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sayso.seeds import Stream

__all__ = ["Again", "delay", "Ended", "Refused", "retry_after_s"]

LONGEST_BACKOFF_S = 60.0


class Again(Exception):  # noqa: N818 - what is to be done, not a mistake
    """Try again, not before `after_s`; `charged` where the endpoint may have written, and count, a reply that nobody got."""

    def __init__(self, reason: str, *, after_s: float = 0.0, charged: bool = False, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.after_s, self.charged, self.unreachable = after_s, charged, unreachable


class Refused(Exception):  # noqa: N818
    """This request gets no reply, however often it is tried; `at_home` where it did not even get to the endpoint."""

    def __init__(self, reason: str, *, at_home: bool = False) -> None:
        super().__init__(reason)
        self.at_home = at_home


class Ended(Exception):  # noqa: N818
    """No request will get a reply as things are; the message says what to do. `only_first`: unless some already did."""

    def __init__(self, reason: str, *, only_first: bool = False) -> None:
        super().__init__(reason)
        self.only_first = only_first


def delay(tries: int, *, first_s: float, key: bytes, least_s: float = 0.0) -> float:
    """Seconds before the next try: half to all of `first_s` doubled each time, at least `least_s`, never all at one moment."""
    most = min(first_s * 2 ** (tries - 1), LONGEST_BACKOFF_S)
    share = Stream("retry", key.hex(), tries).uniform(0.5, 1.0)
    wait: float = max(most * share, least_s * (1 + (share - 0.5) / 10) if least_s else 0.0)
    return wait


def retry_after_s(header: str | None, *, now: datetime | None = None) -> float:
    """Seconds that a `Retry-After` header asks for, in either of its two forms; 0 where it says nothing."""
    text = (header or "").strip()
    try:
        return max(0.0, float(text)) if float(text) < float("inf") else 0.0
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())
