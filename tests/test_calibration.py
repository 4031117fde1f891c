"Calibration by hand, against torchmetrics, scikit-learn and scipy, at the edges, on wrong input."
import json
import math
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import refuses
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest
from sklearn.calibration import _sigmoid_calibration, calibration_curve
from sklearn.linear_model import LogisticRegression
from torchmetrics.classification import BinaryCalibrationError

from multilabel.activations import logit
from multilabel.calibration import (PlattScaling, Reliability, Temperature, calibrated_errors, calibration_error,
                                    cost_threshold, load_calibration, reliability)
from multilabel.cuts import ExpectedCost
from multilabel.losses import binary_cross_entropy_with_logits
from multilabel.metrics import UndefinedScore, confusion_counts
from multilabel.thresholds import best_thresholds

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
double = {"dtype": torch.float64}


def answers(n=500, n_classes=3, seed=0, dtype=torch.float64):
    "Probabilities and targets of an honest model."
    rng = torch.Generator().manual_seed(seed)
    probs = torch.rand(n, n_classes, generator=rng, **double)
    return probs.to(dtype), (torch.rand(n, n_classes, generator=rng, **double) < probs).int()


def signals(n=4000, shares=(0.4, 0.2, 0.05), seed=0):
    "Honest logits and targets, classes of several shares."
    rng, shares = torch.Generator().manual_seed(seed), torch.tensor(shares, **double)
    present = (torch.rand(n, len(shares), generator=rng, **double) < shares).double()
    signal = 1.8 * (present - 0.5) + torch.randn(n, len(shares), generator=rng, **double)
    return torch.logit(shares) + 1.8 * signal, present.int()


def column(*values): return torch.tensor(values, **double)[:, None]


# Bins

def test_bins_by_hand():
    probs, targets = column(.1, .3, .6, .8), column(0, 1, 1, 0)
    bins = reliability(probs, targets, 2)
    torch.testing.assert_close(bins.probs, torch.tensor([.2, .7], **double))
    assert bins.shares.tolist() == [.5, .5] and bins.counts.tolist() == [2, 2]
    assert bins.counts.dtype == torch.int64 and bins.confidence == 0.9
    wide = reliability(probs, targets, 4, equal_counts=False)   # 0 to .25 to .5 to .75 to 1
    assert wide.counts.tolist() == [1, 1, 1, 1] and wide.shares.tolist() == [0, 1, 1, 0]
    assert reliability(column(.25, .5, .75, 1.), targets, 4, equal_counts=False).counts.tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize("n, n_bins", [(100, 10), (101, 10), (7, 3), (16, 15)])
def test_counts_are_as_equal_as_they_can_be(n, n_bins):
    bins = reliability(*answers(n, 1), n_bins)
    assert bins.counts.sum() == n and bins.counts.max() - bins.counts.min() <= 1


def test_equal_probabilities_share_a_bin_whatever_the_order():
    probs, targets = column(*[.3] * 30, *[.7] * 10), column(*[0, 1] * 20)
    rng = torch.Generator().manual_seed(1)
    first = reliability(probs, targets, 8)
    assert sorted(first.counts.tolist())[-2:] == [10, 30] and first.counts.sum() == 40
    for _ in range(5):
        order = torch.randperm(40, generator=rng)
        other = reliability(probs[order], targets[order], 8)
        for one, two in zip(first[:5], other[:5]): torch.testing.assert_close(one, two, equal_nan=True)


def test_all_equal_probabilities_are_one_bin():
    bins = reliability(torch.full((20, 1), 0.4), torch.tensor([[1], [0]] * 10), 5)
    full = bins.counts > 0
    assert full.sum() == 1 and bins.shares[full] == 0.5 and bins.shares[~full].isnan().all()
    torch.testing.assert_close(calibration_error(torch.full((20, 1), .4, **double),
                                                 torch.tensor([[1], [0]] * 10)), 0.1)


