"""The people of the simulated floor: invented, as their fruit and vegetables show."""

from typing import Literal

import msgspec

from app.records import Kind, Person, Roster

CLIENT = 335
FIRST_ID = 101
BOT_ID = 900
BOT_NAME = "Marrow the bot"

Shift = Literal["early", "day", "late", "night", "office"]

_NAMES = {
    "Paris": (
        *("Amélie Pamplemousse", "Bruno Cornichon", "Chloé Mirabelle", "Damien Poireau", "Élise Framboise"),
        *("Fabrice Artichaut", "Gaëlle Noisette", "Hugo Potiron", "Inès Clafoutis", "Jules Endive", "Karim Abricot"),
    ),
    "Madrid": (
        *("Álvaro Pimiento", "Begoña Calabaza", "Ciro Berenjena", "Dolores Mandarina", "Íñigo Garbanzo"),
        *("Lola Aceituna", "Mateo Puerro", "Núria Albaricoque", "Paco Zanahoria"),
    ),
    "Berlin": (
        *("Anja Apfelmus", "Bernd Kürbis", "Dörte Brombeere", "Emre Radieschen", "Frieda Pflaume", "Götz Spargel"),
        *("Heike Holunder", "Jörg Kohlrabi", "Lina Stachelbeer"),
    ),
    "Warsaw": (
        *("Agnieszka Malina", "Błażej Ogórek", "Celina Truskawka", "Darek Rzodkiewka", "Łucja Śliwka"),
        *("Michał Burak", "Żaneta Porzeczka"),
    ),
    "Dublin": ("Aoife Gooseberry", "Conor Turnip", "Niamh Damson", "Rory Parsnip", "Saoirse Quince"),
}
_SHIFTS: tuple[Shift, ...] = (
    *("day", "late", "early", "day", "late", "early", "late", "day", "night", "early", "day", "late", "office"),
)
"""Assigned in this order."""
_PROJECTS = {"Paris": 1, "Madrid": 2, "Berlin": 3, "Warsaw": 4, "Dublin": 5}


class Operator(msgspec.Struct, frozen=True):
    id: int
    name: str
    team: str
    shift: Shift
    channels: tuple[str, ...]
    """As availability events name them; none for office staff, who use the administration only."""

    @property
    def project(self) -> int:
        return _PROJECTS[self.team]


def _operators() -> tuple[Operator, ...]:
    named = [(name, team) for team, names in _NAMES.items() for name in names]
    operators = []
    for number, (name, team) in enumerate(named):
        shift = _SHIFTS[number % len(_SHIFTS)]
        operators.append(Operator(FIRST_ID + number, name, team, shift, _channels(number, shift)))
    return tuple(operators)


def _channels(number: int, shift: Shift) -> tuple[str, ...]:
    if shift == "office":
        return ()
    skills = {"CHAT": True, "CALL": number % 2 == 0, "VIDEO": number % 5 < 2, "THIRD_PARTY": number % 4 > 0}
    if shift == "night":
        skills = dict.fromkeys(skills, True)
    return tuple(channel for channel, is_skilled in skills.items() if is_skilled)


OPERATORS = _operators()


def roster() -> Roster:
    people = {str(operator.id): Person(operator.name, operator.team) for operator in OPERATORS}
    return Roster(people | {str(BOT_ID): Person(BOT_NAME, kind=Kind.BOT)})
