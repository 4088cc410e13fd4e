"""What Clerk tells by itself: a profile that changed, a person who is no more."""

from datetime import datetime, timedelta

from core.auth.schemas import Event
from core.clock import utc_now
from core.database import Session
from core.queries import users as user_queries
from core.queries import webhooks as queries
from core.services import users

DELIVERY_TTL = timedelta(days=7)
"""How long a delivery is remembered; it is sent again for a day and a half at most."""


async def handle(session: Session, event: Event) -> None:
    """Do what the event asks for, once, however often and at how many doors it is delivered."""
    now = utc_now()
    if not await queries.insert_if_new(session, event.delivery_id, now):
        return
    if event.profile is None:
        await users.erase(session, event.clerk_id)
    elif row := await user_queries.find(session, event.clerk_id):
        await user_queries.store_profile(session, row["id"], event.profile, now)


async def forget_old(session: Session, now: datetime) -> None:
    """Forget the deliveries that nobody sends again."""
    await queries.delete_received_before(session, now - DELIVERY_TTL)
