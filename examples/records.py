"""A synthetic corpus: structured records and the sentences that report them, in three domains."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

Fields = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Pair:
    """One record, as "key: value | key: value", and one sentence that says the same."""

    record: str
    sentence: str


@dataclass(frozen=True)
class Domain:
    name: str
    fields: Fields
    templates: tuple[str, ...]


def _list_values(start: int, stop: int, step: int, unit: str) -> tuple[str, ...]:
    return tuple(f"{value} {unit}" for value in range(start, stop, step))


HEALTHCARE = Domain(
    "smart healthcare",
    {
        "patient": tuple(f"bed {number}" for number in range(1, 25)),
        "pulse": _list_values(52, 138, 4, "bpm"),
        "oxygen": _list_values(84, 100, 1, "percent"),
        "status": ("stable", "watch", "critical"),
        "action": ("call the nurse", "check again", "give oxygen", "inform the doctor"),
    },
    (
        "the patient in {patient} is {status} with a pulse of {pulse} and oxygen at {oxygen} , "
        "so {action} .",
        "{patient} reports {oxygen} oxygen and {pulse} ; the status is {status} : {action} .",
        "please {action} for {patient} : pulse {pulse} , oxygen {oxygen} , {status} .",
    ),
)

BUILDINGS = Domain(
    "smart building",
    {
        "room": tuple(
            f"{kind} {number}" for kind in ("lab", "office", "hall") for number in range(1, 9)
        ),
        "co2": _list_values(420, 1600, 60, "ppm"),
        "heat": _list_values(16, 31, 1, "degrees"),
        "people": _list_values(2, 40, 3, "people"),
        "action": ("raise ventilation", "open the blinds", "lower the heating", "keep settings"),
    },
    (
        "{room} holds {people} at {heat} and {co2} of co2 , so {action} .",
        "with {co2} of co2 and {heat} in {room} , {action} for the {people} there .",
        "please {action} in {room} : {people} , {heat} , co2 at {co2} .",
    ),
)

DISASTER = Domain(
    "disaster response",
    {
        "site": tuple(
            f"{side} {place}"
            for side in ("north", "south", "east", "west")
            for place in ("bridge", "harbour", "school", "station", "valley")
        ),
        "event": ("flood", "fire", "landslide", "storm", "earthquake"),
        "level": ("minor", "serious", "severe"),
        "trapped": _list_values(2, 40, 3, "people"),
        "action": ("send boats", "send medics", "close the road", "open the shelter"),
    },
    (
        "a {level} {event} at the {site} has trapped {trapped} : {action} .",
        "{action} to the {site} , where {trapped} are trapped by a {level} {event} .",
        "the {event} at the {site} is {level} ; {trapped} need help , so {action} .",
    ),
)

DOMAINS = (HEALTHCARE, BUILDINGS, DISASTER)


def make_pairs(domain: Domain, count: int, seed: int) -> list[Pair]:
    """Make ``count`` pairs of a domain; the same for the same seed."""
    rng = random.Random(f"{domain.name} {seed}")
    return [_make_pair(domain, rng) for _ in range(count)]


def _make_pair(domain: Domain, rng: random.Random) -> Pair:
    values = {name: rng.choice(choices) for name, choices in domain.fields.items()}
    listed = " | ".join(f"{name}: {value}" for name, value in values.items())
    sentence = rng.choice(domain.templates).format(**values)
    return Pair(f"domain: {domain.name} | {listed}", sentence)


if __name__ == "__main__":
    for domain in DOMAINS:
        for pair in make_pairs(domain, 2, seed=0):
            print(f"{pair.record}\n  -> {pair.sentence}")
