"Losses against PyTorch and torchvision, at the edges, in fastai learners, and on wrong inputs."
import copy
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies as st
from torch import nn

from multilabel.losses import (AsymmetricLoss, BinaryCrossEntropyLoss, FocalLoss, asymmetric_loss, binary_cross_entropy,
    binary_cross_entropy_with_logits, check_targets, focal_loss, mean_squared_error, pos_weights, softplus)

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
EDGES = torch.tensor([-200., -104., -88., -17., -1., -1e-45, 0., 1e-45, 1., 17., 88., 104., 200.])
SETTINGS = [(0., 0., 0.), (0., 4., 0.05), (1., 4., 0.05), (0.3, 0.5, 0.2), (0., 50., 0.), (2., 0.01, 1e-40), (0., 1., 0.99)]


def lopsided(seed=0, dtype=torch.float64, shape=(40, 4)):
    "Logits that are rather high and targets that are mostly 0, so that no two sides can be mistaken."
    g = torch.Generator().manual_seed(seed)
    logits = (torch.randn(shape, generator=g, dtype=torch.float64) * 4 + 1).to(dtype).requires_grad_()
    return logits, (torch.rand(shape, generator=g) < 0.2).to(dtype)


def agree(ours, theirs, inputs, **close):
    torch.testing.assert_close(ours, theirs, **close)
    slopes = [torch.autograd.grad(loss.sum(), inputs, retain_graph=True)[0] for loss in (ours, theirs)]
    torch.testing.assert_close(*slopes, **close)


# Binary cross-entropy

@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("seed", range(5))
def test_binary_cross_entropy_is_torchs(seed, reduction):
    x, y = lopsided(seed)
    probs = torch.sigmoid(x)
    agree(binary_cross_entropy(probs, y, reduction), F.binary_cross_entropy(probs, y, reduction=reduction), x)
    agree(binary_cross_entropy(probs, y, reduction), nn.BCELoss(reduction=reduction)(probs, y), x)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("seed", range(5))
def test_with_logits_is_torchs(seed, reduction):
    x, y = lopsided(seed)
    weight = torch.tensor([0., 0.5, 3., 40.], dtype=x.dtype)
    for w in (None, weight):
        ours = binary_cross_entropy_with_logits(x, y, w, reduction=reduction)
        agree(ours, F.binary_cross_entropy_with_logits(x, y, pos_weight=w, reduction=reduction), x)
        agree(ours, nn.BCEWithLogitsLoss(pos_weight=w, reduction=reduction)(x, y), x)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1e4, 1e4, width=32), st.booleans()), min_size=1, max_size=20))