def test_zero_and_one_exactly():
    probs, targets = column(0, 0, 1, 1), column(0, 0, 1, 1)
    for equal_counts in (True, False):
        bins = reliability(probs, targets, 4, equal_counts)
        assert bins.counts.sum() == 4
        for norm in ("l1", "l2", "max"):
            assert calibration_error(probs, targets, 4, norm, equal_counts=equal_counts) == 0
            assert calibration_error(probs, 1 - targets, 4, norm, equal_counts=equal_counts) == 1


def test_fewer_answers_than_bins():
    probs, targets = column(.2, .5, .9), column(0, 1, 1)
    bins = reliability(probs, targets, 15)
    assert bins.counts.sum() == 3 and bins.counts.max() == 1 and len(bins.counts) == 15
    torch.testing.assert_close(calibration_error(probs, targets, 15), (.2 + .5 + .1) / 3)
    one = reliability(column(.3), column(1), 15)
    assert one.counts.sum() == 1 and one.shares.nansum() == 1
    refuses(lambda: calibration_error(probs, targets, 15, "l2", debias=True), "n_bins", "two answers")


def test_per_class_is_each_column_alone():
    probs, targets = answers()
    each = reliability(probs, targets, 6, per_class=True)
    errors = calibration_error(probs, targets, 6, per_class=True)
    assert each.counts.shape == (6, 3) and errors.dtype == torch.float64
    for k in range(3):
        alone = reliability(probs[:, k:k + 1], targets[:, k:k + 1], 6)
        for one, two in zip(each[:5], alone[:5]): assert torch.equal(one[:, k], two)
        assert errors[k] == calibration_error(probs[:, k:k + 1], targets[:, k:k + 1], 6)
    together = reliability(probs.reshape(-1, 1), targets.reshape(-1, 1), 6)
    assert torch.equal(reliability(probs, targets, 6).shares, together.shares)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes_count_what_they_hold(dtype):
    probs, targets = answers(dtype=dtype)
    got, want = reliability(probs, targets), reliability(probs.double(), targets)
    for one, two in zip(got[:5], want[:5]): assert torch.equal(one, two)
    assert got.probs.dtype == torch.float64
    assert calibration_error(probs, targets) == calibration_error(probs.double(), targets.bool())


def test_memory_layout_gradient_arrays_and_frames():
    probs, targets = answers(60)
    want = reliability(probs, targets, 4, per_class=True).shares
    others = [probs.T.contiguous().T, probs.clone().requires_grad_(), probs.numpy(), pd.DataFrame(probs.numpy())]
    for other in others:
        like = np.asarray(targets) if not isinstance(other, torch.Tensor) else targets
        assert torch.equal(reliability(other, like, 4, per_class=True).shares, want)


@pytest.mark.parametrize("strategy, equal_counts", [("uniform", False), ("quantile", True)])
def test_bins_against_scikit_learn(strategy, equal_counts):
    probs, targets = answers(1000, 1)
    shares, means = calibration_curve(targets[:, 0], probs[:, 0], n_bins=10, strategy=strategy)
    bins = reliability(probs, targets, 10, equal_counts)
    torch.testing.assert_close(bins.probs, torch.tensor(means))
    torch.testing.assert_close(bins.shares, torch.tensor(shares))


@pytest.mark.parametrize("hits, n", [(0, 5), (1, 5), (3, 5), (5, 5), (300, 500)])
def test_wilson_against_scipy(hits, n):
    targets = torch.tensor([1] * hits + [0] * (n - hits))[:, None]
    for confidence in (0.9, 0.99):
        bins = reliability(torch.full((n, 1), 0.5), targets, 1, confidence=confidence)
        want = binomtest(hits, n).proportion_ci(confidence, "wilson")
        torch.testing.assert_close([bins.low[0].item(), bins.high[0].item()], [want.low, want.high])


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = []
    for seed in range(100):
        bins = reliability(*answers(300, 1, seed), 6)
        held += ((bins.low <= bins.probs) & (bins.probs <= bins.high)).tolist()
    assert 0.86 < sum(held) / len(held) < 0.96


# The error

