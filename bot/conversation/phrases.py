"""Everything the bot itself says to citizens, in the source language. Flows bring their own questions.

`{...}` are placeholders; a translation must hold the same ones. Commands in capitals are named by the
lexicon's word in each language, so a translation writes the word its own citizens would send.
"""

from types import MappingProxyType

PHRASES = MappingProxyType(
    {
        "scale_ends": "Svar {lowest}-{highest}: {lowest} = {low_end}, {highest} = {high_end}.",
        "echo_number": "Noteret: {value} af {highest} ({word}).",
        "echo_word": "Noteret: {word}.",
        "echo_changed": "Rettet til {value} af {highest} ({word}).",
        "check": "Vi vil forstå dig rigtigt. Skalaen går fra {lowest} ({low_end}) til {highest} ({high_end}). "
        "Hvilket tal vælger du?",
        "check_kept": "Du skrev {value}. Skalaen går fra {lowest} ({low_end}) til {highest} ({high_end}). "
        "Send det tal, du mener. Det må gerne være det samme.",
        "explain_scale": "Du vælger ét tal. {lowest} betyder {low_end}, {highest} betyder {high_end}.",
        "words_instead": "Vælg et bogstav: {options}.",
        "not_understood": "Det forstod vi ikke.",
        "ask_choice": "Svar med et bogstav: {options}.",
        "no_media": "Vi kan kun læse tekst.",
        "stop_info": "Skriv STOP for ikke at få flere beskeder.",
        "stopped": "Du får ikke flere beskeder fra os. Skriv START, hvis du fortryder.",
        "started": "Du kan igen få beskeder fra os. Skriv STOP for ikke at få flere.",
        "help": "Vi spørger om din mening om vores samarbejde. Det er frivilligt, og dit svar ændrer intet i din sag. "
        "Skriv RING, hvis en leder skal ringe til dig. Skriv STOP for at slippe for beskeder.",
        "call_noted": "Det er noteret: en leder ringer til dig.",
        "call_already_noted": "En leder har allerede fået besked og ringer til dig.",
        "survey_closed": "Spørgsmålene er afsluttet. Skriv RING, hvis en leder skal ringe til dig.",
        "nothing_open": "Vi har ingen spørgsmål til dig lige nu, og vi kan ikke læse beskeder her. "
        "Ring til kommunen, hvis du har brug for hjælp.",
        "nothing_to_correct": "Der er ikke noget svar at rette endnu.",
        "language_changed": "Vi skriver nu på dansk.",
    }
)
