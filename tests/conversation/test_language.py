"""Which language a text is in, and when that moves a conversation."""

from __future__ import annotations

import pytest

from bot.conversation.events import AnswerRecorded, LanguageChanged, NotUnderstood, QuestionAsked
from bot.conversation.flow import FlowRevision
from tests.conversation.rehearsal import shipped_library
from tests.conversation.small_flows import Citizen, kinds

LIBRARY = shipped_library()
SATISFACTION = LIBRARY.revisions["tilfredshed"]

WRITTEN = {
    "da": ["Jeg ventede alt for længe i telefonen", "Min sagsbehandler lytter altid til mig"],
    "en": ["I had to wait far too long on the phone", "The lady listens to what I say"],
    "de": ["Ich musste viel zu lange warten", "Die Frau hat mir gut zugehört und geholfen"],
    "ar": ["انتظرت كثيرا على الهاتف ولم يجبني أحد", "الموظفة تستمع إلي دائما"],
    "fa": ["خیلی منتظر ماندم و کسی جواب نداد", "این خانم همیشه به حرف من گوش می‌دهد"],
    "uk": ["Я дуже довго чекала на відповідь", "Мене завжди вислуховують і допомагають"],
    "ru": ["Я очень долго ждала ответа", "Меня всегда выслушивают и помогают"],
    "pl": ["Musiałem bardzo długo czekać na odpowiedź", "Pani zawsze mnie wysłucha i pomoże"],
    "tr": ["Telefonda çok uzun süre bekledim", "Hanımefendi beni her zaman dinliyor"],
    "so": ["Waxaan sugay waqti aad u dheer", "Gabadhu had iyo jeer way i dhageysataa"],
    "ti": ["ንነዊሕ ግዜ ክጽበ ኔረ", "እታ ሰበይቲ ኩሉ ግዜ ትሰምዓኒ እያ"],
    "ro": ["Am așteptat foarte mult la telefon", "Doamna mă ascultă întotdeauna și mă ajută"],
    "bs": ["Predugo sam čekala na odgovor", "Предуго сам чекао на одговор и нико се није јавио"],
    "ur": ["مجھے فون پر بہت دیر انتظار کرنا پڑا", "وہ ہمیشہ میری بات سنتی ہیں"],
    "fr": ["J'ai attendu beaucoup trop longtemps au téléphone", "La dame m'écoute toujours"],
    "es": ["Tuve que esperar demasiado tiempo al teléfono", "La señora siempre me escucha y me ayuda"],
    "lt": ["Labai ilgai laukiau atsakymo telefonu", "Ponia visada manęs išklauso ir padeda"],
    "bg": ["Чаках много дълго на телефона", "Жената винаги ме изслушва и ми помага"],
    "am": ["በስልክ በጣም ረጅም ጊዜ ጠበቅሁ", "ሴትዮዋ ሁልጊዜ ታዳምጠኛለች"],
    "ku": ["Min pir dirêj li bendê ma", "Ew jin her tim li min guhdarî dike"],
}
CERTAIN = [pytest.param(text, code, id=f"{code}: {text}") for code, texts in WRITTEN.items() for text in texts]
NEVER_MOVED = [
    "8", "٨", "7-8", "👍", "👍👍 🙏", "😡 😡", "ok", "super", "Danke", "спасибо", "STOP", "stop", "help me",
    "call me please", "...", "", "   ", "?", "8 8 8", "10/10", "20 30 40 50", "+45 20 30 40 50",
    "http://example.org/en/page x@example.org", "\ud800 \udfff", "a b c d", "\u0301 \u0301", "123 456 789",
    "한국어 텍스트", "ελληνικά είναι αυτά",
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), CERTAIN)
def test_a_sentence_is_recognised(text: str, code: str) -> None:
    assert LIBRARY.detect(text) == code


@pytest.mark.parametrize("text", NEVER_MOVED)
def test_what_is_no_sentence_moves_nobody(text: str) -> None:
    citizen = Citizen(SATISFACTION, "da")
    assert LanguageChanged not in [type(event) for event in citizen.says(text)]


@pytest.mark.parametrize(("text", "code"), [case for case in CERTAIN if case.values[1] != "da"])
def test_a_reply_in_another_language_moves_the_conversation_once(text: str, code: str) -> None:
    citizen = Citizen(SATISFACTION, "da")
    assert citizen.says(text) == [LanguageChanged(language=code), NotUnderstood(), QuestionAsked(step="tilfreds")]
    assert kinds(citizen.says(text)) == ["NotUnderstood", "QuestionAsked"]


def test_a_rating_in_another_language_is_read_in_it() -> None:
    citizen = Citizen(SATISFACTION, "da")
    events = citizen.says("Well, I would like to give you seven points for the help")
    assert events[0] == LanguageChanged(language="en")
    assert isinstance(events[1], AnswerRecorded)
    assert citizen.answers["tilfreds"] == 7


def test_a_comment_in_another_language_is_kept_and_moves_the_next_question() -> None:
    citizen = Citizen(SATISFACTION, "da")
    citizen.says("3")
    assert kinds(citizen.says("We talked about my papers and about a course")) == [
        "LanguageChanged",
        "AnswerRecorded",
        "QuestionAsked",
    ]


def test_an_answer_in_the_conversations_own_language_is_not_even_looked_at() -> None:
    asked: list[str] = []

    def remember(text: str) -> None:
        asked.append(text)

    citizen = Citizen(SATISFACTION, "da", detect=remember)
    citizen.says("jeg giver jer 8, tak for hjælpen")
    assert asked == []
    citizen.says("de var søde og hjalp mig")
    assert asked == ["de var søde og hjalp mig"]


def test_one_who_asked_for_a_language_is_left_in_it() -> None:
    citizen = Citizen(SATISFACTION, "da")
    citizen.says("English")
    assert kinds(citizen.says("Jeg ventede alt for længe i telefonen")) == ["NotUnderstood", "QuestionAsked"]


def test_nobody_is_moved_to_a_language_the_flow_is_not_offered_in() -> None:
    narrow = FlowRevision(SATISFACTION.flow, {code: SATISFACTION.texts[code] for code in ("da", "en")})
    citizen = Citizen(narrow, "da")
    assert kinds(citizen.says("Ich musste viel zu lange warten")) == ["NotUnderstood", "QuestionAsked"]