def test_error_by_hand():
    probs, targets = column(.2, .2, .8, .8), column(0, 1, 1, 1)   # gaps .3 and .2
    want = {"l1": .25, "l2": math.sqrt((.09 + .04) / 2), "max": .3}
    for norm, error in want.items():
        torch.testing.assert_close(calibration_error(probs, targets, 2, norm), error)
    # Luck explains .5 * .5 / 1 = .25 of the first bin, and nothing of the second.
    assert calibration_error(probs, targets, 2, "l2", debias=True) == 0
    probs, targets = column(*[.1] * 4, *[.9] * 4), column(1, 1, 1, 0, 1, 1, 1, 1)
    want = math.sqrt(((.65**2 - .75 * .25 / 3) + .1**2) / 2)
    torch.testing.assert_close(calibration_error(probs, targets, 2, "l2", debias=True), want)


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
@pytest.mark.parametrize("n, n_bins", [(1000, 15), (37, 10), (5, 15)])
def test_error_against_torchmetrics(norm, n, n_bins):
    probs, targets = answers(n, 1, seed=n)
    want = BinaryCalibrationError(n_bins=n_bins, norm=norm)(probs[:, 0], targets[:, 0]).item()
    got = calibration_error(probs, targets, n_bins, norm, equal_counts=False)
    torch.testing.assert_close(got, want, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("equal_counts", [True, False])
def test_debiased_error_against_its_definition(equal_counts):
    "A plain loop over bins, as in Kumar, Liang, Ma (2019)."
    probs, targets = answers(300, 1)
    probs = probs**2
    order, total = probs[:, 0].argsort(), 0.
    p, y = probs[order, 0].numpy(), targets[order, 0].numpy().astype(float)
    where = [np.arange(300) * 10 // 300 == k if equal_counts else np.floor(p * 10) == k for k in range(10)]
    for here in where:
        n, share = here.sum(), y[here].mean()
        total += n / 300 * ((p[here].mean() - share)**2 - share * (1 - share) / (n - 1))
    got = calibration_error(probs, targets, 10, "l2", debias=True, equal_counts=equal_counts)
    torch.testing.assert_close(got, math.sqrt(max(total, 0)))


def test_plug_in_is_biased_and_debiased_is_not():
    "An honest model's squared gap, and one whose error is known to be 0.1."
    probs = torch.rand(200, 400, generator=torch.Generator().manual_seed(2), **double) * 0.8
    rng = torch.Generator().manual_seed(3)
    targets = torch.rand(probs.shape, generator=rng, **double) < probs + 0.1
    plain = calibration_error(probs, targets, 10, "l2", per_class=True)
    fair = calibration_error(probs, targets, 10, "l2", debias=True, per_class=True)
    assert (plain > fair).all()
    assert abs((fair**2).mean() - 0.01) < 0.001 < (plain**2).mean() - 0.01


def test_bias_grows_with_bins_and_shrinks_with_answers():
    errors = {(n, b): calibration_error(*answers(n, 200), b, per_class=True).mean() for n in (100, 400) for b in (5, 20)}
    assert errors[100, 5] < errors[100, 20] and errors[400, 20] < errors[100, 20]
    for b in (5, 20): assert 1.7 < errors[100, b] / errors[400, b] < 2.3


def test_luck_is_what_honest_models_get():
    probs = answers(200, 1)[0]
    luck = calibrated_errors(probs, 10, n_resamples=400)
    rng = torch.Generator().manual_seed(9)
    got = [calibration_error(probs, (torch.rand(200, 1, generator=rng, **double) < probs), 10) for _ in range(400)]
    torch.testing.assert_close(luck.mean().item(), sum(got) / 400, rtol=0.05, atol=0)
    reached = [(luck >= error).double().mean().item() for error in got]   # a p value, uniform if honest
    assert 0.02 < np.mean(np.array(reached) < 0.1) < 0.18
    assert calibration_error(probs, torch.ones_like(probs), 10) > luck.max()


def test_luck_is_repeatable_and_by_class():
    probs = answers()[0]
    once = calibrated_errors(probs, n_resamples=5, per_class=True, seed=1)
    assert once.shape == (5, 3) and torch.equal(once, calibrated_errors(probs, n_resamples=5, per_class=True, seed=1))
    assert not torch.equal(once, calibrated_errors(probs, n_resamples=5, per_class=True, seed=2))
    assert calibrated_errors(probs.half(), n_resamples=5).shape == (5,)
    assert (calibrated_errors(torch.tensor([[0.], [1.]]), n_resamples=3) == 0).all()


# Temperature and Platt

def test_temperature_is_recovered():
    logits, targets = signals(20_000)
    for truth in (0.5, 1., 3.):
        got = Temperature().fit(logits * truth, targets).temperature
        assert abs(got / truth - 1) < 0.04
    assert Temperature().fit(logits * 3, targets).temperature > 2


def test_temperature_against_scipy():
    logits, targets = signals(500)
    def loss(log_temperature):
        return binary_cross_entropy_with_logits(2.5 * logits / math.exp(log_temperature), targets).item()
    want = math.exp(minimize_scalar(loss, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10}).x)
    torch.testing.assert_close(Temperature().fit(2.5 * logits, targets).temperature, want, rtol=1e-5, atol=0)


def test_fits_are_where_the_slope_of_the_loss_is_zero():
    logits, targets = signals(300)
    for scale in (1e-6, 1., 1e4):
        for way in (Temperature(), PlattScaling()):
            calibrated = way.fit(logits * scale, targets, smooth=False)(logits * scale)
            off = torch.sigmoid(calibrated) - targets
            assert abs((off * logits).sum(dim=0) if isinstance(way, PlattScaling) else (off * logits).sum()).max() < 1e-6
            if isinstance(way, PlattScaling): assert off.sum(dim=0).abs().max() < 1e-6


def test_platt_is_recovered():
    logits, targets = signals(40_000)
    slope, shift = torch.tensor([2., .5, 1.5], **double), torch.tensor([1., -2., 0.5], **double)
    platt = PlattScaling().fit(logits * slope + shift, targets)
    torch.testing.assert_close(torch.tensor(platt.slopes, **double) * slope, torch.ones(3, **double), rtol=0.06, atol=0)
    back = platt(logits * slope + shift)
    assert (back - logits).abs().mean() < 0.1 and platt.pooled == []


@pytest.mark.parametrize("scale, shift", [(1., 0.), (20., 0.), (0.01, 5.)])
def test_platt_against_scikit_learn(scale, shift):
    logits, targets = signals(800)
    logits = logits * scale + shift
    smooth, exact = PlattScaling().fit(logits, targets), PlattScaling().fit(logits, targets, smooth=False)
    for k in range(3):
        a, b = _sigmoid_calibration(logits[:, k].numpy(), targets[:, k].numpy())
        x = logits[:, k]
        torch.testing.assert_close(smooth(logits)[:, k], -(a * x + b), rtol=2e-3, atol=2e-3)
        # Scikit-learn gets standardized logits: its solver isn't made for others.
        z = ((x - x.mean()) / x.std()).numpy()[:, None]
        peer = LogisticRegression(C=1e12, solver="newton-cholesky", tol=1e-12).fit(z, targets[:, k])
        want = torch.tensor(peer.decision_function(z))
        torch.testing.assert_close(exact(logits)[:, k], want, rtol=1e-5, atol=1e-5)


def test_one_temperature_against_scikit_learn():
    logits, targets = signals(800)
    peer = LogisticRegression(C=1e12, fit_intercept=False, solver="newton-cholesky", tol=1e-12)
    peer.fit(logits.reshape(-1, 1), targets.flatten())
    torch.testing.assert_close(1 / Temperature().fit(logits, targets).temperature, peer.coef_.item(), rtol=1e-6, atol=0)


def test_smoothed_targets_by_hand():
    "Two logits tell all there is: each end meets Platt's target."
    logits, targets = column(-1, -1, 1, 1, 1), column(0, 0, 1, 1, 1).int()
    probs = torch.sigmoid(PlattScaling().fit(logits, targets)(logits))
    torch.testing.assert_close(probs, column(1/4, 1/4, 4/5, 4/5, 4/5))
    assert 0 < Temperature().fit(logits, targets, smooth=True).temperature < 1


def test_rare_class_stays_finite_where_it_is_perfectly_parted():
    logits, targets = signals(1000, (0.4, 0.3))
    logits = torch.cat([logits, torch.linspace(-9, 3, 1000, **double)[:, None]], dim=1)
    rare = (torch.arange(1000) >= 998).int()[:, None]
    targets = torch.cat([targets, rare], dim=1)
    platt = PlattScaling().fit(logits, targets)
    assert platt.pooled == [] and 0 < platt.slopes[2] < 10
    with pytest.warns(UndefinedScore, match=r"class 2 \(no overlap"):
        assert PlattScaling().fit(logits, targets, smooth=False).pooled == [2]


@pytest.mark.parametrize("change, reason", [
    (lambda x, y: (x, y * 0), "no positive"), (lambda x, y: (x, y * 0 + 1), "no negative"),
    (lambda x, y: (-x, y), "no higher where present"), (lambda x, y: (x * 0 + 0.1, y), "all equal")])
def test_class_that_has_no_line_gets_the_shared_one(change, reason):
    logits, targets = signals(1000)
    logits[:, 1:2], targets[:, 1:2] = change(logits[:, 1:2].clone(), targets[:, 1:2].clone())
    with pytest.warns(UndefinedScore, match=rf"class 1 \(.*{reason}"): platt = PlattScaling().fit(logits, targets)
    assert platt.pooled == [1]
    alone = PlattScaling().fit(logits[:, [0, 2]], targets[:, [0, 2]])
    assert [platt.slopes[0], platt.slopes[2]] == alone.slopes
    together = PlattScaling().fit(logits.reshape(-1, 1), targets.reshape(-1, 1))
    assert (platt.slopes[1], platt.intercepts[1]) == (together.slopes[0], together.intercepts[0])


def test_what_no_line_fits_is_said():
    logits, targets = signals(100)
    refuses(lambda: PlattScaling().fit(logits, targets * 0), "targets", "no positive")
    refuses(lambda: PlattScaling().fit(-logits, targets), "targets", "no higher")
    refuses(lambda: Temperature().fit(-logits, targets), "logits", "no more right than wrong")
    refuses(lambda: Temperature().fit(logits * 0, targets), "logits", "no more right than wrong")
    right = 2. * targets - 1
    refuses(lambda: Temperature().fit(right, targets), "targets", "smooth=True")
    refuses(lambda: PlattScaling().fit(right, targets, smooth=False), "no overlap")
    assert Temperature().fit(right, targets, smooth=True).temperature > 0


def test_fit_twice_is_the_same_and_changes_no_input():
    logits, targets = signals(500)
    kept = logits.clone()
    for kind in (Temperature, PlattScaling):
        calibration = kind()
        assert calibration.fit(logits, targets) is calibration
        assert calibration == kind().fit(logits, targets.bool()) == kind().fit(logits, targets.double())
    assert torch.equal(logits, kept)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes_of_logits(dtype):
    logits, targets = signals(500)
    logits = logits.to(dtype)
    for kind in (Temperature, PlattScaling):
        calibration = kind().fit(logits, targets)
        assert calibration == kind().fit(logits.double(), targets)
        got = calibration(logits)
        assert got.dtype == (torch.float32 if dtype in DTYPES[:2] else dtype)
        torch.testing.assert_close(got.double(), calibration(logits.double()), rtol=1e-5, atol=1e-5)
    huge = torch.full((1, 3), 60000., dtype=torch.float16)
    assert Temperature(0.1)(huge).isfinite().all()


def test_outliers_and_large_logits_converge():
    logits, targets = signals(1000)
    logits[0, 0], logits[1, 1] = 1e6, -1e6
    targets[0, 0], targets[1, 1] = 1, 0
    for way in (Temperature(), PlattScaling()):
        for scale in (1e-30, 1., 1e30): assert way.fit(logits * scale, targets)(logits * scale).isfinite().all()


def test_gradient_flows_through():
    logits = torch.randn(4, 2, requires_grad=True)
    PlattScaling([2., 3.], [0., 1.])(logits).sum().backward()
    torch.testing.assert_close(logits.grad, torch.tensor([[2., 3.]]).expand(4, 2))


@pytest.mark.parametrize("metric", ["f1", "accuracy", "f2", ExpectedCost(5, 1)])
def test_order_is_kept_so_the_best_thresholds_map(metric):
    logits, targets = signals(1000)
    before = best_thresholds(torch.sigmoid(logits * 2 + 1), targets, metric)
    for way in (Temperature(), PlattScaling()):
        calibrated = way.fit(logits * 2 + 1, targets)(logits * 2 + 1)
        assert torch.equal(calibrated.argsort(dim=0), logits.argsort(dim=0))
        after = best_thresholds(torch.sigmoid(calibrated), targets, metric)
        assert torch.equal(before.scores, after.scores)
        moved = torch.sigmoid(way(logit(before.thresholds)))
        assert torch.equal(confusion_counts(torch.sigmoid(calibrated), targets, moved),
                           confusion_counts(torch.sigmoid(logits * 2 + 1), targets, before.thresholds))
    ends = torch.tensor([-math.inf, 0., math.inf])   # thresholds of 0, 0.5 and 1
    assert Temperature(2.)(ends).tolist() == ends.tolist()


def test_platt_makes_it_honest_on_fresh_data():
    slope, shift = torch.tensor([2., .5, 2.], **double), torch.tensor([1., -1., 2.], **double)
    (logits, targets), (fresh, fresh_targets) = signals(4000), signals(4000, seed=1)
    platt = PlattScaling().fit(logits * slope + shift, targets)
    probs = torch.sigmoid(platt(fresh * slope + shift))
    luck = calibrated_errors(probs).quantile(0.99)
    assert calibration_error(probs, fresh_targets) < luck
    assert calibration_error(torch.sigmoid(fresh * slope + shift), fresh_targets) > 3 * luck


# Saving

def test_settings_round_trip():
    logits, targets = signals(300)
    targets[:, 2] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedScore)
        made = [Temperature().fit(logits, targets), PlattScaling().fit(logits, targets)]
    for calibration in made:
        again = load_calibration(json.loads(json.dumps(calibration.settings)))
        assert type(again) is type(calibration) and again == calibration
        assert torch.equal(again(logits), calibration(logits))
    made[1].settings["slopes"].append(3.)   # a copy: it can't change what it came from
    assert len(made[1].slopes) == 3