def test_with_logits_on_any_numbers(pairs):
    x, y = torch.tensor([p[0] for p in pairs]), torch.tensor([p[1] for p in pairs])
    x.requires_grad_()
    agree(binary_cross_entropy_with_logits(x, y), F.binary_cross_entropy_with_logits(x, y.float()), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", [0, 1])
def test_each_dtype_at_its_edges(dtype, target):
    x = EDGES.to(dtype).requires_grad_()
    y = torch.full_like(x, target).detach()
    close = {} if x.element_size() > 2 else dict(atol=2e-3, rtol=2e-2)
    ours = binary_cross_entropy_with_logits(x, y, reduction="none")
    assert ours.dtype == dtype
    agree(ours, F.binary_cross_entropy_with_logits(x, y, reduction="none"), x, **close)
    for losses in [focal_loss(x, y, 2., "none"), asymmetric_loss(x, y, 1., 4., 0.05, "none")]:
        slope, = torch.autograd.grad(losses.sum(), x)
        assert losses.dtype == dtype and losses.isfinite().all() and slope.isfinite().all() and (losses >= 0).all()


def test_where_the_naive_form_breaks():
    x, y = torch.tensor([15., 17., 200.]), torch.zeros(3)
    by_hand = binary_cross_entropy(torch.sigmoid(x), y, "none")
    assert round(by_hand[0].item(), 2) == 14.84 and by_hand[1:].isinf().all()
    assert F.binary_cross_entropy(torch.sigmoid(x), y, reduction="none")[1:].tolist() == [100., 100.]
    assert binary_cross_entropy_with_logits(x, y, reduction="none").tolist() == [15., 17., 200.]


def test_swapped_branches_would_be_noticed():
    zero, desk, y = torch.zeros(4), torch.tensor([2., -1., -3., 1.]), torch.tensor([1, 0, 0, 1])
    for x, ours, theirs in [(zero, 0.6931, 0.6931), (desk, 0.2005, 1.9505)]:
        probs = torch.sigmoid(x)
        swapped = -torch.where(y == 1, 1 - probs, probs).log().mean()
        assert round(binary_cross_entropy(probs, y).item(), 4) == ours and round(swapped.item(), 4) == theirs


def test_gradient_is_probability_minus_target():
    x, y = lopsided()
    slope, = torch.autograd.grad(binary_cross_entropy_with_logits(x, y, reduction="sum"), x)
    torch.testing.assert_close(slope, torch.sigmoid(x) - y)


@pytest.mark.parametrize("loss", [
    lambda x, y: binary_cross_entropy_with_logits(x, y, torch.tensor([2., 0.5, 1., 9.]).double(), 0.1),
    lambda x, y: focal_loss(x, y, 0.5), lambda x, y: focal_loss(x, y, 2.),
    lambda x, y: asymmetric_loss(x, y, 1., 4., 0.05), lambda x, y: asymmetric_loss(x, y, 0.3, 0.7, 0.3),
    lambda x, y: softplus(x)])
def test_gradients_also_at_zero(loss):
    x = torch.tensor([[0., 0., -0.5, 0.5], [2., -2., 0., 0.], [-20., 20., 1., 30.]], dtype=torch.float64)
    y = torch.tensor([[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0]])
    assert torch.autograd.gradcheck(lambda x: loss(x, y), x.requires_grad_())


@pytest.mark.parametrize("dtype", DTYPES)
def test_softplus_is_torchs(dtype):
    x = EDGES.to(dtype).requires_grad_()
    close = {} if x.element_size() > 2 else dict(atol=2e-3, rtol=2e-2)
    # F.softplus turns into a straight line at its threshold: push that beyond what rounding can see.
    agree(softplus(x), F.softplus(x.double(), threshold=40).to(dtype), x, **close)


@pytest.mark.parametrize("smooth", [0.1, 0.5])
def test_label_smoothing_moves_the_targets(smooth):
    x, y = lopsided()
    theirs = F.binary_cross_entropy_with_logits(x, y * (1 - smooth) + smooth / 2)
    agree(binary_cross_entropy_with_logits(x, y, label_smoothing=smooth), theirs, x)


def test_soft_targets_only_when_asked_for():
    x, y = lopsided()
    y = (y * 0.7 + 0.1).detach()
    with pytest.raises(ValueError, match="soft_targets=True"): binary_cross_entropy_with_logits(x, y)
    theirs = F.binary_cross_entropy_with_logits(x, y)
    agree(binary_cross_entropy_with_logits(x, y, soft_targets=True), theirs, x)
    with pytest.raises(ValueError, match=r"values in \[0, 1\], got 1.5"):
        binary_cross_entropy_with_logits(torch.zeros(1), torch.tensor([1.5]), soft_targets=True)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int32, torch.int64, torch.float16, torch.float64])
@pytest.mark.parametrize("logits_dtype", DTYPES)
def test_targets_of_any_dtype_become_that_of_the_logits(dtype, logits_dtype):
    x, y = lopsided(dtype=logits_dtype)
    assert torch.equal(check_targets(y.to(dtype), x), y)
    wanted = binary_cross_entropy_with_logits(x, y)
    assert wanted.dtype == logits_dtype and torch.equal(binary_cross_entropy_with_logits(x, y.to(dtype)), wanted)


# Weights

def test_pos_weights_are_negatives_by_positives():
    y = torch.tensor([[1, 1, 0], [0, 1, 1], [0, 1, 0], [0, 1, 0]])
    assert pos_weights(y).tolist() == [3., 0., 3.] and pos_weights(y.bool()).dtype == torch.float32
    torch.manual_seed(0)
    y = (torch.rand(300, 5) < 0.2).half()
    torch.testing.assert_close(pos_weights(y), ((1 - y.float()).sum(0) / y.float().sum(0)))
    assert pos_weights(torch.cat([torch.ones(1, 1), torch.zeros(99_999, 1)]).half()).item() == 99_999


