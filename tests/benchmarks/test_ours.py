from __future__ import annotations

import pytest

from benchmarks.depth.ours import compile_case, index_hardware, read_observables
from benchmarks.depth.suite import Case
from benchmarks.depth.tasks import make_task


@pytest.mark.parametrize(("encoder", "measure"), [("angle", "zz"), ("amplitude", "Z2")])
def test_our_result_holds(encoder, measure):
    case = Case("star", "grid", 6, 2, encoder, measure)
    found = compile_case(case, make_task(case), "gates")
    assert found.fault is None
    assert found.cost.gates >= found.cost.depth > 0


def test_the_document_is_read_in_the_numbers_of_the_device():
    assert "cz q[1], q[3];" in index_hardware("// $1: q(0, 1)\ncz $1, $3;\n")


def test_observables_are_read_from_the_comments():
    text = "// expectation 0: -Z($3) X($5)\n// expectation 1: 1\n"
    assert read_observables(text) == ((-1, ((3, "Z"), (5, "X"))), (1, ()))
