from __future__ import annotations

import pytest

from benchmarks.depth.ours import compile_case, index_by_device, read_observables
from benchmarks.depth.suite import Case
from benchmarks.depth.tasks import make_task
from qslc.spec.devices import GridDevice, build_device


@pytest.mark.parametrize(("encoder", "measure"), [("angle", "zz"), ("amplitude", "Z2")])
def test_our_result_holds(encoder, measure):
    case = Case("star", "grid", 6, 2, encoder, measure)
    found = compile_case(case, make_task(case), "gates")
    assert found.fault is None
    assert found.cost.gates >= found.cost.depth > 0


def test_the_document_is_read_in_the_numbers_of_the_device():
    text = "qubit[2] q;\n// q[0]: q(0, 1)\n// q[1]: q(1, 1)\ncz q[0], q[1];\n"
    assert "cz q[1], q[3];" in index_by_device(text, build_device(GridDevice(grid=(2, 2)), 0))


def test_observables_are_read_from_the_comments():
    text = "// expectation 0: -Z(q[3]) X(q[5])\n// expectation 1: 1\n"
    assert read_observables(text) == ((-1, ((3, "Z"), (5, "X"))), (1, ()))
