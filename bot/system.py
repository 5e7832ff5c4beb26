"""What the whole product consists of. `bot.bootstrap` builds it; pages, jobs and commands use it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.authoring.loader import Library
from bot.channels.interface import MailChannel, SmsChannel
from bot.channels.twilio import TwilioWebhook
from bot.clock import Clock
from bot.conversation.sending_time import OfficeCalendar
from bot.db.engine import Database
from bot.delivery_thread import DeliveryThread
from bot.services.deliver import Deliver
from bot.services.follow_up import FollowUp
from bot.services.happen import Happen
from bot.services.health import Health
from bot.services.import_meetings import ImportMeetings
from bot.services.invite import Invite
from bot.services.lapse import Lapse
from bot.services.privacy import Privacy
from bot.services.receive import Receive
from bot.services.reconcile import Reconcile
from bot.services.results import Results
from bot.services.retention import Retention
from bot.services.status import Status
from bot.services.teams import ImportTeams
from bot.settings import Settings
from bot.vault import Vault


@dataclass(frozen=True, kw_only=True)
class System:
    """The whole product, ready to use. Entry points hold one; nothing else constructs its parts."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock
    calendar: OfficeCalendar
    library: Library
    sms: SmsChannel
    mail: MailChannel
    webhook: TwilioWebhook | None
    delivery: DeliveryThread
    import_meetings: ImportMeetings
    import_teams: ImportTeams
    receive: Receive
    status: Status
    invite: Invite
    happen: Happen
    lapse: Lapse
    deliver: Deliver
    reconcile: Reconcile
    follow_up: FollowUp
    privacy: Privacy
    retention: Retention
    results: Results
    health: Health
