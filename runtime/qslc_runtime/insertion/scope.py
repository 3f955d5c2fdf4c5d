"""Distribution strategies of TensorFlow: variables of one model belong to one of them."""

from __future__ import annotations

import keras


def check_scope(model: keras.Model) -> None:
    """Check that weights made here and now can train with those of the model.

    Raises:
        ValueError: the model was made in the scope of another strategy.
    """
    if keras.backend.backend() != "tensorflow" or not model.weights:
        return
    import tensorflow as tf

    here = tf.distribute.get_strategy()
    value = model.weights[0].value
    made = getattr(value, "distribute_strategy", getattr(value, "_distribute_strategy", None))
    if made is here or (made is None and not tf.distribute.has_strategy()):
        return
    if made is None:
        raise ValueError(
            f"the model was made outside of the {type(here).__name__} whose scope this is; make "
            "it and its adapter in the same scope"
        )
    raise ValueError(
        f"the model was made in the scope of a {type(made).__name__}, and its adapter must be "
        "made there too: call this inside `with strategy.scope():`"
    )
