"""The handled webhook deliveries, which have no owner."""

from datetime import datetime

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert

from core.database.session import Session
from core.models import webhook_deliveries

_INSERT = insert(webhook_deliveries).on_conflict_do_nothing().returning(webhook_deliveries.c.id)
_DELETE_OLD = delete(webhook_deliveries).where(
    webhook_deliveries.c.received_at < bindparam("moment")
)


async def insert_if_new(session: Session, delivery_id: str, now: datetime) -> bool:
    """Record the delivery; False when it is known, also while another transaction handles it."""
    values = {"id": delivery_id, "received_at": now}
    return await session.fetch_one(_INSERT, values) is not None


async def delete_received_before(session: Session, moment: datetime) -> None:
    """Delete the deliveries that were received before."""
    await session.execute(_DELETE_OLD, {"moment": moment})
