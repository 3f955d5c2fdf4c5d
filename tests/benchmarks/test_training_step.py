"""The tables of training steps and tokens beside LoRA."""

from __future__ import annotations

from benchmarks.training_step.__main__ import SPECS, _tabulate
from benchmarks.training_step.arms import ARMS, SHAPES, TITLES

PLACE = {"kind": "training", "model": "gpt2_256", "backend": "jax"}


def make_record(name: str, beside: str, milliseconds: float, mebibytes: int) -> dict[str, object]:
    times = {"milliseconds": milliseconds, "processor_milliseconds": 2 * milliseconds}
    machine = {"rounds": 7, "cores": 2, "load": 1.5}
    peak = {"peak_bytes": mebibytes * 2**20}
    return {**PLACE, "name": name, "beside": beside, **times, **peak, **machine}


def test_every_arm_has_a_model_and_a_spec() -> None:
    assert ARMS.keys() == SHAPES.keys() == TITLES.keys()
    for arms in ARMS.values():
        assert all((SPECS / f"{arm.spec}.yaml").is_file() for arm in arms.values())


def test_ratios_are_to_the_lora_of_the_same_race() -> None:
    records = [
        make_record("lora_1", "lora_1", 100, 10),
        make_record("circuit_1k", "lora_1", 110, 11),
        make_record("lora_4", "lora_4", 200, 10),
        make_record("paper", "lora_4", 210, 9),
        make_record("paper", "lora_4", 999, 9) | {"backend": "tensorflow"},
    ]
    table = _tabulate(PLACE, records)
    assert table.title.endswith("JAX: 7 rounds, 2 cores, load 1.5")
    assert table.rows == (
        ("circuit_1k", "LoRA, r = 1", "110", "1.10", "220", "1.10", "11", "1.10"),
        ("paper", "LoRA, r = 4", "210", "1.05", "420", "1.05", "9", "0.90"),
    )
