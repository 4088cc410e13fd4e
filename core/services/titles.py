"""What YouTube tells about videos: whose are due, what is kept of an answer, when to ask again.

Asking itself is jobs.py's. A job is taken with a lease, so that no two workers have it and a
killed one's comes back; everything of an owner is written in a transaction of that owner.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from core import text
from core.clock import to_milliseconds, utc_now
from core.database import Database, Session
from core.oembed import Finding
from core.queries import metadata_jobs, users, videos

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
"""From each answer without a title to the next question; after the last there is none."""
_TRIES_WHEN_TOLD_WHY = 3
"""A video that is private or gone is so for days: the short waits are for what broke."""


class Job(NamedTuple):
    """A video to ask about, taken by this worker until its lease ends."""

    owner_id: int
    video_id: int
    video_key: str
    tries: int


async def claim(database: Database, limit: int) -> list[Job]:
    """Take up to `limit` jobs that are due, those of the newest videos first."""
    now = utc_now()
    async with database.maintain() as session:
        due = await metadata_jobs.find_due(session, now, limit)
    jobs: list[Job] = []
    of_owner = itemgetter("user_id")
    for owner_id, rows in groupby(sorted(due, key=of_owner), key=of_owner):
        async with database.write(owner_id) as session:
            await users.lock_row(session, owner_id)
            for row in rows:
                if taken := await metadata_jobs.claim(session, owner_id, row, now + LEASE):
                    job = Job(owner_id, row["video_id"], taken["video_key"], taken["tries"])
                    jobs.append(job)
    return jobs


async def settle(
    database: Database, jobs: list[Job], findings: Mapping[str, Finding], retry_at: datetime
) -> None:
    """Keep what was found, by video key; a job that nobody answered is given back until then."""
    for owner_id, mine in groupby(jobs, key=attrgetter("owner_id")):
        async with database.write(owner_id) as session:
            await users.lock_row(session, owner_id)
            now, changed = utc_now(), False
            for job in mine:
                finding = findings.get(job.video_key)
                if finding is None:
                    await metadata_jobs.postpone(
                        session, owner_id, job.video_id, to_milliseconds(retry_at), job.tries
                    )
                    continue
                changed |= await _keep(session, owner_id, job.video_id, finding, now)
                await _plan(session, owner_id, job, finding, now)
            if changed:
                await users.bump_revision(session, owner_id, now)


async def _keep(
    session: Session, owner_id: int, video_id: int, finding: Finding, now: datetime
) -> bool:
    """Write what is new; a title or channel that is there is never lost, the person's own least."""
    row = await videos.find_metadata(session, owner_id, video_id)
    if row is None:  # deleted for good meanwhile
        return False
    title = row["title"] or finding.title
    channel = finding.channel or row["channel"]
    availability = finding.availability or row["availability"]
    if (title, channel, availability) == (row["title"], row["channel"], row["availability"]):
        return False
    values = {
        "title": title,
        "channel": channel,
        "availability": availability,
        "title_key": text.title_key(title),
        "search_text": text.search_text(title, channel, row["url"], row["tags"]),
        "updated_at": now,
    }
    await videos.set_metadata(session, owner_id, video_id, values)
    return True


async def _plan(session: Session, owner_id: int, job: Job, finding: Finding, now: datetime) -> None:
    """Ask again later when there was no title, ever more rarely and not for ever."""
    tries = max(job.tries, _TRIES_WHEN_TOLD_WHY) if finding.availability else job.tries
    if finding.title or tries >= len(WAITS):
        await metadata_jobs.delete_done(session, owner_id, job.video_id)
        return
    wait = WAITS[tries] * random.uniform(1, 1.2)  # noqa: S311  only spreads the questions
    due_at = to_milliseconds(now + wait)
    await metadata_jobs.postpone(session, owner_id, job.video_id, due_at, tries + 1)
