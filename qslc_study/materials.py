"""Prepare what runs need on disk: the base model, the pairs, the compiled sublayers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import astuple, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qslc.artifact import list_changed_files
from qslc.diagnostics import Diagnostic, InputError
from qslc.extras import require
from qslc.output import write_file
from qslc.spec import digest as sublayer_digest
from qslc_study import worker
from qslc_study.pairs import Parts, sample, select_references
from qslc_study.progress import Show
from qslc_study.rows import make_read_error, read_data
from qslc_study.spec.model import FolderBase, GgufBase, PackageBase, PresetBase, ScratchBase
from qslc_study.spec.source import Source
from qslc_study.store import compute_digest, digest_file, digest_folder


@dataclass(frozen=True, slots=True)
class Material:
    """Something that is ready: where it is, and the digest of what it is."""

    place: Any
    digest: str


def prepare_base(source: Source, folder: Path, threads: int, show: Show) -> Material:
    """Find the base model; train one from scratch into ``folder`` if it is not there.

    Raises:
        InputError: A folder, package or text of the study is not there.
    """
    base = source.study.base
    if not isinstance(base, ScratchBase):
        with source.locate_errors("base"):
            return find_model(base, source)
    with source.locate_errors("base", "scratch", "text"):
        path = source.resolve(base.scratch.text)
        text = read_data(path).replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            raise InputError(Diagnostic(f"{path} holds no text"))
    settings = base.scratch.model_dump(mode="json", exclude={"text"})
    key = compute_digest({"settings": settings, "text": text})
    place = folder / key
    if not place.exists():
        job = {"task": "scratch", "settings": settings, "text": text, "folder": str(place)}
        worker.work(job, threads, show("base model", base.scratch.steps))
    return Material({"folder": str(place)}, key)


def find_model(model: FolderBase | GgufBase | PackageBase | PresetBase, source: Source) -> Material:
    """Find a model that is there already.

    Raises:
        InputError: Its package, folder or file is not there, or cannot be read.
    """
    if isinstance(model, GgufBase):
        within = _find_package(model.package) if model.package else None
        return _find_gguf(within / model.gguf if within else source.resolve(model.gguf))
    if isinstance(model, PresetBase):
        return Material({"preset": model.preset}, compute_digest({"preset": model.preset}))
    within = _find_package(model.package) / model.folder if isinstance(model, PackageBase) else None
    place = within or source.resolve(model.folder)
    try:
        if (place / "config.json").is_file():
            return Material({"folder": str(place)}, digest_folder(place))
    except (OSError, ValueError) as error:
        raise make_read_error(place, error) from None
    message = f"{place} is no folder of a model: it has no config.json"
    advice = "a folder with config.json, model.weights.h5, vocab.json and merges.txt"
    raise InputError(Diagnostic(message, help=advice))


def _find_gguf(path: Path) -> Material:
    """Find a GGUF file, and check all of it but its numbers."""
    require("it reads GGUF files", "study", "gguf", "sentencepiece", "tokenizers")
    from qslc_study.gguf import check_model

    check_model(path)
    return Material({"gguf": str(path)}, digest_file(path))


def find_encoder(source: Source) -> Material | None:
    """Find the encoder of BERTScore, if the study names one."""
    encoder = source.study.evaluate.encoder
    with source.locate_errors("evaluate", "encoder", "model"):
        return find_model(encoder.model, source) if encoder else None


def _find_package(name: str) -> Path:
    """Return where a package is installed, without importing it."""
    try:
        found = find_spec(name)
    except (ImportError, ValueError):  # of __main__, for instance
        found = None
    if found is None or not found.submodule_search_locations:
        message = f"the package {name} is not installed"
        about = "install it beside qslc, or give a folder or preset in its place"
        raise InputError(Diagnostic(message, help=about))
    return Path(found.submodule_search_locations[0])


def prepare_data(
    source: Source, parts: Parts, folder: Path, seen: Set[str] = frozenset()
) -> Material:
    """Write the pairs that runs use as one JSON file in ``folder``.

    Args:
        seen: References that stand in the text that the base was pretrained on.
    """
    evaluate = source.study.evaluate
    pairs = {
        "train": parts.train,
        "validation": sample(parts.validation, evaluate.validation),
        "test": sample(parts.test, evaluate.test),
    }
    sources: dict[str, Any] = {"sources": list(select_references(source, parts, seen))}
    if seen:
        sources["seen"] = [pair.target in seen for pair in pairs["test"]]
    texts = {name: [(pair.source, pair.target) for pair in part] for name, part in pairs.items()}
    key = compute_digest(texts | sources)
    path = folder / f"{key}.json"
    rows = {name: list(map(astuple, part)) for name, part in pairs.items()}
    write_file(path, json.dumps(rows | sources, ensure_ascii=False))
    return Material(str(path), key)


def compile_sublayers(source: Source, folder: Path) -> Mapping[str, str]:
    """Compile the sublayers, and return the folder of each arm that has one by the arm's name."""
    places: dict[str, str] = {}
    for arm, sublayer in source.sublayers.items():
        place = folder / sublayer_digest(sublayer.spec).removeprefix("sha256:")[:16]
        if list_changed_files(place):
            from qslc.pipeline import compile_to

            compile_to(sublayer.spec, place)
        places[arm] = str(place)
    return places
