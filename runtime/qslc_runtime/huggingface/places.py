"""Find the linear modules of a PyTorch model that a user names.

A name is a target of qslc ("query", "value": the same on Keras models), which may be part of a
module that computes queries, keys and values at once, or the last parts of a module's name, as in
PEFT ("q_proj", "mlp.c_fc").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from qslc_runtime.adapters.insertion import Insertion, suggest
from qslc_runtime.adapters.sites import derive_seed
from qslc_runtime.huggingface.placed import make_on_device

_NAMES: Mapping[str, tuple[str, ...]] = {
    "query": ("q_proj", "query", "q", "q_lin"),
    "key": ("k_proj", "key", "k", "k_lin"),
    "value": ("v_proj", "value", "v", "v_lin"),
    "output": ("o_proj", "attn.c_proj", "attn.out_proj", "attention.dense", "self_attention.dense"),
    "mlp_up": ("up_proj", "mlp.c_fc", "mlp.fc1", "mlp.dense_h_to_4h"),
    "mlp_gate": ("gate_proj",),
    "mlp_down": ("down_proj", "mlp.c_proj", "mlp.fc2", "mlp.dense_4h_to_h"),
}
"""The last parts of the names of modules, by target."""

_PARTS = ("query", "key", "value")
_IN_A_ROW = ("c_attn", "Wqkv", "qkv_proj")
_BY_HEAD = ("query_key_value",)
_FUSED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("gpt2", "mpt", "dbrx", "phi3"), _IN_A_ROW),
    **dict.fromkeys(("bloom", "gpt_neox", "persimmon"), _BY_HEAD),
}
"""The names of modules that compute ``_PARTS`` at once, by model type: one behind the other, or for
each head one behind the other."""

_SHOWN = 12
_OTHER_ATTENTION = frozenset({"encoder", "crossattention", "encoder_attn", "EncDecAttention"})


@dataclass(frozen=True)
class Place:
    """A linear module, or the columns of its output that are one of its targets.

    Args:
        name: Name of the module in the model.
        module: The module.
        block: The first number in its name; 0 if it has none.
        target: Target of qslc where there is one for it, or else its name within the block.
        columns: Columns of the output (units,); None for all.
    """

    name: str
    module: torch.nn.Module
    block: int
    target: str
    columns: NDArray[np.int64] | None = None

    @property
    def path(self) -> str:
        """Its name in adapter files, for targets of qslc the one that KerasHub's models have."""
        if self.target in _NAMES:
            return f"transformer_layer_{self.block}/{self.target}"
        return self.name

    @property
    def child(self) -> str:
        """Name of the sublayer in the module."""
        return "qslc" if self.columns is None else f"qslc_{self.target}"

    @property
    def units(self) -> int:
        """Width of the output."""
        return _find_widths(self.module)[1] if self.columns is None else len(self.columns)

    def make(self, insertion: Insertion) -> Any:
        """Make and build the layer for this place: as on the Keras side, number for number."""
        width, _ = _find_widths(self.module)
        weight = getattr(self.module, "weight", None)
        dtype = _DTYPES.get(getattr(weight, "dtype", None), "float32")
        seed = derive_seed(insertion.seed, self.block, self.target)
        with make_on_device(self.module):
            options = {"dtype": dtype, **insertion.options}
            name = self.target.replace(".", "_")
            sublayer = insertion.layer(units=self.units, seed=seed, name=name, **options)
            sublayer.build((None, None, width))
            kernel = self.read_source(sublayer)
            if kernel is not None:
                sublayer.align(kernel)
        return sublayer

    def read_source(self, sublayer: Any) -> NDArray[np.float32] | None:
        """Return the kernel (d, units) that fixed weights are made from; None for the seed alone.

        Where it is not stored as such, as in a quantized module, it is what the module does to unit
        vectors, which other machines round differently.
        """
        if getattr(sublayer, "basis", None) != "kernel":
            return None
        kernel = _read_kernel(self.module, _find_widths(self.module)[0])
        chosen = kernel if self.columns is None else kernel[:, self.columns]
        return np.ascontiguousarray(chosen, np.float32)


