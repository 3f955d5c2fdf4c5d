"""Check a study of the right shape. Each check is one small function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qslc.spec.places import Problem, find_repeated
from qslc.spec.wording import join_words, quote, suggest
from qslc_study.spec.methods import METHODS
from qslc_study.spec.model import Study

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def check(study: Study) -> Iterator[Problem]:
    """Yield everything that is wrong with a study."""
    yield from _check_prompt(study)
    yield from _check_seeds(study)
    yield from _check_names(study)
    yield from _check_choices(study)
    yield from _check_effort(study)
    yield from _check_rates(study)
    yield from _check_conditions(study)
    yield from _check_warmup(study)
    yield from _check_devices(study)


def _check_prompt(study: Study) -> Iterator[Problem]:
    if study.prompt.count("{source}") != 1:
        yield Problem(("prompt",), "the prompt must hold {source} once", 'prompt: "{source} =>"')


def _check_seeds(study: Study) -> Iterator[Problem]:
    for position, seed in find_repeated(study.seeds):
        yield Problem(("seeds", position), f"the seed {seed} occurs twice")
    if study.tuning.seed in study.seeds:
        message = f"the seed {study.tuning.seed} is among the seeds that are compared"
        yield Problem(("tuning", "seed"), message, "tuning needs a seed of its own")


def _check_names(study: Study) -> Iterator[Problem]:
    if not study.methods:
        yield Problem(("methods",), "expected at least one method, got none")
    for name in study.methods:
        if not _NAME.fullmatch(name):
            message = f"{quote(name)} cannot be the name of a method"
            about = "a lower-case letter, then at most 39 lower-case letters, digits or _"
            yield Problem(("methods", name), message, about, on_key=True)


def _check_choices(study: Study) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, names in enumerate(study.choose):
        if len(names) < 2:
            yield Problem(("choose", position), f"expected at least 2 arms, got {len(names)}")
        for place, name in enumerate(names):
            path = ("choose", position, place)
            if name not in study.methods:
                known = tuple(study.methods)
                about = suggest(name, known) or f"methods: {join_words(known or ['none'], 'and')}"
                yield Problem(path, f"no method is called {quote(name)}", about)
            elif name in seen:
                yield Problem(path, f"{name} is among the choices already")
            seen.add(name)


def _check_effort(study: Study) -> Iterator[Problem]:
    """Check that whatever is compared has as many rates to try as the first."""
    arms = study.methods
    contenders = [[name for name in names if name in arms] for names in study.contenders]
    efforts = [
        (names, sum(len(arms[name].learning_rates) for name in names)) for names in contenders
    ]
    for (name, *others), tries in efforts:
        if tries != efforts[0][1]:
            together = f" together with {join_words(others, 'and')}" if others else ""
            first = join_words(efforts[0][0], "and")
            yield Problem(
                ("methods", name, "learning_rates"),
                f"{tries} rates{together}, where {first} tries {efforts[0][1]}",
                "the same tuning effort for all: give as many rates",
            )
    for name, arm in arms.items():
        for position, rate in find_repeated(arm.learning_rates):
            path = ("methods", name, "learning_rates")
            yield Problem((*path, position), f"the rate {rate:g} occurs twice")


def _check_rates(study: Study) -> Iterator[Problem]:
    for name, arm in study.methods.items():
        known = METHODS[arm.method].groups
        for group in arm.rates:
            if group not in known:
                message = f"{quote(group)} is no group of weights of {arm.method}"
                about = suggest(group, known) or f"its groups: {join_words(known, 'and')}"
                yield Problem(("methods", name, "rates", group), message, about, on_key=True)


def _check_conditions(study: Study) -> Iterator[Problem]:
    for name, arm in study.methods.items():
        chip = getattr(arm, "chip", None)
        for key in ("shots", "calibrate") if chip else ():
            values = getattr(chip, key)
            for position, value in find_repeated(values) if isinstance(values, tuple) else ():
                path = ("methods", name, "chip", key, position)
                yield Problem(path, f"{key} {value:,} occurs twice")


def _check_warmup(study: Study) -> Iterator[Problem]:
    if study.training.warmup >= study.training.steps:
        message = f"the warm-up must end before the last of {study.training.steps} steps"
        yield Problem(("training", "warmup"), message)


def _check_devices(study: Study) -> Iterator[Problem]:
    if study.training.devices and study.training.backend != "jax":
        message = f"under {study.training.backend} a run has one device"
        yield Problem(("training", "devices"), message, "backend: jax")
    if study.training.backend == "jax":
        for name, arm in study.methods.items():
            if getattr(arm, "chip", None):
                message = "sublayers are tested on a chip under tensorflow only"
                yield Problem(("methods", name, "chip"), message, "training: backend: tensorflow")
