"""What is compared: sublayers in two models, and the LoRA of about as many trained parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from benchmarks.report import ROOT

BUILD = ROOT / "build" / "training_step"
"""Where specs are compiled, once, before contenders start."""


@dataclass(frozen=True)
class Shape:
    """A decoder with random weights.

    Args:
        family: "GPT2" or "Llama", as KerasHub names it.
        arguments: Arguments of its backbone.
        batch: Texts of a training step.
        length: Tokens of each.
    """

    family: str
    arguments: Mapping[str, Any]
    batch: int
    length: int

    @property
    def tokens(self) -> int:
        """Tokens of a training step."""
        return self.batch * self.length


SHAPES = MappingProxyType(
    {
        "gpt2_256": Shape(
            "GPT2",
            {
                "vocabulary_size": 8192,
                "num_layers": 4,
                "num_heads": 4,
                "hidden_dim": 256,
                "intermediate_dim": 1024,
                "max_sequence_length": 256,
            },
            batch=32,
            length=128,
        ),
        "smollm2_135m": Shape(
            "Llama",
            {
                "vocabulary_size": 49152,
                "num_layers": 30,
                "num_query_heads": 9,
                "num_key_value_heads": 3,
                "hidden_dim": 576,
                "intermediate_dim": 1536,
            },
            batch=8,
            length=128,
        ),
    }
)
"""The base of the E2E study, and the shape of SmolLM2-135M."""

TITLES = {"gpt2_256": "GPT-2, 256 wide, 4 blocks", "smollm2_135m": "Llama, 576 wide, 30 blocks"}


@dataclass(frozen=True)
class Arm:
    """Sublayers of a model.

    Args:
        spec: A spec of ``examples/e2e_study``.
        rank: Rank of the LoRA on query and value of all blocks that comes nearest in parameters.
        options: Arguments of the layer.
        targets: Projections that have one, in all blocks.
    """

    spec: str
    rank: int
    options: Mapping[str, Any] = field(default_factory=dict)
    targets: tuple[str, ...] = ("query", "value")


def _make_low_rank(rank: int) -> Mapping[str, Any]:
    return {"up_projection": "low_rank", "rank": rank}


ARMS: Mapping[str, Mapping[str, Arm]] = MappingProxyType(
    {
        "gpt2_256": {
            "circuit_1k": Arm("circuit_1k", 1),
            "low_rank_4k": Arm("f128_4", 1, _make_low_rank(80)),
            "circuit_4k": Arm("circuit_4k_qkv", 1, targets=("query", "key", "value")),
            "low_rank_16k": Arm("f128_16", 4, _make_low_rank(120)),
            "low_rank_64k": Arm("f128_64", 16, _make_low_rank(118)),
            "paper": Arm("paper", 4),
        },
        "smollm2_135m": {
            "circuit_7k": Arm("circuit_1k", 1),
            "low_rank_123k": Arm("f128_16", 2, _make_low_rank(120)),
        },
    }
)
"""Of each model."""
