"""Hypothesis strategies: specs as plain data, valid and covering every form of the DSL."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from qslc.spec.patterns import PATTERNS

Data = dict[str, Any]

ROTATIONS = ("rx", "ry", "rz")
FIXED = ("h", "x", "z", "s", "t")
PAIR_GATES = ("cnot", "cz", "swap")
PAIR_ROTATIONS = ("crx", "cry", "crz", "rxx", "ryy", "rzz")
ANGLES = ("theta", "phi", "2*phi + pi/4", "-psi/2", "theta + phi", "pi/2", "phi*psi", 0.25, 3, "0")


@st.composite
def specs(draw: st.DrawFn, max_qubits: int = 5, max_depth: int = 3) -> Data:
    """Draw a valid spec as plain data: what the YAML of it would hold."""
    qubits = draw(st.integers(1, max_qubits))
    device, calibrated = draw(devices(qubits))
    required = {
        "qslc": 1,
        "name": draw(st.from_regex(r"\A[a-m][a-z0-9_]{0,12}\Z")),
        "qubits": qubits,
        "encoder": draw(encoders(qubits)),
        "ansatz": draw(layers(qubits, max_depth) | blocks(qubits, max_depth)),
    }
    optional = {
        "measure": draw(measurements(qubits)),
        "device": device,
        "noise": draw(noises(calibrated)),
        "optimize": draw(optimizations(calibrated)),
        "execution": draw(executions()),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    if "device" not in chosen:
        chosen -= {"noise"}
        optional["optimize"].pop("objective", None)
    return required | {key: value for key, value in optional.items() if key in chosen}


def optional_keys(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[Data]:
    """Draw a mapping with any of the keys."""
    return st.fixed_dictionaries({}, optional=values)


@st.composite
def executions(draw: st.DrawFn) -> Data:
    mitigation = optional_keys(
        readout=st.sampled_from(["none", "confusion"]),
        rescale=st.sampled_from(["none", "global", "per_readout", "per_readout_offset"]),
        dynamical_decoupling=st.booleans(),
    )
    shots = optional_keys(shots=st.integers(1, 10**6)) | optional_keys(error=st.just(0.25))
    return {**draw(shots), **draw(optional_keys(mitigation=mitigation))}


def probabilities() -> st.SearchStrategy[float]:
    return st.sampled_from([0, 0.0005, 0.01, 0.125, 1])


@st.composite
def projections(draw: st.DrawFn, features: int) -> Any:
    start = draw(st.integers(0, 20))
    sliced = {"slice": [start, start + features]}
    return draw(st.sampled_from(["none", "learned", "orthogonal", "principal", sliced]))


@st.composite
def preparations(draw: st.DrawFn, qubits: int) -> Any:
    depth = draw(st.one_of(st.just("auto"), st.integers(1, 2 ** min(qubits, 3))))
    variational = draw(optional_keys(depth=st.just(depth)))
    forms = ["none", "multiplexed", "variational", {"method": "none"}, {"method": "multiplexed"}]
    return draw(st.sampled_from([*forms, {"method": "variational", **variational}]))


@st.composite
def encoders(draw: st.DrawFn, qubits: int) -> Data:
    kind = draw(st.sampled_from(["amplitude", "angle", "iqp", "ansatz", "none"]))
    if kind == "none":
        return {"kind": "none"}
    if kind == "amplitude":
        pad = draw(st.sampled_from(["zero", "bias", "reference"]))
        most = {"zero": 2**qubits, "bias": 2**qubits - 1, "reference": 2 ** (qubits - 1)}
        features = draw(st.integers(1, most[pad]))
        project = draw(projections(features))
        held = max(1, (features + (pad == "bias") - 1).bit_length())
        prepared = draw(
            optional_keys(preparation=preparations(qubits if pad == "reference" else held))
        )
        return {"kind": kind, "features": features, "pad": pad, "project": project, **prepared}
    features = draw(st.integers(1, qubits))
    options = {"features": st.just(features), "project": projections(features)}
    if kind == "angle":
        options["rotation"] = st.sampled_from(ROTATIONS)
    elif kind == "iqp":
        options["repeats"] = st.integers(1, 2)
    chosen = draw(optional_keys(**options))
    if kind == "ansatz" or "slice" in str(chosen.get("project")):
        chosen["features"] = features
    return {"kind": kind, **chosen}


@st.composite
def patterns(draw: st.DrawFn, qubits: int) -> Any:
    if qubits == 1 or draw(st.booleans()):
        return draw(st.sampled_from(tuple(PATTERNS)))
    qubit = st.integers(0, qubits - 1)
    pair = st.lists(qubit, min_size=2, max_size=2, unique=True)
    return draw(st.lists(pair, min_size=1, max_size=4))


@st.composite
def layers(draw: st.DrawFn, qubits: int, max_depth: int) -> Data:
    gates = st.sampled_from(PAIR_GATES + PAIR_ROTATIONS)
    entangler = st.fixed_dictionaries({"gate": gates, "pattern": patterns(qubits)})
    options = draw(
        optional_keys(
            rotations=st.lists(st.sampled_from(ROTATIONS), max_size=3),
            final_rotations=st.booleans(),
        )
    )
    depth = draw(st.integers(1, max_depth))
    return {"depth": depth, "entangler": draw(st.just("none") | entangler), **options}


@st.composite
def gates(draw: st.DrawFn, qubits: int) -> Data:
    name = draw(st.sampled_from(ROTATIONS + FIXED + PAIR_GATES + PAIR_ROTATIONS))
    qubit_list = st.lists(st.integers(0, qubits - 1), min_size=1, max_size=qubits, unique=True)
    one_qubit = name in ROTATIONS + FIXED
    entry = {"on": draw(st.just("all") | qubit_list if one_qubit else patterns(qubits))}
    if name in ROTATIONS + PAIR_ROTATIONS:
        entry["angle"] = draw(st.sampled_from(ANGLES))
    return {name: entry}


@st.composite
def blocks(draw: st.DrawFn, qubits: int, max_depth: int) -> Data:
    block = draw(st.lists(gates(qubits), min_size=1, max_size=6))
    return {**draw(optional_keys(repeat=st.integers(1, max_depth))), "block": block}


@st.composite
def measurements(draw: st.DrawFn, qubits: int) -> Any:
    if draw(st.booleans()):
        pairs = ["zz"] * (qubits > 1)
        return draw(st.sampled_from(["z", "interference", "wide_interference", *pairs]))
    paulis = st.dictionaries(st.integers(0, qubits - 1), st.sampled_from("XYZ"), min_size=1)
    terms = st.lists(paulis.map(lambda p: tuple(sorted(p.items()))), min_size=1, max_size=4)
    strings = ["*".join(f"{p}{q}" for q, p in term) for term in draw(terms)]
    return list(dict.fromkeys(strings))


@st.composite
def devices(draw: st.DrawFn, qubits: int) -> tuple[Any, bool]:
    """Draw a connected device with at least so many qubits, and whether its noise is known."""
    native = draw(optional_keys(gates=st.sampled_from([["cz"], ["cnot"], ["cnot", "cz"]])))
    chips = ["rainbow", "weber", "willow", "aachen", "nighthawk"]
    names = ["all_to_all", "line", "ring", *chips]
    chain = [[7 * i, 7 * i + 7] for i in range(max(1, qubits - 1))]
    custom = {"edges": chain, "name": "my-chip.1"}
    measured = custom | {"calibration": draw(calibrations(len(chain)))}
    placed = measured | {"qubits": [[0, i] for i in range(len(chain) + 1)]}
    placed["edges"] = [[i, i + 1] for i in range(len(chain))]
    uniform = {"calibration": draw(uniform_calibrations())}
    layouts = [{"grid": [2, qubits]}, {"heavy_hex": 3}, custom, measured, placed]
    layouts += [{"grid": [2, qubits]} | uniform, {"heavy_hex": 3} | uniform]
    if draw(st.booleans()):
        name = draw(st.sampled_from(names))
        return name, name in chips
    layout = draw(st.sampled_from(layouts))
    return layout | native, "calibration" in layout


@st.composite
def calibrations(draw: st.DrawFn, couplers: int) -> Data:
    """Draw the calibration of a chain."""

    def each(values: st.SearchStrategy[Any], number: int = couplers + 1) -> st.SearchStrategy[Any]:
        return st.lists(values, min_size=number, max_size=number)

    errors = st.sampled_from([0, 0.0005, 0.01, 0.125, 0.75])
    live = st.sampled_from([0, 0.0005, 0.01, 0.125, 0.25])  # a preparation leaves out dead couplers
    readout = st.lists(st.sampled_from([0, 0.01, 0.5]), min_size=2, max_size=2)
    durations = st.sampled_from([1, 12.5, 200])
    optional = optional_keys(
        one_qubit=each(errors),
        readout=each(readout),
        t1_us=each(st.sampled_from([10, 12.5, 200])),
        t2_us=each(st.sampled_from([2, 12.5, 20])),
        one_qubit_ns=durations,
        two_qubit_ns=durations,
    )
    return {"two_qubit": draw(each(live, couplers)), **draw(optional)}


def uniform_calibrations() -> st.SearchStrategy[Data]:
    """Draw a calibration with one number for all."""
    keys = optional_keys(
        one_qubit=st.sampled_from([0, 0.0005]),
        readout=optional_keys(p01=st.sampled_from([0, 0.01]), p10=st.sampled_from([0.02, 0.5])),
        t1_us=st.sampled_from([50, 12.5]),
        t2_us=st.sampled_from([2, 20]),
        theta_rad=st.sampled_from([0, -0.02]),
        phi_rad=st.sampled_from([0, 0.125]),
        readout_ns=st.sampled_from([600, 4000]),
        rep_delay_us=st.just(250),
    )
    return keys.map(lambda known: {"two_qubit": 0.01, **known})


def optimizations(calibrated: bool) -> st.SearchStrategy[Data]:
    objectives = ["depth", "gates", "fidelity"] if calibrated else ["depth", "gates"]
    return optional_keys(
        level=st.integers(0, 3),
        seed=st.integers(0, 2**32 - 1),
        objective=st.sampled_from(objectives),
    )


@st.composite
def noises(draw: st.DrawFn, calibrated: bool) -> Any:
    channels = optional_keys(
        depolarizing=optional_keys(**{"1q": probabilities(), "2q": probabilities()}),
        amplitude_damping=probabilities(),
        dephasing=probabilities(),
        coherent=optional_keys(theta=st.sampled_from([0, 0.02]), phi=st.sampled_from([-0.125, 0])),
        readout=optional_keys(p01=st.sampled_from([0, 0.3]), p10=st.sampled_from([0.02, 0.5])),
    )
    names = ["none", "device"] if calibrated else ["none"]
    return draw(st.sampled_from(names) | channels)
