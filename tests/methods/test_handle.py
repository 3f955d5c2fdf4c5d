"""One handle, whatever put it there and through whichever call."""

from __future__ import annotations

import numpy as np
import pytest
import qslc_runtime
from qslc_runtime import Adapter, methods
from qslc_runtime.methods import Full, KerasLora, Lora, Prefix, Sublayer, attach

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens

pytestmark = pytest.mark.slow

EVERY = [Full(), Lora(2), KerasLora(2), Prefix(2), Sublayer(StandIn)]


@pytest.mark.parametrize("method", EVERY, ids=lambda method: type(method).__name__)
def test_every_method_returns_an_adapter_that_counts_and_prints(model, method, capsys):
    adapter = attach(model, method)
    assert isinstance(adapter, Adapter)
    assert set(adapter.record) == {"layer", "digest", "targets", "blocks", "seed", "options"}
    adapter.print_trainable_parameters()
    printed = capsys.readouterr().out
    assert f"{adapter.trainable_parameters:,d} || all params: " in printed
    assert f"{adapter.total_parameters:,d} " in printed


def test_both_calls_return_the_same_handle():
    inserted = qslc_runtime.insert(make_model(), StandIn, "key", [1], 3)
    attached = attach(make_model(), Sublayer(StandIn), targets="key", blocks=[1], seed=3)
    assert type(inserted) is type(attached) is Adapter
    assert inserted.record == attached.record
    assert inserted.insertion == attached.insertion
    assert inserted.weights.keys() == attached.weights.keys()
    assert {group: len(weights) for group, weights in inserted.groups.items()} == {
        group: len(weights) for group, weights in attached.groups.items()
    }
    assert set(attached.sublayers) == {"transformer_layer_1/key"}


@pytest.mark.parametrize("method", [Lora(2), Prefix(2), Sublayer(StandIn)], ids=str)
def test_an_attached_method_can_be_disabled(model, method):
    before = logits(model, tokens())
    adapter = attach(model, method)
    excite(adapter)
    with adapter.disabled():
        assert np.array_equal(logits(model, tokens()), before)
    assert not np.array_equal(logits(model, tokens()), before)


def test_what_a_method_cannot_do_says_so(model):
    adapter = attach(model, Full())
    for act in (adapter.disabled, adapter.remove):
        with pytest.raises(ValueError, match="changes the base model itself"):
            act()
    with pytest.raises(ValueError, match="nothing to fold"):
        adapter.fold()
    with pytest.raises(ValueError, match="no sublayers"):
        adapter.insertion  # noqa: B018
    lora = attach(make_model(), KerasLora(2))
    with pytest.raises(ValueError, match="attach Lora of this package instead"):
        lora.disabled()
    with pytest.raises(ValueError, match="no circuit to fold"):
        lora.fold()
    with pytest.raises(ValueError, match="LoraUpdate has no circuit to fold"):
        attach(make_model(), Lora(2)).fold()


def test_the_old_name_of_the_handle_still_works():
    with pytest.warns(DeprecationWarning, match="is now qslc_runtime.Adapter"):
        assert methods.Attached is Adapter
