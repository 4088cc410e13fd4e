"""A part that the service can do without: after a failure it is left alone for some time."""

import math
import time
from collections.abc import Callable


class Outage:
    """Tells whether to use a part that may have failed.

    After a pause one request at a time tries it; the others do without it until that succeeds.
    """

    def __init__(self, pause_s: float, steady: Callable[[], float] = time.monotonic) -> None:
        self._pause_s = pause_s
        self._steady = steady
        self._has_failed = False
        self._paused_until_s = -math.inf

    def is_paused(self) -> bool:
        """Tell whether to do without the part; if not, a caller while it is broken tries it."""
        now_s = self._steady()
        if now_s < self._paused_until_s:
            return True
        if self._has_failed:
            self._paused_until_s = now_s + self._pause_s
        return False

    def begin(self) -> bool:
        """Note a failure; return whether it is the first of this outage."""
        self._paused_until_s = self._steady() + self._pause_s
        is_first, self._has_failed = not self._has_failed, True
        return is_first

    def end(self) -> bool:
        """Note a success; return whether it ends an outage."""
        if not self._has_failed:
            return False
        self._has_failed, self._paused_until_s = False, -math.inf
        return True