_DTYPES = {
    torch.float32: "float32",
    torch.bfloat16: "bfloat16",
    torch.float16: "float16",
}


def find_places(
    model: torch.nn.Module, names: str | Iterable[str], blocks: str | Iterable[int]
) -> tuple[Place, ...]:
    """Return the places that a user names, in the order of the model.

    Args:
        model: The model.
        names: Targets of qslc and last parts of names; or a regular expression, which the whole
            name of a module matches.
        blocks: Numbers of blocks, or "all".

    Raises:
        TypeError: The names are no texts.
        ValueError: A name fits no linear module, or a number no block.
    """
    if isinstance(names, str) and names not in _NAMES:
        found = _find_matches(model, names)
    else:
        listed = (names,) if isinstance(names, str) else tuple(names)
        if not listed or not all(isinstance(name, str) for name in listed):
            raise TypeError(f"target_modules are names of modules, or one pattern; got {names!r}")
        found = [place for name in listed for place in _find_named(model, name)]
    places = {(place.name, place.target): place for place in found}
    order = {name: number for number, (name, _) in enumerate(model.named_modules())}
    chosen = _choose_blocks(places.values(), blocks)
    return tuple(sorted(chosen, key=lambda place: order[place.name]))


def name_places(model: torch.nn.Module, places: Sequence[Place]) -> tuple[str, ...]:
    """Return names by which ``find_places`` finds the places again, as short as can be."""
    blocks = tuple(sorted({place.block for place in places}))
    short = tuple(dict.fromkeys(place.target for place in places))
    again = find_places(model, short, blocks)
    if {(place.name, place.target) for place in again} == {(p.name, p.target) for p in places}:
        return short
    return tuple(place.name for place in places)


def _find_matches(model: torch.nn.Module, pattern: str) -> list[Place]:
    try:
        matches = re.compile(pattern).fullmatch
    except re.error as error:
        raise ValueError(
            f"target_modules={pattern!r} is no regular expression: {error}; a list of names is "
            'written ["q_proj", "v_proj"]'
        ) from None
    found = [(name, module) for name, module in model.named_modules() if matches(name)]
    if not found:
        raise ValueError(
            f"no module's whole name matches the regular expression {pattern!r}; "
            f"{_list_modules(model)}"
        )
    return [_make_place(name, module) for name, module in found]


def _find_named(model: torch.nn.Module, name: str) -> list[Place]:
    """Return the places of a target of qslc, or of the last parts of a name."""
    if name in _NAMES:
        return _find_target(model, name)
    found = [
        _make_place(full, module)
        for full, module in model.named_modules()
        if full == name or full.endswith(f".{name}")
    ]
    if not found:
        leaves = {full.rpartition(".")[2] for full in _list_linear(model)}
        hint = suggest(name, {*leaves, *_NAMES}, _list_modules(model))
        raise ValueError(f"{type(model).__name__} has no module {name!r}; {hint}")
    return found


def _find_target(model: torch.nn.Module, target: str) -> list[Place]:
    places = [
        _make_place(name, module)
        for name, module in _list_linear(model).items()
        if any(f".{name}".endswith(f".{tail}") for tail in _NAMES[target])
    ]
    if target in _PARTS:
        config = getattr(model, "config", None)
        fused = _FUSED.get(getattr(config, "model_type", ""), ())
        for name, module in _list_linear(model).items():
            if name.rpartition(".")[2] in fused:
                columns = _find_columns(config, _find_widths(module)[1], target, fused)
                places.append(Place(name, module, _find_block(name), target, columns))
    if not places:
        raise ValueError(
            f"which module of {type(model).__name__} is its {target!r} is not known: name it with "
            f"target_modules; {_list_modules(model)}"
        )
    return places