@pytest.mark.parametrize("settings", [
    {}, {"method": "isotonic"}, {"method": "temperature"}, {"method": "temperature", "temperature": 1., "more": 1},
    {"method": "platt", "slopes": [1.]}, {"temperature": 1.}, {"method": ["platt"]}])
def test_settings_that_describe_nothing(settings):
    refuses(lambda: load_calibration(settings), "settings: want")


def test_settings_with_wrong_values():
    refuses(lambda: load_calibration("platt"), "settings: want a dict", error=TypeError)
    for wrong in (0, -1., math.nan, math.inf, "2", True, None):
        refuses(lambda: Temperature(wrong), "temperature: want")
        refuses(lambda: PlattScaling([wrong], [0.]), "slopes: want")
    for wrong in (math.nan, math.inf, "2", None): refuses(lambda: PlattScaling([1.], [wrong]), "intercepts: want")
    refuses(lambda: PlattScaling([1.], []), "intercepts: want 1, got 0")
    for wrong in ([1], [-1], ["a"], 0, None): refuses(lambda: PlattScaling([1.], [0.], wrong), "pooled: want")
    refuses(lambda: load_calibration({"method": "platt", "slopes": 1., "intercepts": [], "pooled": []}), "slopes")


# The thresholds that follow

def test_cost_threshold_by_hand_and_by_search():
    assert cost_threshold() == 0.5 and cost_threshold(miss=3) == 0.25 and cost_threshold(0, 1) == 1
    logits, targets = signals(100_000)
    for miss, false_alarm in [(1, 1), (4, 1), (1, 3)]:
        searched = best_thresholds(torch.sigmoid(logits), targets, ExpectedCost(miss, false_alarm)).thresholds
        assert (searched - cost_threshold(miss, false_alarm)).abs().max() < 0.08
    refuses(lambda: cost_threshold(0, 0), "miss, false_alarm")
    refuses(lambda: cost_threshold(-1), "miss")
    refuses(lambda: cost_threshold(1, "1"), "false_alarm")


