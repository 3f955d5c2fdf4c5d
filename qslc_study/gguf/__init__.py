"""Read GGUF files of Llama models: what they hold, whether it fits, and their vocabulary.

A size that such a file states is believed only where the file is long enough for it.
"""

from __future__ import annotations

from pathlib import Path

from qslc_study.gguf.llama import read_shape
from qslc_study.gguf.reader import read_gguf
from qslc_study.gguf.vocabulary import read_vocabulary


def check_model(path: Path) -> None:
    """Check that a file holds a Llama with its vocabulary, without reading its numbers.

    Raises:
        InputError: It does not, or holds parts that are not supported.
    """
    file = read_gguf(path)
    read_shape(file)
    read_vocabulary(file)