def _find_columns(
    config: Any, width: int, target: str, fused: tuple[str, ...]
) -> NDArray[np.int64]:
    """Return the columns of a fused output that are the query, key or value."""
    part, heads = _PARTS.index(target), config.num_attention_heads
    columns = np.arange(width)
    if fused == _BY_HEAD:
        return columns.reshape(heads, 3, -1)[:, part].ravel()
    head = getattr(config, "head_dim", None) or config.hidden_size // heads
    first = heads * head
    other = (width - first) // 2
    return np.split(columns, [first, first + other])[part]


def _make_place(name: str, module: torch.nn.Module) -> Place:
    if _find_widths(module) == (0, 0):
        raise ValueError(
            f"{name or 'the model'} is a {type(module).__name__}: a sublayer stands beside a "
            "linear module, such as torch.nn.Linear or Conv1D of transformers"
        )
    parts = name.split(".")
    numbers = [i for i, part in enumerate(parts) if part.isdigit()]
    simple = len(numbers) == 1 and not _OTHER_ATTENTION.intersection(parts)
    target = name
    if simple:
        tails = ((each, tail) for each, tails in _NAMES.items() for tail in tails)
        fitting = (each for each, tail in tails if name.endswith(f".{tail}"))
        target = next(fitting, ".".join(parts[numbers[0] + 1 :]) or name)
    return Place(name, module, _find_block(name), target)


def _find_block(name: str) -> int:
    return next((int(part) for part in name.split(".") if part.isdigit()), 0)


def _choose_blocks(places: Iterable[Place], blocks: str | Iterable[int]) -> list[Place]:
    found = list(places)
    if isinstance(blocks, str) or not isinstance(blocks, Iterable):
        if blocks != "all":
            raise ValueError(f"blocks must be 'all' or a list of integers; got {blocks!r}")
        return found
    numbers, known = tuple(blocks), sorted({place.block for place in found})
    for number in numbers:
        if type(number) is not int:
            raise ValueError(f"a block is an integer; got {number!r}")
        if number not in known:
            raise ValueError(
                f"block {number} has none of the modules, which are in blocks {_shorten(known)}"
            )
    if not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(f"blocks must name each block once; got {list(numbers)}")
    return [place for place in found if place.block in numbers]


def _shorten(numbers: Sequence[int]) -> str:
    if list(numbers) == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 1:
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))


def _list_linear(model: torch.nn.Module) -> dict[str, torch.nn.Module]:
    return {name: m for name, m in model.named_modules() if name and _find_widths(m) != (0, 0)}


def _list_modules(model: torch.nn.Module) -> str:
    leaves = sorted({name.rpartition(".")[2] for name in _list_linear(model)})
    more = ", ..." if len(leaves) > _SHOWN else ""
    return f"its linear modules are called {', '.join(leaves[:_SHOWN])}{more}"


def _find_widths(module: Any) -> tuple[int, int]:
    """Return the widths of what a linear module takes and gives; 0 and 0 for another module."""
    for names in (("in_features", "out_features"), ("nx", "nf"), ("infeatures", "outfeatures")):
        widths = tuple(getattr(module, name, None) for name in names)
        if all(type(width) is int for width in widths):
            return widths
    return 0, 0


def _read_kernel(module: Any, width: int) -> NDArray[np.float32]:
    weight = getattr(module, "weight", None)
    stored = weight is not None and weight.dtype in _DTYPES
    if stored and type(module).__name__ == "Conv1D":
        return weight.detach().float().cpu().numpy()
    if stored and type(module) is torch.nn.Linear:
        return weight.detach().float().cpu().numpy().T
    some: torch.Tensor = next(iter(module.parameters()), torch.zeros(()))
    dtype = some.dtype if some.dtype in _DTYPES else torch.float32
    with torch.no_grad():
        rows = torch.eye(width, dtype=dtype, device=some.device)
        return (module(rows).float() - module(torch.zeros_like(rows)).float()).cpu().numpy()
