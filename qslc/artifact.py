"""Describe and check the folder that a compile writes: manifest, digests, report, pages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qslc.diagnostics import Diagnostic, InputError
from qslc.output import resolve_folder, rewrite_folder
from qslc.publication import MANIFEST
from qslc.report.compilation.views import render_html, render_markdown

REPORT = "report.json"
HELP = "name a folder that `qslc compile` wrote"


class Files(Mapping[str, str]):
    """Texts of files by name, which cannot be changed; their ``repr`` is the names.

    Args:
        texts: Text of each file, by name.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __repr__(self) -> str:
        return f"<files {', '.join(self)}>"


def compute_digests(files: Mapping[str, str]) -> dict[str, str]:
    """Digest every file, as ``sha256:`` and 64 hexadecimal digits; the report without its times."""
    return {name: _digest(name, text) for name, text in files.items()}


def list_changed_files(folder: Path) -> list[str]:
    """List the files that are missing or not those of the manifest, or the manifest itself."""
    try:
        return [
            name
            for name, digest in _read_digests(_read_json(folder / MANIFEST)).items()
            if not _is_whole(folder / name, digest)
        ]
    except InputError:
        return [MANIFEST]


def read_files(folder: Path) -> dict[str, str]:
    """Read the texts of all files that a compile wrote into a folder, by name.

    Raises:
        InputError: The folder holds no compile, a file is missing, or is not the one that the
            compile wrote, or a later version of qslc wrote it.
    """
    if not resolve_folder(folder).is_dir():
        problem = "is a file, not a folder" if folder.exists() else "does not exist"
        advice = f"{HELP}; specs are compiled by that, or by qslc.compile in Python"
        raise InputError(
            Diagnostic(f"{folder} {problem}", help=advice if folder.is_file() else HELP)
        )
    from qslc_runtime.folder import ArtifactError, ArtifactNotFoundError, read_checked, read_file

    try:
        manifest, _ = read_checked(folder)
        names = [name for name in manifest["files"] if Path(name).name == name]
        manifest, contents = read_checked(folder, *names)
        texts = {name: data.decode() for name, data in zip(names, contents, strict=True)}
        return texts | {MANIFEST: read_file(folder, MANIFEST).decode()}
    except ArtifactNotFoundError as error:
        if (folder / MANIFEST).exists():
            raise InputError(Diagnostic(str(error))) from None
        message = f"{folder} holds no compile: it has no {MANIFEST}"
        raise InputError(Diagnostic(message, help=HELP)) from None
    except (ArtifactError, UnicodeDecodeError) as error:
        raise InputError(Diagnostic(str(error))) from None


def read_report(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the report of a compiled folder, and its manifest.

    Raises:
        InputError: There is none, or it is not the report that the compile wrote.
    """
    path = folder / REPORT
    report = _read_json(path)
    if not {"logical", "physical", "passes"} <= report.keys():
        raise InputError(Diagnostic(f"{path} is not a report of qslc", help=HELP))
    manifest = _read_json(folder / MANIFEST)
    if _read_digests(manifest).get(REPORT) != digest_report(report):
        message = f"{path} is not the file that the compile wrote"
        raise InputError(Diagnostic(message, help="compile the spec again"))
    return report, manifest


def render_pages(report: Mapping[str, Any]) -> dict[str, str]:
    """Render a report as the files to read, which depend on the report alone, without its times."""
    return {"report.md": render_markdown(report), "report.html": render_html(report)}


def render_again(folder: Path) -> None:
    """Make report.md and report.html anew from a folder's report.json, and digest them.

    Raises:
        InputError: The folder holds no report of a compile, or cannot be written.
    """

    def make_files() -> Mapping[str, str]:
        report, manifest = read_report(folder)
        try:
            pages = render_pages(report)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            message = f"{folder / REPORT} is damaged, or from another version of qslc"
            raise InputError(Diagnostic(message, help="compile the spec again")) from None
        manifest["files"] |= compute_digests(pages)
        return pages | {MANIFEST: write_indented(manifest)}

    if not resolve_folder(folder).is_dir():
        raise InputError(Diagnostic(f"{folder} is not a folder", help=HELP))
    rewrite_folder(folder, make_files)


def drop_seconds(value: Any) -> Any:
    """Set every wall time in a JSON value to 0."""
    if isinstance(value, dict):
        return {k: 0.0 if k == "seconds" else drop_seconds(v) for k, v in value.items()}
    return [drop_seconds(item) for item in value] if isinstance(value, list) else value


def write_canonical(value: Any) -> str:
    """Write JSON with sorted keys and no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def write_indented(value: Any) -> str:
    """Write JSON for readers."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def digest_report(report: Mapping[str, Any]) -> str:
    """Digest a report without its wall times, the one thing that differs from run to run."""
    return _digest_text(write_canonical(drop_seconds(report)))


def _digest(name: str, text: str) -> str:
    return digest_report(json.loads(text)) if name == REPORT else _digest_text(text)


def _digest_text(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _is_whole(path: Path, digest: str) -> bool:
    try:
        return path.is_file() and _digest(path.name, path.read_bytes().decode()) == digest
    except (OSError, ValueError, RecursionError):
        return False


def _read_digests(manifest: Mapping[str, Any]) -> dict[str, str]:
    files = manifest.get("files")
    return files if isinstance(files, dict) else {}


def _read_json(path: Path) -> dict[str, Any]:
    if path.exists() and not path.is_file():
        raise InputError(Diagnostic(f"{path} is not a file", help=HELP))
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        write_canonical(data)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror or error}"
        raise InputError(Diagnostic(message, help=HELP)) from None
    except (ValueError, RecursionError):
        raise InputError(Diagnostic(f"{path} is not JSON", help=HELP)) from None
    if not isinstance(data, dict):
        raise InputError(Diagnostic(f"{path} is not a report of qslc", help=HELP))
    return data
