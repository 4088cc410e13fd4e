"""The videos of v0.2.0, which had no owner: keep them for a user, or drop them.

Both return sentences about the result. v0.2.0 validated little, so values beyond today's limits
are shortened or cleaned; only a link without a video is refused.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from core import text
from core.codes import LinkCode
from core.database.session import Session
from core.errors import InvalidInput
from core.queries import legacy as queries
from core.queries.legacy import LegacyVideo
from core.schemas.videos import VideoCreate
from core.services import users, videos
from core.youtube import links

_SHORTENED = "shortened or cleaned"


@dataclass(frozen=True, slots=True)
class _Old:
    """A row that fits today's limits; `changes` names what was changed."""

    video: VideoCreate
    saved_at: datetime | None
    changes: list[str]


async def keep(session: Session, clerk_id: str) -> list[str]:
    """Save every video for that user, oldest first, so that duplicates keep the first date."""
    owner_id = await users.ensure(session, clerk_id)
    saved = merged = 0
    changed: list[str] = []
    unreadable: dict[int, str] = {}
    for row in await queries.list_undecided(session):
        try:
            old = _read(row)
        except links.NoVideoError as error:
            unreadable[row.id] = str(error)
            continue
        created = await _save(session, owner_id, old)
        saved += created
        merged += not created
        if old.changes:
            changed.append(f"Changed: {row.id}: {', '.join(old.changes)}.")
    await queries.set_aside(session, owner_id, unreadable)
    await queries.drop(session)
    summary = (
        f"Kept {saved} videos of v0.2.0 for {clerk_id}; merged {merged} duplicates into them; "
        f"set {len(unreadable)} unreadable ones aside."
    )
    refused = [f"Unreadable: {id_}: {reason}" for id_, reason in unreadable.items()]
    return [*changed, *refused, summary]


async def drop(session: Session) -> list[str]:
    """Delete every video."""
    dropped = await queries.count(session)
    await queries.drop(session)
    return [f"Deleted {dropped} videos of v0.2.0."]


async def _save(session: Session, owner_id: int, old: _Old) -> bool:
    """Save a video; return whether it is new.

    When its tags are too many together with its duplicate's, the last ones are left out.
    """
    video = old.video
    while True:
        try:
            stored = await videos.save(session, owner_id, video, old.saved_at)
        except InvalidInput:
            if not video.tags:
                raise
            video = video.model_copy(update={"tags": video.tags[:-1]})
        else:
            break
    if video is not old.video:
        old.changes.append(f"tags left out beyond {text.MAX_TAGS} with its duplicate's")
    return stored.created


def _read(row: LegacyVideo) -> _Old:
    """Shorten and clean a row so that it fits.

    Raises: links.NoVideoError
    """
    link = _find_link(row.url)
    fits = len(link.url) <= text.MAX_LINK_TEXT_LENGTH
    url = link.url if fits else links.canonical_url(link.video_key)
    title, tags = _decode(row.title), _decode(row.tags)
    fit_title, fit_tags, saved_at = _fit_title(title), _fit_tags(tags), _saved_at(row)
    changes = {
        f"link {_SHORTENED}": not fits,
        f"title {_SHORTENED}": fit_title.encode() != (row.title or b""),
        f"tags {_SHORTENED}": not _are_tags(tags) or tags.encode() != (row.tags or b""),
        "date unreadable, so dated now": saved_at is None,
    }
    return _Old(
        VideoCreate(url=url, title=fit_title or None, tags=fit_tags, start_s=link.start_s),
        saved_at,
        [change for change, was_needed in changes.items() if was_needed],
    )


def _find_link(url: bytes) -> links.VideoLink:
    try:
        return links.find_link(url.decode())
    except UnicodeDecodeError:
        # A lost byte may be part of the video's key: a wrong video is worse than none.
        raise links.NoVideoError(LinkCode.NOT_UTF_8, "The link is no text.") from None


def _decode(stored: bytes | None) -> str:
    return (stored or b"").decode(errors="replace")


def _fit_title(title: str) -> str:
    return text.clean(title)[: text.MAX_TITLE_LENGTH]


def _fit_tags(tags: str) -> list[str]:
    fit: dict[str, str] = {}
    for tag in text.clean(tags).split(","):
        name = " ".join(tag.split())[: text.MAX_TAG_LENGTH].rstrip()
        if name:
            fit.setdefault(text.tag_key(name), name)
    return list(fit.values())[: text.MAX_TAGS]


def _are_tags(tags: str) -> bool:
    try:
        text.split_tags([tags])
    except ValueError:
        return False
    return True


def _saved_at(row: LegacyVideo) -> datetime | None:
    """Read v0.2.0's naive time, which was UTC; None when it is invalid."""
    try:
        return datetime.fromisoformat(_decode(row.created_at)).replace(tzinfo=UTC)
    except ValueError:
        return None
