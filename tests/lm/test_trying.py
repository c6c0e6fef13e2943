"""How long to wait before the next try."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.lm.trying import delay, retry_after_s

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0.25 ", 0.25),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        ("Sat, 28 Nov 2026 12:00:30", 30),
        ("-3", 0),
        ("inf", 0),
        ("nan", 0),
        ("soon", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_both_forms_of_retry_after(header, seconds):
    assert retry_after_s(header, now=NOW) == pytest.approx(seconds)


@given(text=st.text(max_size=40))
def test_any_header_is_some_seconds(text):
    assert 0 <= retry_after_s(text) < float("inf")


@given(
    tries=st.integers(1, 40), first=st.floats(0.001, 5), least=st.floats(0, 500), key=st.binary(min_size=4, max_size=32)
)
def test_delays_double_are_capped_and_honour_the_least(tries, first, least, key):
    found = delay(tries, first_s=first, key=key, least_s=least)
    most = min(first * 2 ** (tries - 1), 60)
    assert max(most / 2, least) <= found <= max(most, least * 1.05)
    assert found == delay(tries, first_s=first, key=key, least_s=least)


def test_many_requests_do_not_come_back_at_one_moment():
    found = [delay(1, first_s=1, key=bytes([n]), least_s=2) for n in range(100)]
    assert len(set(found)) > 90
    assert max(found) - min(found) > 0.05
