"Activations against PyTorch and fastai, at the edges of every dtype, and on wrong inputs."
import math
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings, strategies as st

from multilabel.activations import (check_floats, check_unit, logit, sigmoid, sigmoid_range, sigmoid_slope,
    softmax)

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
EDGES = [-math.inf, -200., -104., -88., -17., -1., -1e-45, -0., 0., 1e-45, 1., 17., 88., 104., 200., math.inf]


def numbers(low, high):
    return st.lists(st.floats(low, high, width=32), min_size=1, max_size=20).map(torch.tensor)


def random_logits(dtype, scale=5.):
    return (torch.randn(7, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * scale).to(dtype)


@settings(deadline=None)
@given(numbers(-2.0**100, 2.0**100))
def test_sigmoid_is_torch_sigmoid(x):
    torch.testing.assert_close(sigmoid(x), torch.sigmoid(x))


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_at_the_edges_of_each_dtype(dtype):
    x = torch.tensor(EDGES, dtype=dtype, requires_grad=True)
    probs = sigmoid(x)
    torch.testing.assert_close(probs, torch.sigmoid(x))
    assert probs.dtype == dtype and ((probs >= 0) & (probs <= 1)).all()
    slope, = torch.autograd.grad(probs.sum(), x)
    assert slope.isfinite().all() and (slope[7:9] == 0.25).all()
    torch.testing.assert_close(slope, sigmoid_slope(x.detach()))


@pytest.mark.parametrize("function", [sigmoid, sigmoid_slope, softmax, lambda x: sigmoid_range(x, -1.1, 1.1)])
def test_gradients_and_second_gradients(function):
    x = torch.tensor([[-30., -2., 0., 0.], [0., 1e-3, 3., 30.]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, x) and torch.autograd.gradgradcheck(function, x)


def test_gradient_of_logit():
    probs = torch.tensor([0.01, 0.3, 0.5, 0.99], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(logit, probs)


@settings(deadline=None)
@given(numbers(-30, 30))
def test_sigmoid_of_minus_x_is_the_rest(x):
    torch.testing.assert_close(sigmoid(x) + sigmoid(-x), torch.ones_like(x))
    assert ((sigmoid_slope(x) >= 0) & (sigmoid_slope(x) <= 0.25)).all()


@settings(deadline=None)
@given(numbers(-15, 15))
def test_logit_undoes_sigmoid(x):
    x = x.double()
    torch.testing.assert_close(logit(sigmoid(x)), x, atol=1e-8, rtol=1e-8)


@settings(deadline=None)
@given(numbers(0, 1))
def test_logit_is_torch_logit(probs):
    torch.testing.assert_close(logit(probs.double()), torch.logit(probs.double()))


def test_logit_of_subnormal_and_sure_probabilities():
    tiny = torch.tensor([0., 1e-45, 1e-30, 1.])
    torch.testing.assert_close(logit(tiny), torch.tensor([-math.inf, -103.2789, -69.0776, math.inf]))


@settings(deadline=None)
@given(numbers(-1e6, 1e6))
def test_softmax_is_torch_softmax(x):
    torch.testing.assert_close(softmax(x), torch.softmax(x, -1))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("dim", [0, 1, -1, -2])
def test_softmax_in_each_dtype_and_dimension(dtype, dim):
    x = random_logits(dtype)
    torch.testing.assert_close(softmax(x, dim), torch.softmax(x, dim), atol=2e-2 if x.element_size() == 2 else 1e-6,
        rtol=1e-2)
    assert softmax(x, dim).dtype == dtype
    assert softmax(x.sign() * 200, dim).isfinite().all()


def test_softmax_ignores_a_shift_and_sigmoid_does_not():
    x = random_logits(torch.float64)
    torch.testing.assert_close(softmax(x + 100), softmax(x))
    assert (sigmoid(x + 100) > sigmoid(x)).all()


def test_a_sigmoid_of_a_sigmoid_stays_in_the_middle():
    twice = sigmoid(sigmoid(torch.tensor(EDGES)))
    assert twice.min() == 0.5 and twice.max() < 0.7311


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("low, high", [(0, 1), (-1, 1), (-1.1, 1.1), (5, 500)])
def test_sigmoid_range_is_fastais(low, high):
    from fastai.layers import sigmoid_range as fastai_sigmoid_range
    for dtype in (torch.float32, torch.float64):
        x = random_logits(dtype)
        torch.testing.assert_close(sigmoid_range(x, low, high), fastai_sigmoid_range(x, low, high))
    ends = sigmoid_range(torch.tensor([-200., 200.]), low, high)
    torch.testing.assert_close(ends, torch.tensor([low, high]).float())


@pytest.mark.parametrize("function", [lambda x: sigmoid(x), lambda x: sigmoid_slope(x), lambda x: softmax(x),
    lambda x: sigmoid_range(x, 0, 1), lambda x: logit(x), lambda x: check_unit(x, "x"), lambda x: check_floats(x, "x")])
@pytest.mark.parametrize("bad, error, words", [
    ([0.5], TypeError, "got list"),
    (0.5, TypeError, "got float"),
    (None, TypeError, "got NoneType"),
    (torch.tensor([1]), TypeError, "got torch.int64"),
    (torch.tensor([True]), TypeError, "got torch.bool"),
    (torch.tensor([1j]), TypeError, "got torch.complex64"),
    (torch.zeros(0, 4), ValueError, r"got shape \(0, 4\)"),
    (torch.tensor([[0.5, 0.5], [0.5, math.nan]]), ValueError, r"got nan at \[1, 1\]"),
    (torch.tensor(math.nan), ValueError, r"got nan at \[\]")])
def test_wrong_inputs_are_named(function, bad, error, words):
    with pytest.raises(error, match=rf"^(x|logits|probs): want .*{words}"): function(bad)


@pytest.mark.parametrize("call, error, words", [
    (lambda: softmax(torch.zeros(2, 3), 2), ValueError, r"dim: want a dimension of logits, shape \(2, 3\), got 2"),
    (lambda: softmax(torch.zeros(2, 3), -3), ValueError, "dim: want"),
    (lambda: softmax(torch.zeros(2, 3), 0.), TypeError, "dim: want"),
    (lambda: softmax(torch.tensor(1.)), ValueError, "dim: want"),
    (lambda: softmax(torch.tensor([1., math.inf])), ValueError, r"logits: want finite numbers, got inf at \[1\]"),
    (lambda: logit(torch.tensor([0.5, 1.2])), ValueError, r"probs: want values in \[0, 1\], got 1.2 at \[1\]; if these"),
    (lambda: logit(torch.tensor([-1e-6])), ValueError, "probs: want values"),
    (lambda: sigmoid_range(torch.zeros(1), 1, 1), ValueError, "low below high, got 1 and 1"),
    (lambda: sigmoid_range(torch.zeros(1), 0, math.inf), ValueError, "low, high: want finite numbers"),
    (lambda: sigmoid_range(torch.zeros(1), math.nan, 1), ValueError, "low, high: want finite numbers"),
    (lambda: sigmoid_range(torch.zeros(1), "0", 1), TypeError, "low: want a number, got str"),
    (lambda: sigmoid_range(torch.zeros(1), 0, None), TypeError, "high: want a number, got NoneType")])
def test_wrong_settings_are_named(call, error, words):
    with pytest.raises(error, match=words): call()


def test_tensors_of_fastai_are_taken():
    from fastai.torch_core import TensorBase
    x = random_logits(torch.float32)
    torch.testing.assert_close(sigmoid(TensorBase(x)).as_subclass(torch.Tensor), torch.sigmoid(x))


def test_import_brings_torch_and_nothing_heavier():
    code = ("import multilabel.activations, multilabel.losses, sys; "
        "print([m for m in ('fastai', 'pandas', 'matplotlib', 'sklearn', 'PIL') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