def test_best_f1_threshold_is_half_of_the_best_f1():
    logits, targets = signals(100_000, (0.03, 0.1, 0.3, 0.5))
    slope, shift = 2., torch.tensor([2., -1., 1.5, -2.], **double)
    def off(x):
        best = best_thresholds(torch.sigmoid(x), targets)
        return (best.thresholds - best.scores / 2).abs()
    assert off(logits).max() < 0.04
    assert off(logits * slope + shift).max() > 0.1
    fitted = PlattScaling().fit(*(x[:50_000] for x in (logits * slope + shift, targets)))
    assert off(fitted(logits * slope + shift)).max() < 0.04


# Wrong input

@pytest.mark.parametrize("call", [reliability, calibration_error])
def test_wrong_answers_are_refused(call):
    probs, targets = answers(20)
    refuses(lambda: call(torch.logit(probs), targets), "probs", "[0, 1]", "sigmoid")
    refuses(lambda: call(probs.where(probs > probs.min(), math.nan), targets), "probs", "nan")
    refuses(lambda: call(targets, targets), "probs", "int32")
    refuses(lambda: call(probs[:0], targets[:0]), "probs")
    refuses(lambda: call(probs[:, 0], targets[:, 0]), "probs", "(n, n_classes)")
    refuses(lambda: call(probs, targets[:, :2]), "targets", "shape")
    refuses(lambda: call(probs, targets * 2), "targets", "0 and 1")
    for wrong in (0, -3): refuses(lambda: call(probs, targets, wrong), "n_bins: want 1 or more", error=ValueError)
    for wrong in (1.5, "15", None, True): refuses(lambda: call(probs, targets, wrong), "n_bins: want an int", error=TypeError)


