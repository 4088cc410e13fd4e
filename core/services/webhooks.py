"""Events from Clerk: a profile changed, or a user was deleted."""

from datetime import datetime, timedelta

from core.auth.schemas import Event
from core.database.session import Session
from core.queries import webhooks as queries
from core.services import users
from core.time_ids import utc_now

DELIVERY_TTL = timedelta(days=7)
"""How long a delivery is recorded; Clerk retries it for a day and a half at most."""


async def handle(session: Session, event: Event) -> None:
    """Handle an event once, also when it is delivered several times or to several processes."""
    now = utc_now()
    if not await queries.insert_if_new(session, event.delivery_id, now):
        return
    if event.profile is None:
        await users.erase(session, event.clerk_id)
    else:
        await users.apply_update(session, event.clerk_id, event.profile)


async def delete_old(session: Session, now: datetime) -> None:
    """Delete the deliveries that Clerk no longer retries."""
    await queries.delete_received_before(session, now - DELIVERY_TTL)
