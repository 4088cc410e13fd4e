"""How many videos a library may have, the trash included."""

from core.database.session import Session
from core.errors import LibraryFull
from core.queries import videos

_MAX_PROCESSES = 64
"""Each process takes a share of the room that is left, so that together they never take more."""
_MAX_OWNERS = 10_000


class LibrarySize:
    """Refuses a new video of a full library, and seldom counts the videos.

    The count of 50,000 videos takes 2 ms. The room that is left is shared among the processes, and
    a library is counted again when this process's share is used up.
    """

    def __init__(self, most_videos: int) -> None:
        self._most = most_videos
        self._shares: dict[int, int] = {}

    async def spend(self, session: Session, owner_id: int) -> None:
        """Count a video that this transaction has inserted; its owner is locked.

        Raises: LibraryFull: it is one too many, and the transaction has to be rolled back.
        """
        share = self._shares.get(owner_id, 0)
        if share == 0:
            left = 1 + self._most - await videos.count_all(session, owner_id)
            if left <= 0:
                raise LibraryFull(
                    f"Your library has {self._most:,} videos, which is as many as it may have. "
                    "The trash counts until it is emptied, 30 days after a video went there."
                )
            share = max(1, left // _MAX_PROCESSES)
            if len(self._shares) >= _MAX_OWNERS:
                self._shares = {}
        self._shares[owner_id] = share - 1
