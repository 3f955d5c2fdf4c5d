"""Check an installed wheel: its kernels run, where nothing can be built.

python runtime/kernel/check.py
"""

import os

os.environ["CC"] = "no-such-compiler"

from importlib.util import find_spec

import numpy as np
import qslc_runtime.preparation.compiled as preparation
from qslc_runtime.compiled.build import PREBUILT

import qslc


def main() -> None:
    """Run the search for angles and, where there is TensorFlow, a layer."""
    names = sorted(path.name.partition("-")[0] for path in PREBUILT.glob("*.so"))
    assert names == ["preparation", "tensorflow", "torch"], names
    assert preparation.is_available()
    if find_spec("tensorflow"):
        check_layer()
    print("the kernels of", PREBUILT, "run")


def check_layer() -> None:
    """Compare the kernel with the code in keras.ops."""
    import keras

    spec = qslc.sublayer("wheel", 5).amplitude(20).layers(2).spec()
    layer_class = qslc.compile(spec).layer_class
    draws = np.random.default_rng(0)
    inputs = draws.normal(size=(37, 20)).astype("float32")
    results = []
    for kernel in ("compiled", "keras"):
        layer = layer_class(8, engine_options={"kernel": kernel})
        layer.build((None, 20))
        draws = np.random.default_rng(1)
        layer.set_weights([draws.normal(size=w.shape) for w in layer.get_weights()])
        results.append(keras.ops.convert_to_numpy(layer(inputs)))
    np.testing.assert_allclose(*results, atol=2e-5)
    assert np.abs(results[0]).max() > 0.1


if __name__ == "__main__":
    main()