def test_pos_weight_makes_the_present_heavier_and_only_them():
    zero, w = torch.zeros(1, 2), torch.tensor([9., 1.])
    present = binary_cross_entropy_with_logits(zero, torch.ones(1, 2), w, reduction="none")
    absent = binary_cross_entropy_with_logits(zero, torch.zeros(1, 2), w, reduction="none")
    torch.testing.assert_close(present / math.log(2), torch.tensor([[9., 1.]]))
    torch.testing.assert_close(absent / math.log(2), torch.tensor([[1., 1.]]))
    both = binary_cross_entropy_with_logits(zero, torch.ones(1, 2), 3, reduction="none")
    torch.testing.assert_close(both / math.log(2), torch.full((1, 2), 3.))


# Focal and asymmetric

@pytest.mark.parametrize("gamma", [0., 0.5, 1., 2., 5.])
def test_focal_is_torchvisions(gamma):
    from torchvision.ops import sigmoid_focal_loss
    for seed in range(3):
        x, y = lopsided(seed)
        for reduction in ("mean", "sum", "none"):
            theirs = sigmoid_focal_loss(x, y, alpha=-1, gamma=gamma, reduction=reduction)
            agree(focal_loss(x, y, gamma, reduction), theirs, x)


def naive_asymmetric(x, y, gamma_pos, gamma_neg, margin):
    "As printed in the paper (equations 7 and 9), with powers."
    probs = torch.sigmoid(x)
    shifted = (probs - margin).clamp(min=0)
    present = (1 - probs) ** gamma_pos * -probs.log()
    return torch.where(y == 1, present, shifted ** gamma_neg * -(1 - shifted).log())


@pytest.mark.parametrize("settings", [(0., 0., 0.), (1., 4., 0.05), (0., 2., 0.), (2., 1., 0.3), (0.5, 3., 0.9)])
def test_asymmetric_is_the_papers(settings):
    for seed in range(3):
        x, y = lopsided(seed)
        agree(asymmetric_loss(x, y, *settings, reduction="none"), naive_asymmetric(x, y, *settings), x)


def test_zero_settings_are_binary_cross_entropy():
    for seed in range(3):
        x, y = lopsided(seed, torch.float32)
        wanted = F.binary_cross_entropy_with_logits(x, y, reduction="none")
        agree(focal_loss(x, y, reduction="none"), wanted, x)
        agree(asymmetric_loss(x, y, reduction="none"), wanted, x)
        agree(asymmetric_loss(x, y, 2., 2., reduction="none"), focal_loss(x, y, 2., "none"), x)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("target", [0, 1])
def test_asymmetric_is_finite_everywhere(settings, target):
    near = math.log(0.05 / 0.95) # where a margin of 0.05 begins
    x = torch.cat([EDGES, near + torch.linspace(-1e-5, 1e-5, 101)]).requires_grad_()
    losses = asymmetric_loss(x, torch.full_like(x, target).detach(), *settings, reduction="none")
    slope, = torch.autograd.grad(losses.sum(), x)
    assert losses.isfinite().all() and slope.isfinite().all() and (losses >= 0).all()


@pytest.mark.parametrize("gamma", [0., 1e-3, 0.5, 1., 2., 50., 1e4, 1e30])
@pytest.mark.parametrize("target", [0, 1])
def test_focal_is_finite_everywhere(gamma, target):
    x = EDGES.clone().requires_grad_()
    losses = focal_loss(x, torch.full_like(x, target).detach(), gamma, "none")
    slope, = torch.autograd.grad(losses.sum(), x)
    assert losses.isfinite().all() and slope.isfinite().all()


def test_an_absent_class_below_the_margin_costs_nothing():
    x = torch.logit(torch.tensor([0.01, 0.19, 0.21])).requires_grad_()
    losses = asymmetric_loss(x, torch.zeros(3), 0., 0., 0.2, "none")
    losses.sum().backward()
    assert losses[:2].tolist() == [0., 0.] and x.grad[:2].tolist() == [0., 0.]
    assert losses[2] > 0 and x.grad[2] > 0


# Mean squared error

@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_mean_squared_error_is_torchs(reduction):
    x, _ = lopsided()
    y = torch.randn(x.shape, dtype=x.dtype)
    agree(mean_squared_error(x, y, reduction), F.mse_loss(x, y, reduction=reduction), x)
    assert mean_squared_error(torch.zeros(2), torch.zeros(2).double()).dtype == torch.float32


# Wrong inputs

LOGIT_LOSSES = [binary_cross_entropy_with_logits, focal_loss, asymmetric_loss, BinaryCrossEntropyLoss(), FocalLoss(2.),
    AsymmetricLoss(1., 4., 0.05)]