def test_wrong_dials_are_refused():
    probs, targets = answers(20)
    for wrong in (0, 1, 1.2, math.nan, "0.9", None, True):
        refuses(lambda: reliability(probs, targets, confidence=wrong), "confidence: want")
    for wrong in ("L1", "l3", None, 1):
        refuses(lambda: calibration_error(probs, targets, norm=wrong), "norm: want")
        refuses(lambda: calibrated_errors(probs, norm=wrong), "norm: want")
    for norm in ("l1", "max"): refuses(lambda: calibration_error(probs, targets, norm=norm, debias=True), "debias", norm)
    for wrong in (0, -1, 2.5, True): refuses(lambda: calibrated_errors(probs, n_resamples=wrong), "n_resamples: want")
    refuses(lambda: calibrated_errors(probs[:, 0]), "probs", "(n, n_classes)")
    refuses(lambda: calibrated_errors(torch.logit(probs)), "probs", "[0, 1]")
    refuses(lambda: calibrated_errors(probs, 0), "n_bins")


@pytest.mark.parametrize("kind", [Temperature, PlattScaling])
def test_wrong_logits_are_refused(kind):
    logits, targets = signals(20)
    fit = kind().fit
    refuses(lambda: fit(logits.numpy(), targets), "logits: want a floating-point tensor", error=TypeError)
    refuses(lambda: fit(logits.long(), targets), "logits", "int64")
    refuses(lambda: fit(logits.where(logits > logits.min(), math.inf), targets), "logits: want finite")
    refuses(lambda: fit(logits.where(logits > logits.min(), math.nan), targets), "logits")
    refuses(lambda: fit(logits[:, 0], targets[:, 0]), "logits", "(n, n_classes)")
    refuses(lambda: fit(logits, targets[:, :2]), "targets", "shape")
    refuses(lambda: fit(logits, targets + 1), "targets", "0 and 1")
    refuses(lambda: fit(logits[:0], targets[:0]), "logits")
    refuses(lambda: fit(logits, targets)(logits.long()), "logits", "int64")


def test_platt_wants_its_classes_and_a_fit():
    refuses(lambda: PlattScaling()(torch.zeros(2, 3)), "fit", error=RuntimeError)
    refuses(lambda: PlattScaling([1., 2.], [0., 0.])(torch.zeros(2, 3)), "logits: want 2 classes", "(2, 3)")
    assert PlattScaling([1., 2.], [0., 1.])(torch.ones(2)).tolist() == [1., 3.]
