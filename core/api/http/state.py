"""The state of the application. `main.py` creates it; endpoints read it with `state_of`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request

from core.auth.clerk import Clerk
from core.auth.profiles import Profiles
from core.auth.webhooks import Bodies, SignatureVerifier
from core.config import Settings
from core.database.session import Database
from core.ratelimit import Limits
from core.services.exports import Exports
from core.services.library_size import LibrarySize
from core.services.reads import Reads
from core.services.users import KnownIds
from core.workers.imports import Importer
from core.workers.spool import Spool
from core.workers.titles import TitleWorker

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from core.metrics import Metrics


@dataclass(slots=True)
class AppState:
    """The application's parts, one of each in a process."""

    settings: Settings
    database: Database
    reads: Reads
    limits: Limits
    clerk: Clerk
    webhook: SignatureVerifier | None
    webhook_bodies: Bodies
    known_ids: KnownIds
    profiles: Profiles
    library_size: LibrarySize
    exports: Exports
    spool: Spool
    importer: Importer
    titles: TitleWorker
    tracing: "TracerProvider | None"
    metrics: "Metrics | None" = None


def state_of(request: Request) -> AppState:
    """Return the application's state with its types; `request.app.state` has none."""
    state: AppState = request.app.state
    return state