@pytest.mark.parametrize("loss", LOGIT_LOSSES)
@pytest.mark.parametrize("logits, targets, error, words", [
    ([[1.]], torch.ones(1, 1), TypeError, "logits: want a floating-point tensor, got list"),
    (torch.ones(1, 2).long(), torch.ones(1, 2), TypeError, "logits: want floating-point numbers, got torch.int64"),
    (torch.ones(0, 2), torch.ones(0, 2), ValueError, r"logits: want at least one number, got shape \(0, 2\)"),
    (torch.tensor([[0., math.nan]]), torch.ones(1, 2), ValueError, r"logits: want finite numbers, got nan at \[0, 1\]"),
    (torch.tensor([[0., math.inf]]), torch.ones(1, 2), ValueError, r"logits: want finite numbers, got inf at \[0, 1\]"),
    (torch.zeros(1, 2), [[0, 1]], TypeError, "targets: want a tensor of bool, int or float, got list"),
    (torch.zeros(1, 2), torch.zeros(1, 2) * 1j, TypeError, "targets: want .*got torch.complex64"),
    (torch.zeros(3, 2), torch.zeros(3), ValueError, r"targets: want the shape of logits, .*\[3, 2\].*, got .*\[3\]"),
    (torch.zeros(3), torch.zeros(3, 1), ValueError, "targets: want the shape of logits"),
    (torch.zeros(1, 2), torch.zeros(1, 2, device="meta"), ValueError, "targets: want the device of logits, cpu, got meta"),
    (torch.zeros(1, 2), torch.tensor([[0., 0.5]]), ValueError, r"targets: want only 0 and 1.*got 0.5 at \[0, 1\]"),
    (torch.zeros(1, 2), torch.tensor([[0., math.nan]]), ValueError, r"got nan at \[0, 1\]"),
    (torch.zeros(1, 2), torch.tensor([[2, 0]]), ValueError, r"got 2 at \[0, 0\]")])
def test_wrong_inputs_are_named(loss, logits, targets, error, words):
    with pytest.raises(error, match=words): loss(logits, targets)


X, Y = torch.zeros(2, 3), torch.ones(2, 3)


