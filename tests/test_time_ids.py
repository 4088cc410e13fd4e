"""Times and the ids made from them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.time_ids import EPOCH, rfc3339, time_ordered_id, to_milliseconds, utc_now

MOMENTS = st.timedeltas(timedelta(), timedelta(days=365 * 69)).map(EPOCH.__add__)


@given(MOMENTS, MOMENTS)
def test_id_order_is_date_order(one: datetime, other: datetime):
    one, other = to_milliseconds(one), to_milliseconds(other)
    if one < other:
        assert time_ordered_id(one) < time_ordered_id(other)


@given(MOMENTS)
def test_an_id_is_exact_in_javascript(moment: datetime):
    assert 0 <= time_ordered_id(moment) < 2**53


def test_dates_before_youtube_count_as_its_first_day():
    assert time_ordered_id(datetime(1999, 1, 1, tzinfo=UTC)) < 2**12


def test_ids_of_one_millisecond_are_different():
    assert len({time_ordered_id(EPOCH + timedelta(1)) for _ in range(200)}) > 100


@given(MOMENTS)
def test_text_order_is_date_order_too(moment: datetime):
    later = moment + timedelta(milliseconds=1)
    assert rfc3339(moment) < rfc3339(later)
    assert datetime.fromisoformat(rfc3339(moment)) == to_milliseconds(moment)


def test_an_exhausted_millisecond_takes_ids_of_the_next():
    taken: set[int] = set()
    for _ in range(5_000):
        attempt = 0
        while (drawn := time_ordered_id(EPOCH, attempt)) in taken:
            attempt += 1
        taken.add(drawn)
    assert max(taken) < 2**12 * 100


def test_now_is_utc_in_whole_milliseconds():
    assert utc_now().tzinfo is UTC
    assert utc_now().microsecond % 1000 == 0


def test_videos_of_one_date_need_few_attempts_each_for_a_free_id():
    taken: set[int] = set()
    attempts = 0
    for _ in range(30_000):
        attempt = 0
        while (drawn := time_ordered_id(EPOCH, attempt)) in taken:
            attempt += 1
        taken.add(drawn)
        attempts = max(attempts, attempt)
    assert attempts < 25
    assert max(taken) >> 12 <= 60_000
