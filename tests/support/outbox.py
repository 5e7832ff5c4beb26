from sqlalchemy import func, select

from bot.channels.interface import DeliveryStatus
from bot.db.engine import Database
from bot.db.tables import outbox


def count_open(database: Database) -> int:
    """Messages that have not left yet, or whose outcome is not known."""
    still = select(func.count()).where(outbox.c.status.in_([DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED]))
    with database.reading() as connection:
        return int(connection.execute(still).scalar_one())
