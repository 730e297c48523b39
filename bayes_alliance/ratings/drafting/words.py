"""What columns, waves and persons are called in the files of clinical psychologists.

Names are cut into words (``WAI_kid``: wai, kid), and words are looked up: English and German, with
what is common in French, Spanish, Italian and Dutch. A stem of four letters or more stands for all
words that begin with it; the longest stem that fits says what a word means.
"""

import re
from functools import cache

WITH_IDENTIFIER = re.compile(r"([^\W\d_]{2,}?)(id|nr|no|num|code)")
WORD = re.compile(r"[A-ZÄÖÜ]?[a-zäöüßàâçéèêëîïñóôúûáí]+|[A-ZÄÖÜ]+(?![a-zäöüß])|\d+")


@cache
def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


ROLES: dict[str, str] = {
    "child": "child kid kind patient pat client klient participant teilnehm subject subj proband "
    "vp vpn kürzel case fall family famil couple dyad paar pair record pupil student schüler "
    "enfant niño paciente kodierung",
    "therapist": "therapist ther therap thera terap th clinician beh behandler psycholog counsel "
    "provider practitioner coach psychiat doctor arzt ärzt investigat",
    "clinic": "clinic clinics klinik site center centre zentrum standort hospital spital praxis "
    "ambulanz agency institut einrichtung school schule clinique centro ward",
    "time": "time wave welle month monat week woche session sitzung visit termin date datum day "
    "days tag occasion assessment event timepoint zeit mzp messzeit month mois semaine mes semana "
    "mese settimana maand quarter t",
    "informant": "informant rater respondent source reporter partner role perspect perspekt "
    "beurteil quelle who wer spouse",
    "rating": "score rating total sum summe value wert punkt mean mittelwert",
    "treatment": "active aktiv treatment behandlung enrolled attending therapy",
    "last": "last letzt",
}
"""What a word of a name says that a column holds."""

IDENTIFIERS = _listed("id ids no nr num number nummer code key pid cid tid name idnr ident idn")
"""Words that make an identifier of what stands beside them."""

PERSONS: dict[str, str] = {
    "child": "child ch kid kind c k youth adolescent jugend self selbst enfant",
    "patient": "patient pat client klient clt",
    "pupil": "pupil student schüler",
    "caregiver": "caregiver cg carer eltern elt",
    "parent": "parent par p pt",
    "mother": "mother mum mom mutter mut mère madre m",
    "father": "father dad vater vat père padre f v",
    "wife": "wife w woman frau",
    "husband": "husband h man mann",
    "partner": "partner spouse",
    "therapist": "therapist ther therap thera th clinician t beh behandler psycholog",
    "teacher": "teacher tea teach lehrer lehr",
    "observer": "observer obs o beobachter",
    "supervisor": "supervisor sup",
    "nurse": "nurse staff pflege",
}
"""Who rates, by what stands for them in names of columns and values."""

MEASURES = _listed(
    "wai wais tasc haq ors srs cbcl ysr trf sdq bdi phq gad oq core das rdas scared ces cesd stai "
    "scl bsi hamd hads hscl cdi rcads masc bai iip alliance bündnis bond task goal satisfaction "
    "symptom score total sum rating"
)
"""Questionnaires, and what is rated."""

DESCRIPTIVE = (
    "age alter sex gender geschlecht iq income years sibling geschwister education bildung "
    "duration dauer weight height bmi"
)
"""What describes people and is no rating."""

DERIVED = "change diff difference delta veränderung differenz zscore"
"""What is computed of ratings."""

NOMINAL = "dx diag diagnosis group gruppe arm cond condition ethnic race nation type typ region icd"
"""Names of columns whose numbers count nothing."""

FEMALE_MALE = (_listed("f m"), _listed("m w"))

# Those of the calendar first.
UNITS: dict[str, str] = {
    "months": "month monat mo m mois mes mese maand mon",
    "weeks": "week woche wk w semaine semana settimana",
    "days": "day tag d jour dia",
    "years": "year jahr y yr",
    "sessions": "session sitzung s sess",
    "visits": "visit termin v",
}

FIRST = _listed("pre pretest baseline bl base intake prä t0 start vor before aufnahme eingang")
LATER = _listed(
    "post posttest end discharge mid mitte nach after katamnese kat fu followup ende "
    "abschluss entlassung"
)
"""Waves that are called, not counted: the first, and later ones."""

MISSING_WORDS = frozenset(
    {"#null!", "k.a.", "k.a", "ka", "keine angabe", "n.a.", "#n/v", "missing", "miss", "fehlend"}
    | {"fehlt", "-", "--", "?", "n/k", "unknown", "unbekannt", "not available", "no answer"}
    | {"refused", "#nv", "#value!", "#div/0!", "#ref!", "*", "x", "nd", "n.d.", "weiß nicht"}
    | {"not applicable", "not asked", "nicht erhoben", "entfällt", "blank", "leer"}
)
"""What is written for a rating that was not given, in lower case."""
MISSING_NUMBERS = frozenset(
    float(sign * number)
    for sign in (1, -1)
    for number in (9, 99, 999, 9999, 8, 88, 888, 7, 77, 777, 97, 98, 96, 66, 998, 997)
) | {-1.0}
"""Numbers that are written for an answer that was not given."""


@cache
def words(name: str) -> tuple[str, ...]:
    """Cut a name into words, in lower case: ``patID_1``, pat, id, 1; ``thid``, th, id."""
    cut: list[str] = []
    for word in (word.casefold() for word in WORD.findall(name)):
        match = WITH_IDENTIFIER.fullmatch(word)
        whole = match is None or not role_of(match[1])
        cut += [word] if match is None or whole else [match[1], match[2]]
    return tuple(cut)


def begins(word: str, listed: str) -> int:
    """Length of the longest stem of a list that a word is, or begins with; 0 if there is none."""
    fits = [
        len(stem)
        for stem in _listed(listed)
        if word == stem or (len(stem) >= 4 and word.startswith(stem))
    ]
    return max(fits, default=0)


@cache
def role_of(word: str) -> str:
    """What a word says that a column holds; "" if it says nothing."""
    best = max(ROLES, key=lambda role: begins(word, ROLES[role]))
    return best if begins(word, ROLES[best]) else ""


@cache
def person_of(word: str) -> str:
    """Who a word stands for; "" if for nobody."""
    best = max(PERSONS, key=lambda person: begins(word, PERSONS[person]))
    return best if begins(word, PERSONS[best]) else ""


def unit_of(name: str) -> str:
    """The unit of time in a name; "" if it says none. A session_week is a week."""
    units = []
    for word in words(name):
        best = max(UNITS, key=lambda unit: begins(word, UNITS[unit]))
        if len(word) > 1 and begins(word, UNITS[best]):
            units.append(best)
    return min(units, key=list(UNITS).index, default="")


def says(name: str, listed: str) -> bool:
    """Whether a word of a name is in a list, or begins as one of it."""
    return any(begins(word, listed) for word in words(name))