@pytest.mark.parametrize("call, error, words", [
    (lambda: binary_cross_entropy(X + 1.5, Y), ValueError, r"probs: want values in \[0, 1\], got 1.5 at \[0, 0\]"),
    (lambda: binary_cross_entropy(X, Y[:1]), ValueError, "targets: want the shape of probs"),
    (lambda: binary_cross_entropy(X, Y / 2), ValueError, "targets: want only 0 and 1"),
    (lambda: binary_cross_entropy(X.long(), Y), TypeError, "probs: want floating-point"),
    (lambda: binary_cross_entropy(X, Y, "max"), ValueError, "reduction: want 'mean', 'sum' or 'none', got 'max'"),
    (lambda: focal_loss(X, Y, reduction=None), ValueError, "reduction: .*got None"),
    (lambda: focal_loss(X, Y, -1.), ValueError, r"gamma: want a number in \[0, 3.4.*e\+38\), got -1"),
    (lambda: focal_loss(X, Y, math.nan), ValueError, "gamma: .*got nan"),
    (lambda: focal_loss(X.half(), Y, 1e5), ValueError, "gamma: .*65504"),
    (lambda: focal_loss(X, Y, "2"), TypeError, "gamma: want a number, got str"),
    (lambda: asymmetric_loss(X, Y, gamma_neg=-1), ValueError, "gamma_neg: want"),
    (lambda: asymmetric_loss(X, Y, gamma_pos=True), TypeError, "gamma_pos: want a number, got bool"),
    (lambda: asymmetric_loss(X, Y, margin=1), ValueError, r"margin: want a number in \[0, 1\), got 1"),
    (lambda: binary_cross_entropy_with_logits(X, Y, label_smoothing=1.), ValueError, "label_smoothing: want"),
    (lambda: binary_cross_entropy_with_logits(X, Y, torch.ones(2)), ValueError, r"pos_weight: .*\(3,\), got \(2,\)"),
    (lambda: binary_cross_entropy_with_logits(X, Y, torch.ones(1)), ValueError, r"pos_weight: .*\(3,\), got \(1,\)"),
    (lambda: binary_cross_entropy_with_logits(X, Y, torch.ones(2, 1)), ValueError, "pos_weight: want"),
    (lambda: binary_cross_entropy_with_logits(X, Y, torch.tensor([1., -1., 1.])), ValueError, "pos_weight: .*0 or more"),
    (lambda: binary_cross_entropy_with_logits(X.half(), Y, 1e6), ValueError, "pos_weight: want finite"),
    (lambda: binary_cross_entropy_with_logits(X, Y, [1., 1., 1.]), TypeError, "pos_weight: want a number.*got list"),
    (lambda: pos_weights([[1]]), TypeError, "targets: want a tensor"),
    (lambda: pos_weights(torch.ones(3)), ValueError, r"targets: want \(n, n_classes\), not empty, got \(3,\)"),
    (lambda: pos_weights(torch.ones(0, 3)), ValueError, "targets: .*not empty"),
    (lambda: pos_weights(torch.tensor([[0, 1, 0]])), ValueError, r"none in classes \[0, 2\]"),
    (lambda: pos_weights(torch.tensor([[0.5]])), ValueError, "targets: want only 0 and 1"),
    (lambda: mean_squared_error(X, Y[:1]), ValueError, "targets: want the shape of preds"),
    (lambda: mean_squared_error(X, Y.long()), TypeError, "targets: want floating-point numbers, got torch.int64"),
    (lambda: mean_squared_error(X / 0, Y), ValueError, "preds: want finite numbers, got nan"),
    (lambda: softplus(X.long()), TypeError, "x: want floating-point"),
    (lambda: BinaryCrossEntropyLoss(thresh=1.2), ValueError, r"thresh: want a number in \[0, 1\], got 1.2"),
    (lambda: BinaryCrossEntropyLoss(thresh="half"), TypeError, "thresh: want a number.*got str"),
    (lambda: BinaryCrossEntropyLoss(thresh=torch.ones(1, 2)), ValueError, r"thresh: .*got \(1, 2\)"),
    (lambda: BinaryCrossEntropyLoss(thresh=torch.tensor([0.5, 1.5])), ValueError, r"thresh: .*got 1.5 at \[1\]"),
    (lambda: BinaryCrossEntropyLoss(thresh=torch.tensor([0, 1])), TypeError, "thresh: want floating-point"),
    (lambda: BinaryCrossEntropyLoss(pos_weight=-1.), ValueError, "pos_weight: want a number"),
    (lambda: BinaryCrossEntropyLoss(reduction="median"), ValueError, "reduction: want"),
    (lambda: FocalLoss(gamma=-1), ValueError, "gamma: want"),
    (lambda: AsymmetricLoss(margin=2), ValueError, "margin: want"),
    (lambda: FocalLoss().decodes(X + 2), ValueError, "probs: want values"),
    (lambda: FocalLoss(thresh=torch.tensor([.1, .2])).decodes(X), ValueError, r"probs: want 2 classes, as in thresh, got shape \(2, 3\)")])
def test_wrong_settings_are_named(call, error, words):
    with pytest.raises(error, match=words): call()


# Loss classes

CLASSES = [BinaryCrossEntropyLoss, FocalLoss, AsymmetricLoss]


@pytest.mark.parametrize("make", CLASSES)
def test_thresholds_are_each_instances_own(make):
    shared = torch.tensor([0.2, 0.8])
    one, other, default = make(thresh=shared), make(thresh=shared), make()
    one.thresh[0] = 0.9
    assert other.thresh.tolist() == shared.tolist() and shared[0] == torch.tensor(0.2)
    one.thresh = 0.3
    assert one.thresh == 0.3 and default.thresh == 0.5 and make().thresh == 0.5
    copied = copy.deepcopy(other)
    copied.thresh[1] = 0.1
    assert other.thresh[1] == shared[1]


@pytest.mark.parametrize("make", CLASSES)
def test_decodes_is_above_the_threshold(make):
    probs = torch.tensor([[0.5, 0.3], [0.51, 0.31]])
    assert make().decodes(probs).tolist() == [[False, False], [True, False]]
    loss = make(thresh=torch.tensor([0.505, 0.3]))
    assert loss.decodes(probs).tolist() == [[False, False], [True, True]]
    loss.thresh = torch.tensor(0.25) # as best_threshold gives it
    assert loss.decodes(probs).all() and loss.thresh == 0.25


@pytest.mark.parametrize("make", CLASSES)
def test_buffers_move_with_the_loss(make):
    loss = make(thresh=torch.tensor([0.5, 0.1]))
    assert loss.to("meta").thresh.device.type == "meta"
    weighted = BinaryCrossEntropyLoss(pos_weight=torch.tensor([1., 2.]))
    assert weighted.to("meta").pos_weight.device.type == "meta"


