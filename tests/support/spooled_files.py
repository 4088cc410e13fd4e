"""The files of imports that wait in the spool of a service."""

import httpx

from core.workers.spool import Spool
from tests.support.factories import Service


def spool_of(service: Service) -> Spool:
    spool: Spool = service.app.state.spool
    return spool


async def files_of(service: Service, person: httpx.AsyncClient) -> list[str]:
    """Return the user's waiting files; other users share the folder."""
    owner_id = (await person.get("/me")).json()["id"]
    return [name for owner, name in spool_of(service).waiting() if owner == owner_id]
