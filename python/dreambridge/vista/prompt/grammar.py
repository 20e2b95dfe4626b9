"""Composes random sentences together with what they say of the picture, to train the prompt head."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dreambridge.vista.prompt.words import ATTRIBUTES, VALUES, Form, table

Rng = np.random.Generator
# How often a sentence names each attribute.
OFTEN = {"hour": 0.42, "season": 0.3, "weather": 0.5, "biome": 0.55, "style": 0.25, "energy": 0.2}
_TABLES = table("sentences")
# Beginnings of sentences; beginnings of commands; sentences about somebody, complete or from a person and a deed.
LEADS, COMMANDS, SUBJECTS = _TABLES["leads"], _TABLES["commands"], _TABLES["subjects"]
SOMEBODY, PEOPLE, DEEDS = _TABLES["somebody"], _TABLES["people"], _TABLES["does"]
# Places without a biome; sentences that name nothing.
OTHER_PLACES, NOTHING = _TABLES["other_places"], _TABLES["nothing"]
# What happens at a place; how the nouns of two attributes are joined: (attribute, attribute, templates).
AT_PLACES: Sequence[str] = _TABLES["events_at_places"]
RELATIONS: Sequence[tuple[str, str, Sequence[str]]] = _TABLES["relations"]
# How a sentence states one attribute by itself: (form of the wording, template).
STATED: Mapping[str, Sequence[tuple[Form, str]]] = _TABLES["stated"]
# Weather that a sentence can deny: words for it, its adjective; and templates that deny something.
MISSING, MISSING_ADJECTIVE, DENIALS = (_TABLES[n] for n in ("missing_weather", "missing_weather_adjectives", "denials"))
CORRECTIONS: Sequence[tuple[str, str]] = _TABLES["corrections"]  # replacements that repair joined wordings
ALL_FORMS: tuple[Form, ...] = ("adjective", "noun", "phrase", "clause")
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass
class Sentence:
    """``says`` maps attributes to values of ``VALUES``. Attributes in ``free`` do not count: the head may hear them or not."""

    text: str
    says: dict[str, str] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)


def _pick(rng: Rng, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _value(rng: Rng, attribute: str) -> str:
    """A random value of an attribute. Light, plain and heavy rain together are as likely as a clear sky."""
    last = sorted({v.split()[-1] for v in VALUES[attribute]}) if attribute == "weather" else list(VALUES[attribute])
    kind = _pick(rng, last)
    return _pick(rng, [v for v in VALUES[attribute] if v == kind or (attribute == "weather" and v.endswith(kind))])


def _form(rng: Rng, attribute: str, value: str, *forms: Form) -> str | None:
    """A wording in the first of the forms that the value has; None if it has none of them."""
    have = [f for f in forms if VALUES[attribute][value].get(f)]
    return _pick(rng, VALUES[attribute][value][have[0]]) if have else None


def _any(rng: Rng, attribute: str, value: str, *forms: Form) -> str:
    """A wording in any of the forms (in any at all if none is given, or the value has none of them)."""
    all_ = [w for f in forms or ALL_FORMS for w in VALUES[attribute][value].get(f, ())]
    return _pick(rng, all_ or [w for ws in VALUES[attribute][value].values() for w in ws])


def _listed(rng: Rng, says: dict[str, str]) -> str:
    """Wordings in any order, joined by commas and conjunctions."""
    parts = [_any(rng, a, v) for a, v in says.items()]
    rng.shuffle(parts)
    text = parts[0]
    for part in parts[1:]:
        text += _pick(rng, (", ", ", ", " and ", " with ", "; ", " ", " under ", ". ")) + part
    return text


def _scene(rng: Rng, says: dict[str, str]) -> str:
    """``a misty winter forest at dawn, in oils``."""
    adjectives = []
    for a in ("energy", "weather", "season", "hour", "style"):
        if a in says and VALUES[a][says[a]].get("adjective") and rng.random() < 0.6:
            adjectives.append((a, _form(rng, a, says[a], "adjective") or ""))
    used = {a for a, _ in adjectives}
    rng.shuffle(adjectives)
    where = _form(rng, "biome", says["biome"], "noun") if "biome" in says else _pick(rng, OTHER_PLACES)
    body = str(where)
    for article in ("the ", "a ", "an "):
        if body.startswith(article):
            body = body[len(article) :]
    text = f"{_pick(rng, ('a', 'a', 'the', ''))} {' '.join(w for _, w in adjectives)} {body}".strip()
    rest = [a for a in says if a not in used and a != "biome"]
    rng.shuffle(rest)
    for a in rest:
        text += _pick(rng, (" ", " ", ", ")) + _any(
            rng, a, says[a], *(("phrase",) if VALUES[a][says[a]].get("phrase") else ("noun", "clause"))
        )
    lead = _pick(rng, LEADS)
    return f"{lead} {text}".strip()


def _somebody(rng: Rng) -> str:
    return _pick(rng, SUBJECTS) if rng.random() < 0.25 else _pick(rng, SOMEBODY).format(_pick(rng, PEOPLE), _pick(rng, DEEDS))


def _related(rng: Rng, says: dict[str, str]) -> str:
    """``mist over the harbour, in oils``: two related nouns, and the rest."""
    there = [a for a in ("hour", "weather", "season", "energy") if a in says]
    if "biome" in says and there and rng.random() < 0.5:
        one = _pick(rng, there)
        text = _pick(rng, AT_PLACES).format(
            _form(rng, one, says[one], "clause", "noun"), _form(rng, "biome", says["biome"], "noun")
        )
        return _with(rng, text, {a: v for a, v in says.items() if a not in (one, "biome")})
    fitting = [
        r
        for r in RELATIONS
        if r[0] in says and r[1] in says and VALUES[r[0]][says[r[0]]].get("noun") and VALUES[r[1]][says[r[1]]].get("noun")
    ]
    if not fitting:
        return _listed(rng, says)
    one, two, ways = fitting[int(rng.integers(len(fitting)))]
    text = _pick(rng, ways).format(_form(rng, one, says[one], "noun"), _form(rng, two, says[two], "noun"))
    return _with(rng, text, {a: v for a, v in says.items() if a not in (one, two)})


def _with(rng: Rng, text: str, rest: dict[str, str]) -> str:
    """The text with the remaining attributes before or after it."""
    if not rest:
        return f"{_pick(rng, LEADS)} {text}".strip()
    other = " ".join(_any(rng, a, v, "phrase" if VALUES[a][v].get("phrase") else "noun") for a, v in rest.items())
    return f"{text} {other}" if rng.random() < 0.6 else f"{other}, {text}"


def _told(rng: Rng, says: dict[str, str]) -> str:
    """``the knight rides through the dunes at dusk, rain is falling``."""
    text = _somebody(rng)
    rest = list(says)
    rng.shuffle(rest)
    for a in sorted(rest, key=lambda a: not VALUES[a][says[a]].get("phrase") or a == "style"):
        if VALUES[a][says[a]].get("phrase") and rng.random() < 0.8:
            text += " " + _any(rng, a, says[a], "phrase")
        else:
            text += _pick(rng, (", ", "; ", ". ", " while ", " and ")) + _any(
                rng, a, says[a], *(("clause", "noun") if rng.random() < 0.8 else ALL_FORMS)
            )
    return text


def _stated(rng: Rng, says: dict[str, str]) -> str:
    """``we are on the pier. It is tea time, the mood is calm``: one statement for each attribute."""
    order = list(says)
    rng.shuffle(order)
    text = ""
    for a in order:
        have = [(f, around) for f, around in STATED[a] if VALUES[a][says[a]].get(f)]
        form, around = have[int(rng.integers(len(have)))]
        statement = around.format(_pick(rng, VALUES[a][says[a]][form]))
        if text:
            text += _pick(rng, (". ", ", ", " and ", "; ", ", while ", ", because "))
        text += statement[0].upper() + statement[1:] if text.endswith(". ") else statement
    return text


def _command(rng: Rng, says: dict[str, str]) -> str:
    parts = [_any(rng, a, v, "adjective", "noun") for a, v in says.items()]
    return f"{_pick(rng, COMMANDS)} {_pick(rng, (' and ', ', ')).join(parts)}"


def _denied(rng: Rng, s: Sentence) -> str | None:
    """A part of a sentence that denies something; what follows from it is added to ``s``. None if ``s`` already says it."""
    kind = rng.random()
    if kind < 0.75:
        return _other_weather(rng, s.says["weather"]) if "weather" in s.says else _no_weather(rng, s)
    if kind < 0.88 and "hour" not in s.says:
        night = rng.random() < 0.6
        s.says["hour"] = "noon" if night else "night"
        s.free.add("hour")
        word = _pick(rng, ("night", "dark", "midnight") if night else ("day", "daytime", "daylight"))
        return _pick(rng, DENIALS["hour"]).format(word=word).replace("at dark", "dark")
    if kind < 0.94 and "energy" not in s.says:
        calm = rng.random() < 0.5
        s.says["energy"] = "low" if calm else "high"
        return _pick(rng, DENIALS["high_energy" if calm else "low_energy"])
    if "season" not in s.says:
        gone, now = [("winter", "spring"), ("summer", "autumn"), ("spring", "summer"), ("autumn", "winter")][int(rng.integers(4))]
        s.says["season"] = now
        return _pick(rng, DENIALS["season"]).format(gone=gone, now=now)
    return None


def _no_weather(rng: Rng, s: Sentence) -> str:
    """``no rain``: then the sky may be clear."""
    thing = _pick(rng, list(MISSING))
    word, like = _pick(rng, MISSING[thing]), MISSING_ADJECTIVE[thing]
    s.says["weather"] = "clear"
    s.free |= {"weather", "season"} if thing == "snow" else {"weather"}
    return _pick(rng, DENIALS["weather"]).format(word=word, like=like)


def _other_weather(rng: Rng, weather: str) -> str:
    """``but no snow``, in a sentence that names ``weather``."""
    other = _pick(rng, [w for w in MISSING if w != weather.split()[-1] and w != weather])
    word = _pick(rng, MISSING[other])
    return _pick(rng, DENIALS["other_weather"]).format(word=word, like=MISSING_ADJECTIVE[other])


def misspelt(rng: Rng, text: str) -> str:
    """One or two typos: letters swapped, missing, doubled, or replaced by their neighbour on the keyboard."""
    words = text.split(" ")
    long = [i for i, w in enumerate(words) if len(w) > 3]
    if not long:
        return text
    for i in rng.choice(long, size=min(len(long), 1 + int(rng.random() < 0.5)), replace=False):
        w = words[i]
        k = int(rng.integers(1, len(w) - 1))
        slip = rng.random()
        if slip < 0.4:
            w = w[:k] + w[k + 1] + w[k] + w[k + 2 :]
        elif slip < 0.6:
            w = w[:k] + w[k + 1 :]
        elif slip < 0.8:
            w = w[:k] + w[k] + w[k:]
        else:
            row = next((r for r in KEYBOARD if w[k].lower() in r), "")
            w = w[:k] + (_pick(rng, row[max(0, row.index(w[k].lower()) - 1) :][:3]) if row else w[k]) + w[k + 1 :]
        words[i] = w
    return " ".join(words)


def compose(rng: Rng) -> Sentence:
    """A random sentence with what it says."""
    if rng.random() < 0.12:
        text = (
            _pick(rng, NOTHING)
            if rng.random() < 0.4
            else _somebody(rng) + _pick(rng, ("", "", " again", " and waits", " slowly", " in " + _pick(rng, OTHER_PLACES)))
        )
        text = _pick(rng, LEADS) + " " + _pick(rng, OTHER_PLACES) if rng.random() < 0.15 else text
        return Sentence(misspelt(rng, text) if rng.random() < 0.1 else text)
    named = [a for a in ATTRIBUTES if rng.random() < OFTEN[a]] or [ATTRIBUTES[int(rng.integers(6))]]
    if rng.random() < 0.2:
        named = [named[int(rng.integers(len(named)))]]
    rng.shuffle(named)
    says = {a: _value(rng, a) for a in named[:4]}
    s = Sentence("", says)
    denied = _denied(rng, s) if rng.random() < 0.16 else None
    told = {a: v for a, v in says.items() if a in named[:4]}
    way: Callable[[Rng, dict[str, str]], str] = (_listed, _scene, _told, _command, _related, _stated)[
        int(rng.choice(6, p=(0.18, 0.23, 0.18, 0.07, 0.2, 0.14)))
    ]
    text = way(rng, told)
    if denied:
        text = f"{text}{_pick(rng, (', ', ' ', ' and ', ', but '))}{denied}" if rng.random() < 0.7 else f"{denied}, {text}"
    if rng.random() < 0.12:
        text = f"{_pick(rng, NOTHING)}. {text}" if rng.random() < 0.5 else f"{text}. {_pick(rng, NOTHING)}"
    text = " ".join(text.split())
    for one, two in CORRECTIONS:
        text = text.replace(one, two)
    if rng.random() < 0.22:
        text = misspelt(rng, text)
    if rng.random() < 0.3:
        text = text[0].upper() + text[1:] + _pick(rng, (".", ".", "!", ""))
    s.text = text
    # Snow suggests winter, a storm suggests energy, and so on: either answer is right.
    weather = says.get("weather", "")
    if "snow" in weather:
        s.free.add("season")
    if "storm" in weather:
        s.free.add("energy")
    if "biome" not in says and says.get("season") == "winter":
        s.free.add("weather")
    s.free -= told.keys()
    return s
