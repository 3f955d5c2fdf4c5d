"""A spec as YAML: what a user could write to have the same circuit."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

_WIDTH = 76
_ONE_LINE = 62
"""Characters of a mapping or a list up to which it stays on one line."""


def spec_text(spec: Mapping[str, Any]) -> str:
    """The YAML of a spec in its JSON form, the keys in its order."""
    yaml = YAML()
    yaml.width = _WIDTH
    out = io.StringIO()
    yaml.dump(CommentedMap((key, _node(value)) for key, value in spec.items()), out)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _node(value: Any) -> Any:
    """The value; what is short, and a list of numbers or names, in brackets."""
    if not isinstance(value, (Mapping, list)):
        return value
    if isinstance(value, Mapping):
        node: Any = CommentedMap((key, _node(each)) for key, each in value.items())
        flat = False
    else:
        node = CommentedSeq(map(_node, value))
        flat = not any(isinstance(each, (Mapping, list)) for each in value)
    if flat or len(json.dumps(value, ensure_ascii=False)) <= _ONE_LINE:
        node.fa.set_flow_style()
    else:
        node.fa.set_block_style()
    return node
