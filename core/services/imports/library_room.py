"""How many videos an import may still add to a library, the trash included."""

from collections.abc import Collection

from core.codes import FileCode
from core.database.session import Session
from core.queries import import_batches, videos
from core.services.videos import trashed_after
from core.time_ids import utc_now
from core.transfer.entries import FileRefused

_COUNTED_AGAIN_AFTER = 10_000
"""New videos: the user may save others during the import. A count of 50,000 takes 2 ms."""


class LibraryRoom:
    """The room that is left in a library while one import runs."""

    def __init__(self, owner_id: int, most_videos: int) -> None:
        self._owner_id = owner_id
        self._most = most_videos
        self._present = 0
        self._added = 0
        self._new: set[str] = set()

    async def measure(self, session: Session) -> None:
        self._present = await videos.count_all(session, self._owner_id)
        self._added = 0

    def fits(self, rows: int) -> bool:
        """Tell whether the library has room for the rows if each is a new video."""
        return self._present + rows <= self._most

    async def add_up(self, session: Session, video_keys: Collection[str], rows: int) -> None:
        """Count the videos of a file that are new to the library; the file has `rows` rows.

        Raises: FileRefused: the library has no room for them.
        """
        found = await import_batches.find_by_keys(
            session, self._owner_id, video_keys, trashed_after(utc_now())
        )
        self._new |= {*video_keys} - {row.video_key for row in found}
        left = max(0, self._most - self._present)
        if len(self._new) > left:
            raise FileRefused(
                FileCode.NO_ROOM_IN_LIBRARY,
                f"Your library may have {self._most:,} videos, the trash included, and has "
                f"{self._present:,}. This file has {rows:,} rows and would add more than the "
                f"{left:,} new videos that fit. Nothing was imported.",
            )

    async def take(self, session: Session, created: int) -> None:
        """Count videos that this transaction has inserted; their owner is locked.

        Raises: FileRefused: they are too many, and the transaction has to be rolled back.
        """
        self._added += created
        if self._added > _COUNTED_AGAIN_AFTER or (created and not self.fits(self._added)):
            await self.measure(session)
            if created and not self.fits(0):
                raise FileRefused(
                    FileCode.LIBRARY_FULL,
                    f"Your library has {self._most:,} videos, which is as many as it may have, "
                    "the trash included. What is imported already stays.",
                )
