"""Builds everything once from the settings: the only place that constructs the database and the channels."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

from bot.authoring.loader import load_library
from bot.channels.email import SmtpMailChannel
from bot.channels.interface import MailChannel, SmsChannel
from bot.channels.simulator import SimulatorMail, SimulatorSms
from bot.channels.twilio import TwilioChannel, TwilioWebhook
from bot.channels.unconfigured import UnconfiguredMail
from bot.clock import Clock, SharedTestClock, SystemClock
from bot.conversation.sending_time import danish_calendar
from bot.db.anchor import DatabaseAnchor
from bot.db.engine import Database
from bot.delivery_thread import DeliveryThread
from bot.services.deliver import Deliver
from bot.services.flow_store import FlowStore
from bot.services.follow_up import FollowUp
from bot.services.happen import Happen
from bot.services.health import Health
from bot.services.import_meetings import ImportMeetings
from bot.services.invite import Invite
from bot.services.lapse import Lapse
from bot.services.outbox import OutboxWriter
from bot.services.privacy import Privacy
from bot.services.receive import Receive
from bot.services.reconcile import Reconcile
from bot.services.results import Results
from bot.services.retention import Retention
from bot.services.status import Status
from bot.services.talk import Talk
from bot.services.teams import ImportTeams
from bot.services.timetable import Timetable
from bot.settings import Settings, parse_test_clock
from bot.system import System
from bot.vault import Vault


def build(settings: Settings) -> System:
    """Raises FlowError when a flow, lexicon or translation has a mistake."""
    library = load_library(settings.flows_dir, settings.locales_dir)
    database = Database(settings.database_url)
    vault = Vault([key.get_secret_value() for key in settings.data_keys], settings.lookup_key.get_secret_value())
    clock = _clock(settings, database)
    calendar = danish_calendar(settings.zone)
    timetable = Timetable(calendar, settings.zone)
    outbox = OutboxWriter(vault)
    sms, mail = _sms(settings), _mail(settings)
    deliver = _deliver(settings, database, vault, clock, sms, mail)
    delivery = DeliveryThread(deliver.run_due)
    follow_up = FollowUp(
        database=database, vault=vault, clock=clock, outbox=outbox, calendar=calendar, base_url=settings.base_url
    )
    flows = FlowStore(
        library.revisions, library.lexicons, library.phrases, library.language_names, database.insert, library.detect
    )
    talk = Talk(flows=flows, follow_up=follow_up, outbox_writer=outbox, timetable=timetable)
    return System(
        settings=settings,
        database=database,
        vault=vault,
        clock=clock,
        calendar=calendar,
        library=library,
        sms=sms,
        mail=mail,
        webhook=_webhook(settings),
        delivery=delivery,
        import_meetings=ImportMeetings(
            database=database,
            vault=vault,
            clock=clock,
            plan=library,
            calendar=calendar,
            known_language=library.known_language,
        ),
        import_teams=ImportTeams(database=database),
        receive=Receive(database=database, vault=vault, clock=clock, talk=talk, outbox=outbox, wake=delivery.wake),
        status=Status(database=database, clock=clock),
        invite=Invite(database=database, clock=clock, talk=talk, timetable=timetable),
        happen=Happen(database=database, clock=clock, talk=talk, timetable=timetable),
        lapse=Lapse(database=database, clock=clock, talk=talk, timetable=timetable),
        deliver=deliver,
        reconcile=Reconcile(
            database=database,
            vault=vault,
            clock=clock,
            sms=sms,
            grace=timedelta(seconds=settings.reconcile_grace_seconds),
        ),
        follow_up=follow_up,
        privacy=Privacy(database=database, vault=vault, clock=clock),
        retention=Retention(database=database, vault=vault, clock=clock),
        results=Results(database=database, zone=settings.zone),
        health=Health(database=database, clock=clock),
    )


def _deliver(
    settings: Settings, database: Database, vault: Vault, clock: Clock, sms: SmsChannel, mail: MailChannel
) -> Deliver:
    return Deliver(
        database=database,
        vault=vault,
        clock=clock,
        sms=sms,
        mail=mail,
        sender=settings.twilio_messaging_service_sid or settings.twilio_from or "simulator",
        segments_per_second=settings.sender_segments_per_second,
        mail_domain=parseaddr(settings.mail_from or "")[1].rpartition("@")[2] or "borgersvar.invalid",
    )


def _clock(settings: Settings, database: Database) -> Clock:
    """The simulator always runs on the shared clock, so that its skip button has something to move."""
    if settings.test_clock is not None:
        start, speed = parse_test_clock(settings.test_clock)
        anchor = DatabaseAnchor(database, setting=settings.test_clock, start=start, speed=speed)
    elif settings.channel == "simulator":
        anchor = DatabaseAnchor(database, setting="simulator", start=None, speed=1.0)
    else:
        return SystemClock()
    anchor.ensure()
    return SharedTestClock(anchor)


def _sms(settings: Settings) -> SmsChannel:
    return TwilioChannel.from_settings(settings) if settings.channel == "twilio" else SimulatorSms()


def _mail(settings: Settings) -> MailChannel:
    if settings.smtp_url is not None:
        return SmtpMailChannel.from_settings(settings)
    return UnconfiguredMail() if settings.channel == "twilio" else SimulatorMail()


def _webhook(settings: Settings) -> TwilioWebhook | None:
    if settings.channel != "twilio" or settings.public_base_url is None or settings.twilio_account_sid is None:
        return None
    return TwilioWebhook(
        public_base_url=settings.public_base_url,
        auth_tokens=[token.get_secret_value() for token in settings.twilio_auth_token],
        account_sid=settings.twilio_account_sid,
        senders=[s for s in (settings.twilio_from, settings.twilio_messaging_service_sid) if s],
    )
