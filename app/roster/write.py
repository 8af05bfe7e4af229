"""Writes a roster as a CSV file, which `parse_roster` reads back unchanged."""

import csv
import io
from collections.abc import Iterable

from app.records import Kind, Person, Roster
from app.roster.csv_injection import guarded
from app.roster.parse import COLUMNS

UNNAMED = Person("")


def write_roster(roster: Roster, delimiter: str = ",", unnamed: Iterable[str] = ()) -> str:
    """Return CSV without a byte order mark.

    `unnamed`: keys of operators that get a line with an empty name.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(COLUMNS)
    entries = [*roster.people.items(), *((key, UNNAMED) for key in unnamed)]
    for key, person in sorted(entries, key=lambda entry: order_of(entry[0])):
        client, number = parts_of(key)
        kind = Kind(person.kind).value
        writer.writerow((number, guarded(person.name), guarded(person.team), kind, client))
    return text.getvalue()


def parts_of(key: str) -> tuple[str, str]:
    """Return client and number of a roster key: `ha-335` and `12`. The client is empty if the key has none."""
    client, _, number = key.rpartition("-")
    return client, number


def order_of(key: str) -> tuple[str, int]:
    client, number = parts_of(key)
    return client, int(number)