def test_loss_classes_are_their_functions():
    x, y = lopsided()
    w = torch.tensor([1., 2., 3., 4.])
    torch.testing.assert_close(BinaryCrossEntropyLoss(0.5, w, 0.1)(x, y), binary_cross_entropy_with_logits(x, y, w, 0.1))
    torch.testing.assert_close(FocalLoss(1.5)(x, y), focal_loss(x, y, 1.5))
    torch.testing.assert_close(AsymmetricLoss(1, 4, 0.05)(x, y), asymmetric_loss(x, y, 1, 4, 0.05))
    soft = BinaryCrossEntropyLoss(soft_targets=True, reduction="none")
    assert soft(x, y / 2).shape == x.shape


def small_learner(loss, n_classes=3):
    import fastai.callback.progress # noqa: F401 (adds no_bar to Learner)
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import SGD
    torch.manual_seed(0)
    inputs = torch.randn(64, 5)
    targets = (inputs[:, :n_classes] > 0.5).float()
    items = list(zip(inputs, targets))
    dls = DataLoaders.from_dsets(items[:48], items[48:], bs=16, device=torch.device("cpu"), num_workers=0)
    return Learner(dls, nn.Linear(5, n_classes), loss_func=loss, lr=0.1, opt_func=SGD)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [
    lambda: BinaryCrossEntropyLoss(pos_weight=torch.tensor([1., 2., 3.]), label_smoothing=0.1), lambda: FocalLoss(2.),
    lambda: AsymmetricLoss(0., 2., 0.05)])
def test_a_fastai_learner_trains_and_predicts_with_each(make):
    learn = small_learner(make())
    before = learn.validate()[0]
    with learn.no_bar(), learn.no_logging(): learn.fit(4)
    assert learn.validate()[0] < before
    learn.loss_func.thresh = torch.tensor([0.1, 0.5, 0.9])
    with learn.no_bar(): probs, targets, decoded, losses = learn.get_preds(with_decoded=True, with_loss=True)
    probs, decoded = torch.as_tensor(probs), torch.as_tensor(decoded)
    assert ((probs > 0) & (probs < 1)).all() and decoded.dtype == torch.bool
    assert torch.equal(decoded, probs > torch.tensor([0.1, 0.5, 0.9]))
    assert losses.shape == (16,) and learn.loss_func.reduction == "mean"


@pytest.mark.filterwarnings("ignore")
def test_two_learners_share_nothing():
    one, other = small_learner(BinaryCrossEntropyLoss(thresh=0.9)), small_learner(BinaryCrossEntropyLoss(thresh=0.1))
    other.model.load_state_dict(one.model.state_dict())
    third = small_learner(BinaryCrossEntropyLoss())
    decoded = []
    for learn in (one, other):
        with learn.no_bar(): decoded.append(torch.as_tensor(learn.get_preds(with_decoded=True)[2]).sum())
    assert decoded[0] < decoded[1]
    one.loss_func.thresh = torch.tensor([0.2, 0.3, 0.4])
    assert other.loss_func.thresh == 0.1 and third.loss_func.thresh == 0.5


@pytest.mark.filterwarnings("ignore")
def test_mixup_needs_soft_targets():
    from fastai.callback.mixup import MixUp
    learn = small_learner(BinaryCrossEntropyLoss(soft_targets=True))
    with learn.no_bar(), learn.no_logging(): learn.fit(1, cbs=MixUp())
    learn = small_learner(BinaryCrossEntropyLoss())
    with pytest.raises(ValueError, match="MixUp"):
        with learn.no_bar(), learn.no_logging(): learn.fit(1, cbs=MixUp())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu():
    x, y = lopsided(dtype=torch.float32)
    loss = BinaryCrossEntropyLoss(thresh=torch.full((4,), 0.5), pos_weight=torch.tensor([1., 2., 3., 4.]))
    wanted = loss(x, y).item()
    # Weights and thresholds go where the logits are, as fastai moves the model but not the loss.
    assert math.isclose(loss(x.cuda(), y.cuda()).item(), wanted, rel_tol=1e-5)
    assert loss.decodes(torch.sigmoid(x.cuda())).is_cuda
    assert loss.cuda().thresh.is_cuda
    with pytest.raises(ValueError, match="targets: want the device of logits, cuda:0, got cpu"): loss(x.cuda(), y)
