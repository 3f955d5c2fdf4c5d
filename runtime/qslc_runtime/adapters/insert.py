"""One call that puts a generated layer into a transformer."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from qslc_runtime.adapters import adapter_file, transfer
from qslc_runtime.adapters.adapted import find_adapted
from qslc_runtime.adapters.adapter import Adapter
from qslc_runtime.adapters.attach import attach, check_free
from qslc_runtime.adapters.attachments import DEFAULT, find_backbone
from qslc_runtime.adapters.insertion import Insertion, check_options, resolve_layer
from qslc_runtime.adapters.layout import Blocks, Targets, check_blocks, check_targets
from qslc_runtime.modules import find_module_functions

_TARGETS = ("query", "value")


def insert(
    model: keras.Model,
    layer: type[keras.layers.Layer] | str | os.PathLike[str],
    targets: Targets = _TARGETS,
    blocks: Blocks = "all",
    seed: int = 0,
    *,
    target_modules: str | Sequence[str] | None = None,
    name: str = DEFAULT,
    **layer_options: Any,
) -> Adapter:
    """Put a sublayer beside projections of a model, and freeze everything else.

    Each projection becomes ``y = base(x) + reshape(sublayer(x))``; with zero-initialized
    up-projections the model starts as the base model. Compiled functions and built optimizers
    are renewed in every Keras model that holds the backbone, such as its task models; ``compile``
    as usual to change the learning rate. Functions of your own (``tf.function``, ``jax.jit``) that
    were traced before cannot know of the sublayers: trace them anew.

    A model holds any number of adapters of different names. The one that was put in last acts and
    trains, and the others rest; ``set_active`` chooses which do.

    Args:
        model: A KerasHub task model or backbone of a supported family (most decoders; docs/layer.md
            lists them) or of one that ``register_family`` was told, however it was made
            (``from_preset`` or a constructor). On Keras's torch backend also a ``torch.nn.Module``,
            such as a model of ``transformers`` (docs/huggingface.md).
        layer: A class that ``qslc compile`` generated (``qslc_runtime.load``), or its folder.
        targets: Projections among "query", "key", "value" and "output" of the attention and, as the
            family has them, "mlp_up", "mlp_gate" and "mlp_down".
        blocks: Numbers of transformer blocks, from 0.
        seed: Non-negative. Each sublayer's seed follows from it, the block and the target.
        target_modules: Of a PyTorch model, in place of targets: the last parts of the names of its
            linear modules, or a regular expression for whole names, as in PEFT.
        name: Name of the adapter in this model: letters, digits, "_", "-" and, but for PyTorch
            models, ".".
        layer_options: Arguments of ``layer``: ``engine``, ``up_projection``, ...; plain JSON.

    Example:
        >>> adapter = qslc_runtime.insert(model, "build/my_layer", targets=("query", "value"))
        >>> model.compile(optimizer="adam", loss="mse", jit_compile=False)
        >>> history = model.fit(inputs, targets, verbose=0)
        >>> adapter.save("adapter.safetensors")

    Raises:
        ValueError: The model is of no supported family, or holds an adapter of this name; a target
            or block does not exist; the layer does not fit the model's width; the model was made in
            the scope of another TensorFlow strategy.
        TypeError: ``layer`` is not a layer class, or does not take an option.
        FileNotFoundError, ImportError: ``layer`` is a folder without a generated layer.
    """
    functions = find_module_functions(model)
    if target_modules is not None:
        _check_target_modules(model, functions, targets)
    if functions:
        names = targets if target_modules is None else target_modules
        return functions.insert(model, layer, names, blocks, seed, name=name, **layer_options)
    family = find_adapted(model).family
    check_free(model, name)
    kind = resolve_layer(layer)
    names = check_targets(family, targets)
    check_options(kind, layer_options, others=("targets", "blocks", "name"))
    return put_beside(model, kind, names, blocks, seed, layer_options, name)


def _check_target_modules(model: object, functions: object, targets: object) -> None:
    """Raise a TypeError unless ``target_modules`` is for this model, and stands alone."""
    if not functions:
        raise TypeError(
            f"target_modules are names in PyTorch models, and {type(model).__name__} is none: "
            'write targets=("query", "value")'
        )
    if targets is not _TARGETS:
        raise TypeError("targets and target_modules say the same: give one of them")


def put_beside(
    model: keras.Model,
    layer: type[keras.layers.Layer],
    targets: tuple[str, ...],
    blocks: Blocks,
    seed: int,
    options: Mapping[str, Any],
    name: str = DEFAULT,
) -> Adapter:
    """Put layers into a model as ``insert`` does; "attention" is a target as well."""
    adapted = find_adapted(model)
    check_free(model, name)
    numbers = check_blocks(adapted.family, find_backbone(model), blocks, targets)
    attach(model, adapted, Insertion(layer, targets, numbers, seed, options), name)
    return Adapter(model, name)


def load_adapter(
    model: keras.Model,
    path: str | os.PathLike[str],
    layer: type[keras.layers.Layer] | str | os.PathLike[str],
    *,
    name: str = DEFAULT,
    **layer_options: Any,
) -> Adapter:
    """Insert ``layer`` as an adapter file says, and load the file's weights.

    The model is left as it was if the file does not fit.

    Args:
        layer: The class the adapter was trained with, or its folder; the file holds the name and
            digest.
        name: Name of the adapter in this model; files hold none.
        layer_options: Options in place of those of the file, such as ``engine="qsim"``.

    Raises:
        FileNotFoundError, ValueError, TypeError: As ``Adapter.load`` and ``insert``.
    """
    find_module_functions(model)  # a clear error where Keras has another backend
    kind = resolve_layer(layer)
    header = adapter_file.read_header(path)
    transfer.check_insertable(path, header, kind)
    saved = header.record
    options = {**saved.options, **layer_options}
    try:
        adapter = insert(model, kind, saved.targets, saved.blocks, saved.seed, name=name, **options)
    except (TypeError, KeyError, AttributeError, OverflowError, MemoryError) as error:
        if layer_options:
            raise
        raise ValueError(
            f"the adapter {os.fspath(path)!r} does not fit: {kind.__name__} cannot have its "
            f"options: {error}"
        ) from error
    try:
        adapter.load(path)
    except BaseException:
        adapter.remove()
        raise
    return adapter
