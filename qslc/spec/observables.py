"""Read observables as the user writes them: keywords, Pauli strings such as Z0*X3, and sums."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal, TypeAlias, cast, get_args

from qslc.diagnostics import CompilerFaultError
from qslc.registry import Registry

Pauli: TypeAlias = Literal["X", "Y", "Z"]
PauliTerms: TypeAlias = tuple[tuple[int, Pauli], ...]

Output: TypeAlias = tuple[tuple[float, PauliTerms], ...]
"""An output of a layer: coefficients of Pauli strings; () is the constant, which comes last."""

_FACTOR = re.compile(r"([XYZ])(0|[1-9][0-9]{0,3})")
_TERM = re.compile(
    r"\s*(?P<sign>[+-]?)\s*(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?"
    r"\s*(?P<times>\*?)\s*(?P<string>[XYZ]\d+(?:\s*\*\s*[XYZ]\d+)*)?\s*"
)
MAX_COEFFICIENT = 1e6
MAX_TERMS = 10_000


@dataclass(frozen=True, slots=True)
class Keyword:
    """An entry of ``KEYWORDS``: a name that stands for several observables.

    Args:
        name: The name under which a spec asks for them.
        expand: A function of the number of qubits; yields the observables in their order.
        count: A function of the number of qubits; returns how many observables there are.
        meaning: Which these are, in the words of an error.
        summary: Which these are, in the docstring of the generated layer.
        subject: What is measured, in words, for the error where there is none of it.
    """

    name: str
    expand: Callable[[int], Iterator[PauliTerms]]
    count: Callable[[int], int]
    meaning: str
    summary: str
    subject: str = "qubits"

    def __post_init__(self) -> None:
        if self.name and _FACTOR.match(self.name):
            raise ValueError(f"the measure {self.name!r} reads like a Pauli string")


def _expand_interference(qubits: int) -> Iterator[PauliTerms]:
    """Yield X0 times each product of Z on the other qubits: X0, X0*Z_{n-1}, ...

    X0 compares the two halves of the state. The products are in the order of the binary numbers
    whose bits they are, qubit 1 the most significant.
    """
    for bits in product((False, True), repeat=qubits - 1):
        others = (qubit for qubit, chosen in enumerate(bits, 1) if chosen)
        yield ((0, "X"), *((qubit, "Z") for qubit in others))


def _expand_wide_interference(qubits: int) -> Iterator[PauliTerms]:
    """Yield those of interference, and then, for X on each other qubit, X0 and it times the same.

    Where Z would stand on the qubit that has X there is none: all strings are real.
    """
    yield from _expand_interference(qubits)
    for flipped in range(1, qubits):
        others = [qubit for qubit in range(1, qubits) if qubit != flipped]
        for bits in product((False, True), repeat=len(others)):
            chosen = {qubit for qubit, bit in zip(others, bits, strict=True) if bit}
            letters = ((q, "X" if q == flipped else "Z") for q in sorted({flipped, *chosen}))
            yield ((0, "X"), *cast("Iterator[tuple[int, Pauli]]", letters))


KEYWORDS = Registry(
    "measure",
    [
        Keyword(
            "z",
            expand=lambda qubits: (((i, "Z"),) for i in range(qubits)),
            count=lambda qubits: qubits,
            meaning="Z on each qubit",
            summary="Z of every qubit",
        ),
        Keyword(
            "zz",
            expand=lambda qubits: (((i, "Z"), (j, "Z")) for i, j in combinations(range(qubits), 2)),
            count=lambda qubits: qubits * (qubits - 1) // 2,
            meaning="Z on both qubits of each pair",
            summary="Z*Z of every pair of qubits",
            subject="pairs of qubits",
        ),
        Keyword(
            "interference",
            expand=_expand_interference,
            count=lambda qubits: 2 ** (qubits - 1),
            meaning="X0 times each product of Z on the other qubits",
            summary="X of qubit 0 times every product of Z of the others",
        ),
        Keyword(
            "wide_interference",
            expand=_expand_wide_interference,
            count=lambda qubits: 2 ** (qubits - 1) + (qubits - 1) * 2 ** max(0, qubits - 2),
            meaning="X0 times each product of Z, and of Z and one X, on the other qubits",
            summary="X of qubit 0 times every product of Z, and of Z and one X, of the others",
        ),
    ],
)
"""Each name that stands for several observables."""

_LOOSE_FACTOR = re.compile(
    r"[\s*@.,·⊗]*(?:PAULI)?(?P<pauli>[IXYZ])[\s_(\[{]*(?P<qubit>[0-9]{0,4})[\s)\]}]*", re.IGNORECASE
)
_LONGEST = 10_000


class ObservableError(ValueError):
    """A text is not a Pauli string."""


def expand_measure(measure: str | tuple[str, ...], qubits: int) -> tuple[PauliTerms, ...]:
    """Return every Pauli string that is measured for ``measure``, in order of first occurrence.

    Each is a tuple of (qubit, Pauli) pairs, by rising qubit. Without sums they are the outputs.

    Raises:
        ObservableError: An entry is neither a keyword nor a Pauli string.
        CompilerFaultError: A keyword stands for what is no list of observables, or for another
            number of them than it says; the message names it.
    """
    outputs = expand_outputs(measure, qubits)
    return tuple(dict.fromkeys(terms for output in outputs for _, terms in output if terms))


def expand_outputs(measure: str | tuple[str, ...], qubits: int) -> tuple[Output, ...]:
    """Return every observable that ``measure`` asks for, in the order of the layer's outputs.

    Raises:
        ObservableError: As ``expand_measure``.
        CompilerFaultError: As ``expand_measure``.
    """
    entries = (measure,) if isinstance(measure, str) else measure
    return tuple(output for entry in entries for output in _expand_entry(entry, qubits))


def _expand_entry(entry: str, qubits: int) -> tuple[Output, ...]:
    if entry not in KEYWORDS:
        return (parse_sum(entry),)
    return tuple(((1.0, terms),) for terms in _expand(entry, qubits))


def _expand(entry: str, qubits: int) -> tuple[PauliTerms, ...]:
    found = tuple(KEYWORDS[entry].expand(qubits))
    for terms in found:
        own = [q for q, letter in terms if 0 <= q < qubits and letter in get_args(Pauli)]
        if own != sorted({qubit for qubit, _ in terms}) or not terms:
            message = "is no product of Pauli operators by rising qubit"
            raise CompilerFaultError(f"measure {entry!r}: {terms!r} {message}")
    if len({*found}) != KEYWORDS[entry].count(qubits) or len({*found}) != len(found):
        counted = f"{KEYWORDS[entry].count(qubits)} by its count, {len(found)} by its expand"
        message = f"{counted}, {len({*found})} of them distinct"
        raise CompilerFaultError(f"measure {entry!r} stands for observables: {message}")
    return found


def parse(text: str) -> PauliTerms:
    """Return the factors of a Pauli string, by rising qubit: "Z3*X0" is ((0, "X"), (3, "Z")).

    Raises:
        ObservableError: The text is not letters X, Y, Z with qubits, joined by *, each qubit once.
    """
    factors = [_FACTOR.fullmatch(factor.strip()) for factor in text[:100_000].split("*")]
    terms = [(int(match[2]), cast("Pauli", match[1])) for match in factors if match]
    if len(terms) < len(factors):
        raise ObservableError("is not an observable")
    repeated = next((qubit for qubit, _ in terms if [q for q, _ in terms].count(qubit) > 1), None)
    if repeated is not None:
        raise ObservableError(f"names qubit {repeated} more than once")
    return tuple(sorted(terms))


def parse_sum(text: str) -> Output:
    """Return the terms of a sum of Pauli strings: "0.5*Z0*Z1 - X0 + 2".

    Raises:
        ObservableError: The text is no such sum, or holds no Pauli string.
    """
    found: dict[PauliTerms, float] = {}
    at = 0
    while at < len(text) or not found:
        match = _TERM.match(text, at)
        if match is None or not (match["number"] or match["string"]):
            raise ObservableError("is not an observable")
        if (found and not match["sign"]) or (bool(match["times"]) != all(match.group(2, 4))):
            raise ObservableError("is not an observable")
        terms = parse(match["string"]) if match["string"] else ()
        value = float(match["number"] or 1) * (-1 if match["sign"] == "-" else 1)
        found[terms] = found.get(terms, 0.0) + value
        at = match.end()
        if len(found) > MAX_TERMS:
            raise ObservableError(f"has more than {MAX_TERMS} terms")
    kept = {terms: value for terms, value in found.items() if value}
    if not any(kept):
        raise ObservableError("measures nothing: it has no Pauli string")
    if max(map(abs, kept.values())) > MAX_COEFFICIENT:
        raise ObservableError(f"has a coefficient above {MAX_COEFFICIENT:.0f}")
    return tuple(
        (kept[terms], terms) for terms in sorted(kept, key=lambda terms: (not terms, terms))
    )


def format_sum(output: Output) -> str:
    """Return the usual text of a sum: "0.5*Z0*Z1 - X0 + 2"."""
    texts = []
    for value, terms in output:
        number, string = repr(value).removesuffix(".0"), format_terms(terms)
        if terms:
            texts.append({"1": "", "-1": "-"}.get(number, f"{number}*") + string)
        else:
            texts.append(number)
    return " + ".join(texts).replace("+ -", "- ")


def is_plain(output: Output) -> bool:
    """Tell whether an output is one Pauli string, and no sum or multiple."""
    return len(output) == 1 and output[0][0] == 1


def interpret(text: str) -> str | None:
    """Return the usual text of a Pauli string in another notation: "ZIX", "z_0*z_1", "Z(0) @ Z(1)".

    Letters without numbers are on qubits 0, 1, ... from the left, as in the bits of a state. None
    if the text is no Pauli string in any notation.
    """
    factors, at = list[tuple[str, str]](), 0
    while at < len(text) <= _LONGEST and (match := _LOOSE_FACTOR.match(text, at)):
        factors.append((match["pauli"].upper(), match["qubit"]))
        at = match.end()
    numbered = [bool(qubit) for _, qubit in factors]
    if at < len(text) or not factors or any(numbered) != all(numbered):
        return None
    places = (int(qubit) if qubit else place for place, (_, qubit) in enumerate(factors))
    terms = [(q, pauli) for q, (pauli, _) in zip(places, factors, strict=True) if pauli != "I"]
    if not terms or len({qubit for qubit, _ in terms}) < len(terms):
        return None
    return format_terms(tuple(sorted(cast("list[tuple[int, Pauli]]", terms))))


def format_terms(terms: PauliTerms) -> str:
    """Return the usual text of a Pauli string: "X0*Z3"."""
    return "*".join(f"{pauli}{qubit}" for qubit, pauli in terms)


def normalize(entry: str) -> str:
    """Return the text that all spellings of one observable share; other text as it is."""
    try:
        return entry if entry in KEYWORDS else format_sum(parse_sum(entry))
    except ObservableError:
        return entry
