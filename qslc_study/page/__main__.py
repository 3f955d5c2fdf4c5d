"""Write the reports of studies from their records: ``python -m qslc_study.page DIR...``."""

from __future__ import annotations

import sys
from pathlib import Path

from qslc.diagnostics import InputError
from qslc_study.page.view import write_reports
from qslc_study.records import load_found
from qslc_study.results.summary import summarize


def main(folders: list[str]) -> None:
    """Write the reports into each folder."""
    try:
        for folder in map(Path, folders):
            write_reports(folder, summarize(load_found(folder)))
    except InputError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
