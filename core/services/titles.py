"""Titles from YouTube: which videos are due, how to store an answer, when to retry.

workers/titles.py sends the requests. A job is claimed with a lease, so that one worker has it at
a time and a killed worker's job is due again. Each owner's rows have a transaction of their own.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from core import text
from core.database.session import Database, Session
from core.minutes import train_minutes
from core.queries import title_jobs, users, videos
from core.queries.videos import Stamp
from core.time_ids import to_milliseconds, utc_now
from core.youtube.source import Finding

LEASE = timedelta(minutes=1)
"""Much longer than a round takes."""

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=30),
)
"""From each answer without a title to the next request; after the last wait there is none."""
_TRIES_WHEN_UNAVAILABLE = 3
"""A private or deleted video stays so for days: the short waits are for failed requests."""


class Job(NamedTuple):
    """A video to ask about, claimed by this worker until its lease ends."""

    owner_id: int
    video_id: int
    video_key: str
    tries: int


async def claim(database: Database, limit: int) -> list[Job]:
    """Claim up to `limit` jobs that are due, those of the newest videos first."""
    now = utc_now()
    async with database.maintain() as session:
        due = await title_jobs.find_due(session, now, limit)
    jobs: list[Job] = []
    of_owner = attrgetter("user_id")
    for owner_id, rows in groupby(sorted(due, key=of_owner), key=of_owner):
        async with database.write(owner_id) as session:
            await users.lock_row(session, owner_id)
            for row in rows:
                if taken := await title_jobs.claim(session, owner_id, row, now + LEASE):
                    job = Job(owner_id, row.video_id, taken.video_key, taken.tries)
                    jobs.append(job)
    return jobs


async def store_results(
    database: Database, jobs: list[Job], findings: Mapping[str, Finding], retry_at: datetime
) -> None:
    """Store the findings, by video key; a job without an answer is due again at `retry_at`."""
    for owner_id, mine in groupby(jobs, key=attrgetter("owner_id")):
        async with database.write(owner_id) as session:
            revision = await users.lock_row(session, owner_id)
            if revision is None:  # erased since the jobs were claimed
                continue
            stamp, changed = Stamp(utc_now(), revision + 1), False
            for job in mine:
                finding = findings.get(job.video_key)
                if finding is None:
                    await title_jobs.postpone(
                        session, owner_id, job.video_id, to_milliseconds(retry_at), job.tries
                    )
                    continue
                changed |= await _keep(session, owner_id, job.video_id, finding, stamp)
                await _plan(session, owner_id, job, finding, stamp.now)
            if changed:
                await users.bump_revision(session, owner_id, stamp.now)


async def _keep(
    session: Session, owner_id: int, video_id: int, finding: Finding, stamp: Stamp
) -> bool:
    """Store new values; a title, which may be the user's own, and a channel are never lost."""
    row = await videos.find_title_fields(session, owner_id, video_id)
    if row is None:  # deleted for good in the meantime
        return False
    shown = None if row.title_is_provisional else row.title
    title = shown or finding.title or row.title
    channel = finding.channel or row.channel
    availability = finding.availability or row.availability
    duration_s = row.duration_s or finding.duration_s
    is_provisional = row.title_is_provisional and not finding.title
    known = (row.title, row.channel, row.availability, row.duration_s)
    if (title, channel, availability, duration_s) == known:
        return False
    values = {
        "title": title,
        "title_is_provisional": is_provisional,
        "channel": channel,
        "availability": availability,
        "duration_s": duration_s,
        "minutes": train_minutes(title, row.start_s, row.end_s, duration_s),
        "updated_at": stamp.now,
        "revision": stamp.revision,
        **text.derived_columns(title, channel, row.url, row.tags),
    }
    await videos.set_title_fields(session, owner_id, video_id, values)
    return True


async def _plan(session: Session, owner_id: int, job: Job, finding: Finding, now: datetime) -> None:
    """Retry later when there was no title, in growing intervals and a limited number of times."""
    tries = max(job.tries, _TRIES_WHEN_UNAVAILABLE) if finding.availability else job.tries
    if finding.title or tries >= len(WAITS):
        await title_jobs.delete_done(session, owner_id, job.video_id)
        return
    wait = WAITS[tries] * random.uniform(1, 1.2)  # noqa: S311  only spreads the requests
    due_at = to_milliseconds(now + wait)
    await title_jobs.postpone(session, owner_id, job.video_id, due_at, tries + 1)
