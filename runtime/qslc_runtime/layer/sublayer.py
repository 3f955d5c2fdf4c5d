"""The base class of generated layers: everything that is not the circuit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import keras
import numpy as np
from keras import ops
from keras.saving import register_keras_serializable
from numpy.typing import NDArray

# Registers the adapted backbones: Keras finds them in any process that has a generated layer.
import qslc_runtime.adapters  # noqa: F401
from qslc_runtime import engines
from qslc_runtime.adapters.insertion import find_class, get_generated_name, read_arguments
from qslc_runtime.callers import is_exporting
from qslc_runtime.circuit.matrices import Tensor
from qslc_runtime.circuit.sums import Sums
from qslc_runtime.engines.companions import Companions
from qslc_runtime.folding import FoldedSublayer, fold
from qslc_runtime.layer import projections
from qslc_runtime.layer.calibrated import Calibrated
from qslc_runtime.layer.correction import Correction, make_exact_engine
from qslc_runtime.layer.projections import Selection, UpProjection
from qslc_runtime.layer.weights import (
    add_weight,
    check_positive,
    choose_deviation,
    compute_singular_bases,
    draw_angles,
    draw_orthogonal,
)
from qslc_runtime.registration import PACKAGE


@register_keras_serializable(package=PACKAGE, name="GeneratedLayer")
class QuantumSublayer(Calibrated, keras.layers.Layer):
    """A quantum sublayer: features in, expectations of observables out.

    Shapes: ``(..., d)`` to ``(..., M)``, or to ``(..., units)``. A hidden state wider than the
    circuit's features is sliced or projected as the class's ``PROJECT`` says. A vector of zeros
    that is encoded in amplitudes has all expectations 0; a token that holds NaN or infinity has
    NaN in all of its outputs, and no effect on other tokens. All weights and all arithmetic are
    float32; the output is cast to the layer's compute dtype.

    Args:
        units: Width of a linear map of the expectations, without bias, that starts as zero. None:
            the expectations themselves.
        engine: What evaluates the circuit: a name in ``qslc_runtime.engines.ENGINES``.
        engine_options: Keyword arguments of the engine.
        up_projection: What of the linear map is trained. None: "circuit" with a reference state,
            otherwise "dense". "dense", all of it; "low_rank", a matrix
            (observables, ``rank``) before a fixed one; "fixed", a gain for each observable before a
            fixed matrix; "scaled", also one for each output behind it; "circuit", the gains and the
            angles of the same circuit before a fixed matrix (``qslc_runtime.layer.projections``).
        rank: Rank of "low_rank".
        basis: Basis of fixed matrices and of a learned ``down`` at first. "random": orthonormal.
            "kernel": beside a projection (``insert``), the leading singular vectors of its kernel,
            otherwise random.
        trainable_angles: Train the rotation angles.
        scale: What the expectations are multiplied by before the linear map. None: 2^(n/2) behind
            an amplitude encoder, for there the expectations of n qubits are about 2^(-n/2), and 1
            behind others. An optimizer such as Adam trains ``up`` that much faster.
        angle_deviation: Standard deviation of the initial angles, in radians; None:
            ``qslc_runtime.layer.weights.choose_deviation``.
        seed: Random seed of the initial values.

    Call arguments:
        inputs: Hidden states (..., d) of any floating-point type.
        training: Whether the call is a step of training, which an engine without gradient
            refuses.

    Example:
        >>> layer = qslc_runtime.load("build/my_layer")(units=16)
        >>> tuple(layer(hidden).shape)  # hidden: (5, 8), or of any leading dimensions
        (5, 16)

    Raises:
        ValueError: There is no such engine, or it cannot run this circuit; or an argument is out
            of range.
    """

    pure: bool = True
    """A call has no effect but its output."""
    STATED: ClassVar[tuple[str, ...]] = (
        *("DIGEST", "QUBITS", "FEATURES", "ENCODER", "PROJECT", "WEIGHTS", "OBSERVABLES"),
    )
    """What every generated class states."""
    DIGEST: ClassVar[str]
    """The digest of its spec."""
    QUBITS: ClassVar[int]
    FEATURES: ClassVar[int]
    """How many numbers the circuit takes for each token."""
    REFERENCE: ClassVar[int] = 0
    """How many of them are features beside a reference state; 0 without one."""
    ENCODER: ClassVar[str]
    """Name of the encoder; "amplitude" for every one whose features are amplitudes."""
    PROJECT: ClassVar[str | tuple[int, int]]
    """How a hidden state becomes the features (``projections.Selection``)."""
    WEIGHTS: ClassVar[tuple[str, ...]]
    """Names of the rotation angles, in the order of ``theta``."""
    OBSERVABLES: ClassVar[tuple[str, ...]]
    """What is measured, in the order of the outputs."""
    SUMS: ClassVar[tuple[Mapping[str, float], ...]] = ()
    """Where one of them is a sum: for each the coefficients of its Pauli strings, "" the constant.
    """
    CHUNK: ClassVar[int]
    """The most tokens that ``simulate`` takes together, where there is a ``simulate``."""
    REGISTERED_NAME: ClassVar[str]

    def __init__(
        self,
        units: int | None = None,
        *,
        engine: str = "native",
        engine_options: Mapping[str, Any] | None = None,
        up_projection: UpProjection | None = None,
        rank: int | None = None,
        basis: Literal["random", "kernel"] = "kernel",
        trainable_angles: bool = True,
        angle_deviation: float | None = None,
        scale: float | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if units is not None and not (type(units) is int and units > 0):
            raise ValueError(f"units is a positive whole number or None, not {units!r}")
        if not (type(seed) is int and seed >= 0):
            raise ValueError(f"seed is a whole number, not negative; got {seed!r}")
        check_positive(scale=scale, angle_deviation=angle_deviation)
        kind = up_projection or ("circuit" if self.REFERENCE else "dense")
        projections.check_up(self, kind, rank)
        if basis not in ("random", "kernel"):
            raise ValueError(f'basis is "random" or "kernel", not {basis!r}')
        self.units = units
        self.engine = engine
        self.engine_options = dict(engine_options or {})
        self.up_projection: UpProjection = kind
        self.rank = rank
        self.basis = basis
        self.trainable_angles = trainable_angles
        self.angle_deviation = angle_deviation
        self.scale = scale
        self.seed = seed
        self.autocast = False
        self.supports_masking = True
        beside = self.QUBITS if self.REFERENCE else 0
        self._selection = Selection(self.REFERENCE or self.FEATURES, self.PROJECT, beside)
        self._sums = Sums.read(type(self))
        self._engine = engines.create(engine, type(self), self.engine_options)
        self._random = self._engine.make_random(seed)
        self.pure = self._random is None
        self._correction = Correction(self, self._engine)
        self._companions: Companions | None = None
        self.supports_jit = self._engine.supports_jit

    def __repr__(self) -> str:
        features, width = self._selection.features, self._output_width
        return (
            f"<{type(self).__name__} {self.name}: {self.QUBITS} qubits, {features} features to "
            f"{width}, {len(self.WEIGHTS)} angles, engine {self.engine}>"
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for hidden states of the width ``input_shape[-1]``."""
        width = self._selection.check_width(self.name, input_shape)
        self.theta = self._add_angles("theta", self.seed)
        if self._selection.projects:
            down = draw_orthogonal(width, self._selection.features, self.seed + 1)
            self.down = add_weight(self, "down", down, trainable=self.PROJECT == "learned")
        if self.units is not None:
            if self.up_projection == "circuit":
                self.theta_up = self._add_angles("theta_up", self.seed + 3)
            projections.build_up(self, self._selection.features, self.units)

    def align(self, kernel: NDArray[np.floating[Any]]) -> None:
        """Take the fixed matrices from the projection that the layer stands beside.

        ``down`` becomes the leading left singular vectors of its kernel, a fixed ``up`` the right
        ones (as LoRA-XS, Bałazy et al. 2024, arXiv:2405.17604), and behind them whatever completes
        the basis. What is larger than the basis stays as it is.

        Args:
            kernel: (d, units).
        """
        fixed = self.units is not None and self.up_projection != "dense"
        if not (fixed or self._selection.projects):
            return
        bases, used = compute_singular_bases(kernel), 0
        if self._selection.projects and self._selection.features <= len(bases.left):
            self.down.assign(bases.left[:, : self._selection.features])
            used = self._selection.features
        if fixed and self.up.shape[0] <= len(bases.right):
            self.up.assign(bases.right[: self.up.shape[0]])
            used = max(used, self.up.shape[0])
        self.determined = used <= bases.determined

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Compute the expectations of each token, or their linear map."""
        if training and not self._engine.differentiable:
            able = " or ".join(map(repr, engines.list_engines(differentiable=True)))
            hint = self._engine.gradient_hint
            raise ValueError(
                f"the engine {self.engine!r} has no gradient; train with {able}"
                + (f", or {hint}" if hint else "")
            )
        if not self._engine.exportable and is_exporting():
            raise ValueError(
                f"{type(self).__name__} runs on engine {self.engine!r}, which no exported file can "
                'hold; export the model with engine="native", which takes the same weights'
            )
        self._selection.check_width(self.name, inputs.shape)
        leading = ops.shape(inputs)[:-1]
        tokens = ops.reshape(inputs, (-1, inputs.shape[-1]))
        if self._companions is not None:
            self._companions.measure(tokens)
        features = self._selection.pick(tokens, getattr(self, "down", None))
        if not self._engine.adds_reference:
            features = self._selection.add_reference(features)
        theta = ops.convert_to_tensor(self.theta)
        outputs = self._compute_outputs(features, theta)
        return ops.reshape(outputs, (*leading, self._output_width))

    def list_measurements(self, tokens: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the features and angles that a call evaluates for hidden states (tokens, d)."""
        asked = [(self._selection.select(tokens, getattr(self, "down", None)), self.theta)]
        if self.units is not None and self.up_projection == "circuit":
            rows = ops.eye(self._selection.features, dtype="float32")
            asked.append((self._selection.add_reference(rows), self.theta_up))
        return [(ops.cast(x, "float32"), ops.convert_to_tensor(angles)) for x, angles in asked]

    def _compute_outputs(self, features: Tensor, theta: Tensor) -> Tensor:
        """Return (tokens, units), or (tokens, M), of (tokens, FEATURES) and (P,)."""
        up, offset = self.linear_map(), self.offset()
        if self._engine.exact and offset is None:
            return self._engine.outputs(features, theta, up, self.compute_dtype)
        if self._engine.exact:
            return ops.cast(
                self._engine.outputs(features, theta, up, "float32") + offset, self.compute_dtype
            )
        features = ops.cast(features, "float32")
        values = self._correction.apply(self._engine.expectations(features, theta), features)
        outputs = values if up is None else ops.matmul(values, up)
        return ops.cast(outputs if offset is None else outputs + offset, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (..., M) or (..., units)."""
        return (*input_shape[:-1], self._output_width)

    def compute_output_spec(self, inputs: Any, training: bool | None = None) -> keras.KerasTensor:
        """Return the symbolic output: no engine runs while a functional model is put together."""
        del training
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as plain JSON values, and which class it is (``share_name``)."""
        return {
            **super().get_config(),
            **({"generated": name} if (name := get_generated_name(type(self))) else {}),
            **read_arguments(self, QuantumSublayer),
            "engine_options": self._engine.make_config(self.engine_options),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> QuantumSublayer:
        """Make a layer of the class that the configuration names, or else of this one.

        Raises:
            ValueError: The class has not been loaded in this process.
        """
        rest = {key: value for key, value in config.items() if key != "generated"}
        layer = find_class(config["generated"]) if "generated" in config else cls
        made: QuantumSublayer = super(QuantumSublayer, layer).from_config(rest)
        return made

    def fold(self) -> FoldedSublayer:
        """Fold the trained layer into its exact classical form: a dense map, squares, their sums.

        A layer of its own, which trains nothing, is saved and loaded without the generated class,
        and agrees with this one to 1e-6. Later changes of this layer's weights do not reach it.

        Raises:
            ValueError: The layer has no weights yet; its engine is "qsim", which may have noise
                and shots; its features are multiplied or used more than once (IQP encoding); or
                its matrix, 2**qubits times the encoded numbers (the features of an amplitude
                encoder, 2**features of an angle encoder), has more than 2**24 numbers.
        """
        return fold(self)

    @property
    def encodes_amplitudes(self) -> bool:
        """Tell whether the features are amplitudes of the circuit's start state."""
        return self.ENCODER == "amplitude"

    @property
    def readout_scale(self) -> float:
        """Factors of the expectations before the linear map."""
        if self.scale is not None:
            return self.scale
        return 2.0 ** (self.QUBITS / 2) if self.encodes_amplitudes else 1.0

    @property
    def resolved_options(self) -> dict[str, Any]:
        """Options whose default depends on the circuit."""
        return {"scale": self.readout_scale}

    def linear_map(self) -> Tensor | None:
        """Return what the measured strings are multiplied by, (strings, units) or (strings, M).

        None where they are the outputs.
        """
        return self._sums.join(self._compute_up())

    def offset(self) -> Tensor | None:
        """Return what constants of the observables add to each output; None for nothing."""
        return self._sums.offset(self._compute_up()) if self._sums.constants is not None else None

    def _compute_up(self) -> Tensor | None:
        """Return the map from observables to outputs, (M, units); None without ``units``."""
        if self.units is None:
            return None
        readouts = self._compute_readouts() if self.up_projection == "circuit" else None
        return self.readout_scale * projections.compute_up(self, readouts)

    @property
    def _output_width(self) -> int:
        return len(self.OBSERVABLES) if self.units is None else self.units

    def _add_angles(self, name: str, seed: int) -> Any:
        usual = choose_deviation(len(self.WEIGHTS) / self.QUBITS, reference=self.REFERENCE > 0)
        start = draw_angles(len(self.WEIGHTS), self.angle_deviation or usual, seed)
        return add_weight(self, name, start, trainable=self.trainable_angles)

    @cached_property
    def _classical(self) -> engines.Engine:
        """The engine of what needs no chip: exact wherever the circuit can be simulated."""
        if self._engine.exact or not hasattr(type(self), "simulate"):
            return self._engine
        return make_exact_engine(type(self))

    def _compute_readouts(self) -> Tensor:
        """Compute scaled expectations, with ``theta_up``, of the unit vectors: (M, features)."""
        rows = self._selection.add_reference(ops.eye(self._selection.features, dtype="float32"))
        theta = ops.convert_to_tensor(self.theta_up)
        values = self._sums.add_up(self._classical.expectations(rows, theta))
        return self.readout_scale * ops.transpose(values)
