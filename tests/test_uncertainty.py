"""Uncertainty: against explicit resampling and sums by hand; whether 90% intervals hold the truth in 84% to 96%.

`python tests/test_uncertainty.py` prints the coverage of harder worlds (about five minutes).
"""
import math
import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from conftest import refuses
from multilabel import uncertainty
from multilabel.cuts import COUNT_METRICS, ExpectedCost, count_score, pick_best, sorted_cuts
from multilabel.metrics import UndefinedScore, f1
from multilabel.thresholds import best_threshold, best_thresholds
from multilabel.uncertainty import (CrossFit, Intervals, ShrunkThresholds, analytic_intervals, bootstrap_intervals,
                                    cross_fit, resampled_cuts, shrunk_thresholds)

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
METRICS = [*COUNT_METRICS, "f3", ExpectedCost(5, 1)]
TOOLS = {"bootstrap": lambda *a, **k: bootstrap_intervals(*a, **{"n_resamples": 40, **k}), "analytic": analytic_intervals}
both_tools = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)


def random_table(seed, n=40, n_classes=3, steps=None, dtype=torch.float32):
    "Probabilities and targets that go together; in so many steps, if there shall be ties."
    rng = torch.Generator().manual_seed(seed)
    probs = torch.rand(n, n_classes, generator=rng, dtype=torch.float64)
    targets = torch.rand(n, n_classes, generator=rng) < probs * torch.linspace(0.5, 1, n_classes)
    return (probs if steps is None else (probs * steps).round() / steps).to(dtype), targets


def the_draws(n, n_resamples, seed=0):
    "Row numbers of every resample, drawn at once."
    return torch.randint(n, (n_resamples, n), generator=torch.Generator().manual_seed(seed))


# What a resample is: the rows themselves, some of them repeated.

@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("steps", [None, 5, 1])
def test_running_sums_are_repeated_rows(dtype, steps):
    probs, present = random_table(1, 30, 1, steps, dtype)
    wide = probs.float() if dtype in (torch.float16, torch.bfloat16) else probs
    ordered, order = wide[:, 0].sort(stable=True)
    rows = the_draws(30, 50)
    times = torch.stack([draw.bincount(minlength=30) for draw in rows])[:, order]
    low, high, counts = resampled_cuts(ordered, present[order, 0], times)
    middles = uncertainty._middles(low, high, dtype)
    tuned, top = pick_best(middles.T, count_score("f1", counts).T)
    for i, draw in enumerate(rows):
        repeated = probs[draw], present[draw]
        if not repeated[1].any(): continue
        best = best_threshold(*repeated)
        assert (tuned[i], top[i]) == best[:2]
        theirs, at = sorted_cuts(*repeated), torch.cat([torch.zeros(1).long(), times[i].cumsum(dim=0)])
        possible = ~middles[i].isnan()
        for ours, other in zip((middles, *counts), (theirs[0], *theirs[1])):
            torch.testing.assert_close(ours[i][possible], other[at, 0][possible], rtol=0, atol=0)


@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("metric", ["f1", "accuracy", "mcc"])
def test_bootstrap_against_tables_of_repeated_rows(metric, per_class):
    probs, present = random_table(2, 60, 3, 20)
    tune = best_thresholds if per_class else best_threshold
    ours, columns = tune(probs, present, metric), (lambda x: x) if per_class else (lambda x: x.reshape(-1, 1))

    def score(rows, thresholds):
        named, there = columns(probs[rows]) > thresholds, columns(present[rows])
        kinds = named & there, named & ~there, ~named & there, ~named & ~there
        return count_score(metric, [kind.sum(dim=0) for kind in kinds])

    worst, every = -1 if metric == "mcc" else 0, torch.arange(60)
    angle = lambda score: ((score - worst) / (1 - worst)).sqrt().asin()
    ends = [[], [], []]
    for rows in the_draws(60, 40, seed=3):
        best = tune(probs[rows], present[rows], metric)
        values = columns(probs[rows]).sort(dim=0).values
        k = (values <= best[0]).sum(dim=0, keepdim=True)
        padded = torch.nn.functional.pad(values.T, (1, 0)).T, torch.nn.functional.pad(values.T, (0, 1), value=1).T
        for end, side in zip(ends, padded): end.append(side.gather(0, k)[0].double())
        wobble = angle(score(rows, ours[0])) - angle(score(every, ours[0]))
        pull = angle(best[1]) - angle(score(every, best[0])) - wobble
        ends[2].append(wobble + 2 ** (1 / 3) * pull)
    low, high, flattery = map(torch.stack, ends)
    found = bootstrap_intervals(probs, present, metric, per_class, n_resamples=40, seed=3)
    same = lambda one, other: torch.testing.assert_close(one.reshape(-1), other.reshape(-1), rtol=0, atol=1e-7)
    same(found.threshold_low, torch.minimum(low.quantile(0.06, dim=0), ours[0].double()))
    same(found.threshold_high, torch.maximum(high.quantile(0.94, dim=0), ours[0].double()))
    for end, level in ((found.score_low, 0.95), (found.score_high, 0.05)):
        at = (angle(score(every, ours[0])) - flattery.quantile(level, dim=0)).clamp(0, math.pi / 2)
        same(end, worst + at.sin() ** 2 * (1 - worst))


def test_what_fits_into_memory_changes_nothing():
    probs, present = random_table(4, 20_000, 2)
    done = []
    def progress(parts, total):
        for part in parts: done.append((part, total)); yield part
    found = bootstrap_intervals(probs, present, n_resamples=30, progress=progress)
    assert done == [(13, 3), (13, 3), (4, 3)]    # 13 tables at a time
    times = torch.stack([draw.bincount(minlength=20_000) for draw in the_draws(20_000, 30)])
    for c in range(2):
        ordered, order = probs[:, c].sort(stable=True)
        low, high, counts = resampled_cuts(ordered, present[order, c], times[:, order])
        tuned = pick_best(uncertainty._middles(low, high, probs.dtype).T, count_score("f1", counts).T)[0]
        cuts = torch.searchsorted(ordered, tuned, right=True)[:, None]
        torch.testing.assert_close(found.threshold_low[c], low.gather(1, cuts).double().quantile(0.06))


# Standard errors.

@pytest.mark.parametrize("metric", ["accuracy", "f1", "f2", "mcc", "youden", ExpectedCost(3, 1)], ids=str)
@pytest.mark.parametrize("n_classes, steps", [(1, None), (1, 10), (4, None), (4, 7)])
def test_errors_of_differences_against_sums_over_images(metric, n_classes, steps):
    probs, present = random_table(5, 25, n_classes, steps)
    column = uncertainty._sorted_column(probs, present, metric, best_threshold(probs, present, metric).threshold)
    slopes = uncertainty._slopes(metric, column.counts)

    def effects(cut):
        "What each image adds to the score at a cut."
        below = probs < column.ordered[cut] if cut < len(column.ordered) else torch.ones_like(present)
        kinds = present & ~below, ~present & ~below, present & below, ~present & below
        return sum(slope * kind.sum(dim=1) for slope, kind in zip(slopes[:, cut], kinds))

    errors, ours = uncertainty._difference_errors(column, metric), effects(int(column.ours))
    ordered = column.ordered
    cuts = [k for k in range(len(errors)) if not 0 < k < len(ordered) or ordered[k - 1] < ordered[k]]
    for k in cuts:
        lag = ours - effects(k)
        assert errors[k].item() == pytest.approx(((lag - lag.mean()) ** 2).sum().item() ** 0.5, abs=1e-7)


@pytest.mark.parametrize("metric", ["accuracy", "f1", "mcc"])
@pytest.mark.parametrize("n_classes", [1, 4])
def test_errors_against_the_spread_of_resamples(metric, n_classes):
    rng = torch.Generator().manual_seed(6)
    mood = torch.randn(400, 1, generator=rng)    # what all classes of an image have in common
    signal = mood + torch.randn(400, n_classes, generator=rng)
    present = signal + 0.7 * mood + torch.randn(400, n_classes, generator=rng) > 0.8
    probs, times = torch.sigmoid(signal), uncertainty._draw(400, 2000, rng)
    column = uncertainty._sorted_column(probs, present, metric, best_threshold(probs, present, metric).threshold)
    counts = resampled_cuts(column.ordered, column.present, times[:, column.rows])[2]
    scores = count_score(metric, counts)
    errors = uncertainty._difference_errors(column, metric)
    for cut in (int(column.ours) - 60 * n_classes, int(column.ours) + 60 * n_classes):
        assert errors[cut].item() == pytest.approx((scores[:, cut] - scores[:, column.ours]).std().item(), rel=0.1)
    angle, error, slope = uncertainty._own_angle(column, metric)
    assert error.item() == pytest.approx(uncertainty._angle(scores[:, column.ours], column.ends).std().item(), rel=0.1)
    assert slope > 0 and 0 < angle < math.pi / 2


# Both tools, on anything.

@both_tools
@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_fits_the_best_thresholds_for_every_metric(tool, metric):
    for seed, (n, steps, dtype) in enumerate([(1, None, torch.float32), (3, 1, torch.float64), (30, 4, torch.float16),
                                              (30, None, torch.bfloat16), (50, 10, torch.float32)]):
        probs, targets = random_table(seed, n, 3, steps, dtype)
        for per_class, tune in ((True, best_thresholds), (False, best_threshold)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UndefinedScore)
                best, found = tune(probs, targets, metric), tool(probs, targets, metric, per_class)
            assert isinstance(found, Intervals) and found.metric == best.metric
            assert torch.equal(found.thresholds, best[0].double())
            torch.testing.assert_close(found.scores, best[1], rtol=0, atol=0, equal_nan=True)
            for part in found[:6]: assert part.dtype == torch.float64 and part.shape == ((3,) if per_class else ())
            assert ((0 <= found.threshold_low) & (found.threshold_low <= found.thresholds)).all()
            assert ((found.thresholds <= found.threshold_high) & (found.threshold_high <= 1)).all()
            assert ((found.score_low <= found.score_high) | found.score_low.isnan()).all()


@both_tools
def test_order_of_classes_and_of_images(tool):
    probs, targets = random_table(7, 80, 4)
    found, turned = tool(probs, targets), tool(probs.flip(1), targets.flip(1))
    for one, other in zip(found[:6], turned[:6]): assert torch.equal(one, other.flip(0))
    alone = tool(probs[:, 2:3], targets[:, 2:3])
    for one, other in zip(found[:6], alone[:6]): assert torch.equal(one[2:3], other)
    if tool is TOOLS["analytic"]:
        for per_class in (True, False):
            there, back = (tool(*x, per_class=per_class) for x in ((probs, targets), (probs.flip(0), targets.flip(0))))
            for one, other in zip(there[:6], back[:6]): torch.testing.assert_close(one, other)


@both_tools
def test_higher_confidence_is_wider(tool):
    table, before = random_table(8, 200, 2), None
    for confidence in (0.5, 0.7, 0.8, 0.9, 0.95, 0.99):
        found = tool(*table, confidence=confidence)
        assert found.confidence == confidence
        if before is not None:
            assert (found.threshold_low <= before.threshold_low).all() and (found.score_low < before.score_low).all()
            assert (found.threshold_high >= before.threshold_high).all() and (found.score_high > before.score_high).all()
        before = found


@both_tools
def test_more_images_are_narrower(tool):
    few, many = (tool(*random_table(9, n, 3)) for n in (100, 6400))    # cube root of 64: 4; square root: 8
    for what, factor in (("threshold", 4), ("score", 8)):
        width = lambda found: (getattr(found, what + "_high") - getattr(found, what + "_low")).mean()
        assert factor / 2 < width(few) / width(many) < factor * 2


@both_tools
def test_copies_of_an_answer_are_one_answer(tool):
    probs, targets = random_table(10, 200, 1)
    one, four = tool(probs, targets), tool(probs.expand(-1, 4), targets.expand(-1, 4), per_class=False)
    torch.testing.assert_close(four.score_high - four.score_low, (one.score_high - one.score_low)[0], rtol=0.15, atol=0)
    torch.testing.assert_close(four.threshold_low, one.threshold_low[0], rtol=0, atol=1e-6)


@both_tools
def test_arrays_frames_and_kinds_of_numbers(tool):
    probs, targets = random_table(11, 50, 2, dtype=torch.float64)
    found = tool(probs, targets)
    for other in (tool(probs.numpy(), targets.numpy()), tool(pd.DataFrame(probs.numpy()), pd.DataFrame(targets.numpy())),
                  tool(probs, targets.float()), tool(probs.T.contiguous().T, targets.int()),
                  tool(probs.requires_grad_(), targets)):
        for one, same in zip(found[:6], other[:6]): assert torch.equal(one, same) and not same.requires_grad


@both_tools
def test_no_mistake_is_no_certainty(tool):
    for n_positives in (3, 7, 20):
        probs = torch.tensor([[.9]] * n_positives + [[.1]] * 100)
        found = tool(probs, probs > 0.5)
        # The recall that finds all of them by chance in one of 20, and no false alarm.
        recall = 0.05 ** (1 / n_positives)
        assert found.scores == found.score_high == 1
        assert found.score_low.item() == pytest.approx(2 * recall / (1 + recall), abs=0.08)
        assert (found.threshold_low.item(), found.threshold_high.item()) == pytest.approx((0.1, 0.9))


@both_tools
def test_a_class_without_positives_may_be_anywhere(tool):
    probs, targets = random_table(12, 40, 3)
    targets[:, 1] = False
    with pytest.warns(UndefinedScore, match="of class 1: any threshold") as said: found = tool(probs, targets)
    assert len(said) == 1 and said[0].filename == __file__
    assert (found.threshold_low[1], found.threshold_high[1]) == (0, 1)
    assert found.score_low.isnan().tolist() == found.score_high.isnan().tolist() == [False, True, False]
    with pytest.warns(UndefinedScore, match="no positive: any"): nothing = tool(probs, targets & False, per_class=False)
    assert (nothing.threshold_low, nothing.threshold_high) == (0, 1) and nothing.score_low.isnan()


def test_seeds():
    table = random_table(13, 60, 2)
    one, same, other = (bootstrap_intervals(*table, n_resamples=50, seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(one[:6], same[:6]))
    assert not torch.equal(one.score_low, other.score_low)
    state = torch.get_rng_state()
    bootstrap_intervals(*table, n_resamples=20)
    shrunk_thresholds(*table)
    assert torch.equal(state, torch.get_rng_state())    # nobody else's luck is touched


# Whether the intervals are honest: 300 tables, side by side as 300 columns, and a truth that is known.

class Normal:
    "Signals of present and absent classes are normal, `apart` apart; the present ones `spread` times as wide."
    def __init__(self, share, apart, spread=1.): self.share, self.apart, self.spread = share, apart, spread
    def __repr__(self): return f"Normal({self.share}, {self.apart}, {self.spread})"

    def draw(self, n, columns, seed):
        rng = torch.Generator().manual_seed(seed)
        present = torch.rand(n, columns, generator=rng) < self.share
        noise = torch.randn(n, columns, generator=rng, dtype=torch.float64)
        return torch.sigmoid(torch.where(present, self.apart + self.spread * noise, noise)), present

    def above(self, signal):
        "Shares of the present and of the absent whose signal is above."
        return torch.special.ndtr((self.apart - signal) / self.spread), torch.special.ndtr(-signal)

    def score(self, thresholds, metric):
        found, wrong = self.above(torch.logit(thresholds.double()))
        present, absent = self.share, 1 - self.share
        return count_score(metric, (present * found, absent * wrong, present * (1 - found), absent * (1 - wrong)))


class Skewed(Normal):
    "Gumbel's distribution: absent signals have a long tail to the right, present ones to the left."
    def __repr__(self): return f"Skewed({self.share}, {self.apart})"

    def draw(self, n, columns, seed):
        rng = torch.Generator().manual_seed(seed)
        present = torch.rand(n, columns, generator=rng) < self.share
        tail = -torch.empty(n, columns, dtype=torch.float64).exponential_(generator=rng).log()
        return torch.sigmoid(torch.where(present, self.apart - tail, tail)), present

    def above(self, signal): return torch.exp(-torch.exp(signal - self.apart)), 1 - torch.exp(-torch.exp(-signal))


def coverage(world, n, metric, n_tables=300, n_resamples=150, seed=1):
    "How often intervals hold the truth: for each tool (of the threshold, of the score)."
    probs, present = world.draw(n, n_tables, seed)
    grid = torch.sigmoid(torch.linspace(-12, 12, 48001, dtype=torch.float64))
    best = grid[world.score(grid, metric).nan_to_num(-9).argmax()]
    held = {}
    for name, tool in (("bootstrap", lambda *a: bootstrap_intervals(*a, n_resamples=n_resamples)),
                       ("analytic", analytic_intervals)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedScore)
            found = tool(probs, present, metric)
        truth, known = world.score(found.thresholds, metric), ~found.score_low.isnan()
        of_thresholds = (found.threshold_low <= best) & (best <= found.threshold_high)
        of_scores = ((found.score_low <= truth + 1e-12) & (truth <= found.score_high + 1e-12))[known]
        held[name] = of_thresholds.double().mean().item(), of_scores.double().mean().item()
    return held


@pytest.mark.parametrize("metric", ["f1", "accuracy"])
@pytest.mark.parametrize("world, n", [(Normal(0.35, 1.6), 300), (Normal(0.25, 2.), 400), (Normal(0.1, 2.), 400),
                                      (Skewed(0.3, 2.5), 300)], ids=str)
def test_90_percent_intervals_hold_the_truth_in_84_to_96(world, n, metric):
    held = coverage(world, n, metric)
    assert all(0.84 <= share <= 0.96 for both in held.values() for share in both), held


def of_one_mood(n, seed):
    "Four classes that come together, seen by a model whose mistakes come together, too."
    rng = torch.Generator().manual_seed(seed)
    shares = torch.tensor([0.4, 0.35, 0.25, 0.05])
    normal = lambda part: (part ** 0.5 * torch.randn(n, 1, generator=rng)
                           + (1 - part) ** 0.5 * torch.randn(n, 4, generator=rng))
    present = normal(0.6) > torch.special.ndtri(1 - shares)
    return torch.sigmoid(torch.logit(shares) + 2 * (2 * (present.float() - 0.5) + normal(0.5))), present


@pytest.mark.parametrize("metric", ["f1"])
def test_one_threshold_for_all_classes_holds_too(metric):
    probs, present = of_one_mood(1_000_000, seed=99)
    best, held = best_threshold(probs, present, metric).threshold, {}
    for seed in range(300):
        table = of_one_mood(200, seed)
        for name, found in (("bootstrap", bootstrap_intervals(*table, metric, False, n_resamples=100, seed=seed)),
                            ("analytic", analytic_intervals(*table, metric, False))):
            truth = f1(probs[:50_000], present[:50_000], found.thresholds.item(), average="micro")
            held.setdefault(name + " threshold", []).append(found.threshold_low <= best <= found.threshold_high)
            held.setdefault(name + " score", []).append(found.score_low <= truth <= found.score_high)
    shares = {name: sum(map(bool, hits)) / 300 for name, hits in held.items()}
    assert all(0.84 <= share <= 0.96 for share in shares.values()), shares


# Cross-fitting.

@pytest.mark.parametrize("n, n_folds", [(2, 2), (11, 5), (100, 10)])
def test_folds_are_even_in_images_and_in_classes(n, n_folds):
    present = torch.rand(n, 4, generator=torch.Generator().manual_seed(0)) < torch.tensor([.1, .3, .5, .9])
    folds = uncertainty.image_folds(present, n_folds, seed=1)
    sizes = folds.bincount(minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1 and not torch.equal(folds, uncertainty.image_folds(present, n_folds, seed=2))
    rarest = present.sum(dim=0).argmin()
    of_it = torch.stack([present[folds == fold, rarest].sum() for fold in range(n_folds)])
    assert of_it.max() - of_it.min() <= 1


@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("metric", ["f1", "accuracy", ExpectedCost(2, 1)], ids=str)
def test_cross_fit_against_a_loop(metric, per_class):
    probs, present = random_table(14, 70, 3)
    folds = uncertainty.image_folds(present, 4, seed=5)
    named = torch.zeros_like(present)
    for fold in range(4):
        tune = best_thresholds if per_class else best_threshold
        own = tune(probs[folds != fold], present[folds != fold], metric)[0]
        named[folds == fold] = probs[folds == fold] > own
    kinds = named & present, named & ~present, ~named & present, ~named & ~present
    outside = count_score(metric, [kind.sum(dim=0) if per_class else kind.sum() for kind in kinds])
    found = cross_fit(probs, present, metric, per_class, n_folds=4, seed=5)
    assert isinstance(found, CrossFit) and found.n_folds == 4
    torch.testing.assert_close(found.out_of_sample, outside, rtol=0, atol=0)
    torch.testing.assert_close(found.in_sample, tune(probs, present, metric)[1], rtol=0, atol=0)
    torch.testing.assert_close(found.optimism, found.in_sample - found.out_of_sample, rtol=0, atol=0)


def test_cross_fitted_optimism_is_the_true_one_on_average():
    world = Normal(0.15, 1.8)
    probs, present = world.draw(200, 300, seed=2)    # 300 tables side by side
    found, best = cross_fit(probs, present), best_thresholds(probs, present)
    true = (best.scores - world.score(best.thresholds, "f1")).mean()
    # On four fifths of the images one tunes a little worse, so it says a little too much.
    assert true > 0.02 and 0.9 * true < found.optimism.mean() < 1.6 * true


def test_cross_fit_names_folds_that_could_not_be_tuned():
    probs, targets = random_table(15, 30, 3)
    targets[:, 1], targets[:, 2] = False, False
    targets[4, 2] = True
    with pytest.warns(UndefinedScore, match="class 1 in 5, class 2 in 1 of 5 folds") as said: cross_fit(probs, targets)
    assert len(said) == 1
    with pytest.warns(UndefinedScore, match=": 5 of 5 folds"): cross_fit(probs, targets & False, per_class=False)


# Shrinking.

def test_shrunk_thresholds_lie_between_own_and_shared():
    probs, targets = random_table(16, 120, 5)
    own, shrunk = best_thresholds(probs, targets), shrunk_thresholds(probs, targets)
    assert isinstance(shrunk, ShrunkThresholds) and shrunk.thresholds.dtype == torch.float32
    logits = (own.thresholds.double().logit() * (1 - shrunk.amounts) + shrunk.amounts * shrunk.shared.logit())
    torch.testing.assert_close(shrunk.thresholds.double(), logits.sigmoid(), rtol=0, atol=1e-6)
    assert ((0 <= shrunk.amounts) & (shrunk.amounts <= 1)).all() and not shrunk.pooled.any()
    assert (targets.sum(dim=0).argsort() == shrunk.amounts.argsort(descending=True)).all()
    assert torch.equal(shrunk.scores, f1(probs, targets, shrunk.thresholds, average=None))


def test_the_shared_threshold_has_the_best_mean_score():
    probs, targets = random_table(17, 200, 4)
    shared = shrunk_thresholds(probs, targets).shared.item()
    best = max(f1(probs, targets, threshold / 500) for threshold in range(1, 500))
    assert f1(probs, targets, shared) >= best - 0.005


def test_order_of_classes_does_not_change_shrinking():
    probs, targets = random_table(18, 90, 4)
    one, other = shrunk_thresholds(probs, targets), shrunk_thresholds(probs.flip(1), targets.flip(1))
    for part, same in zip(one[:3], other[:3]): torch.testing.assert_close(part, same.flip(0))


def test_classes_without_positives_get_the_shared_threshold():
    probs, targets = random_table(19, 60, 3)
    targets[:, 2] = False
    with pytest.warns(UndefinedScore, match="of class 2: the shared threshold") as said: found = shrunk_thresholds(probs, targets)
    assert len(said) == 1 and said[0].filename == __file__
    assert found.pooled.tolist() == [False, False, True] and found.amounts[2] == 1
    assert found.thresholds[2].item() == pytest.approx(found.shared.item(), abs=1e-6)
    with pytest.warns(UndefinedScore, match="of class 0, 1, 2"): nothing = shrunk_thresholds(probs, targets & False)
    assert nothing.amounts.tolist() == [1, 1, 1] and nothing.pooled.all()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_shrinking_any_metric_and_dtype(dtype):
    probs, targets = random_table(20, 50, 3, dtype=dtype)
    for metric in METRICS:
        found = shrunk_thresholds(probs, targets, metric, n_folds=2)
        assert found.thresholds.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
        assert ((0 <= found.thresholds) & (found.thresholds <= 1)).all() and not found.amounts.isnan().any()
    one = shrunk_thresholds(probs[:, :1], targets[:, :1])
    assert ((0 <= one.amounts) & (one.amounts <= 1)).all()


def twenty(n, seed, biases):
    rng = torch.Generator().manual_seed(seed)
    shares, strengths = torch.logspace(math.log10(.005), math.log10(.3), 20), torch.linspace(1.6, 2.8, 20).roll(7)
    present = torch.rand(n, 20, generator=rng) < shares
    signal = strengths * (present.float() - 0.5) + torch.randn(n, 20, generator=rng)
    return torch.sigmoid(torch.logit(shares) + strengths * signal + biases), present


@pytest.mark.filterwarnings("ignore::multilabel.metrics.UndefinedScore")
@pytest.mark.parametrize("spread", [0., 0.5, 1.2])
def test_shrinking_pays_when_classes_are_rare(spread):
    biases = spread * torch.randn(20, generator=torch.Generator().manual_seed(21))
    fresh, gains = twenty(20_000, 1, biases), []
    for seed in range(100, 130):
        table = twenty(300, seed, biases)
        ways = shrunk_thresholds(*table).thresholds, best_thresholds(*table).thresholds, 0.5
        shrunk, own, half = (f1(*fresh, way, zero_division=0.) for way in ways)
        gains.append([shrunk - own, shrunk - half])
    gains = torch.tensor(gains)
    assert (gains.mean(dim=0) > 3 * gains.std(dim=0) / 30 ** 0.5).all(), gains.mean(dim=0)


# Wrong inputs.

PROBS, TARGETS = random_table(22, 10, 2)
FUNCTIONS = [bootstrap_intervals, analytic_intervals, cross_fit, shrunk_thresholds]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_wrong_tables_and_metrics_are_named(function):
    refuses(lambda: function(PROBS * 3 - 1, TARGETS), "probs", "[0, 1]")
    refuses(lambda: function(PROBS, TARGETS * 2), "targets")
    refuses(lambda: function(PROBS[:5], TARGETS), "probs")
    refuses(lambda: function(PROBS[:, 0], TARGETS[:, 0]), "probs")
    refuses(lambda: function(PROBS / 0, TARGETS), "probs")
    refuses(lambda: function(PROBS[:0], TARGETS[:0]), "probs")
    refuses(lambda: function(np.array([["a", "b"]]), TARGETS[:1]), "probs")
    refuses(lambda: function(PROBS, TARGETS, "loss"), "metric", "'loss'")
    refuses(lambda: function(PROBS, TARGETS, None), "metric")


@both_tools
@pytest.mark.parametrize("confidence", [90, 0.4, 1, 1., 0, -0.9, math.nan, "0.9", None, True])
def test_wrong_confidence_is_named(tool, confidence):
    refuses(lambda: tool(PROBS, TARGETS, confidence=confidence), "confidence", "0.5 to 0.99", repr(confidence))


def test_wrong_counts_are_named():
    for bad in (0, 19, -5): refuses(lambda: bootstrap_intervals(PROBS, TARGETS, n_resamples=bad), "n_resamples", bad)
    for bad in (100., "100", None, True): refuses(lambda: bootstrap_intervals(PROBS, TARGETS, n_resamples=bad), "n_resamples")
    for function in (cross_fit, shrunk_thresholds):
        for bad in (1, 0, -2, 11): refuses(lambda: function(PROBS, TARGETS, n_folds=bad), "n_folds", bad)
        for bad in (2.5, None, "5", True): refuses(lambda: function(PROBS, TARGETS, n_folds=bad), "n_folds")


HARD = [(Normal(0.5, 1.5), 300), (Normal(0.4, 2.4), 1000), (Normal(0.3, 0.8), 600), (Normal(0.3, 4.), 300),
        (Normal(0.3, 2., 1.8), 300), (Normal(0.35, 1.6), 3000), (Normal(0.04, 2.), 400), (Normal(0.02, 2.), 300),
        (Normal(0.01, 2.), 300), (Normal(0.01, 4.), 300), (Skewed(0.1, 3.), 500)]

if __name__ == "__main__":
    print(f"{'world':24} {'n':>5} {'metric':18} bootstrap: threshold, score   analytic: threshold, score")
    for world, n in HARD:
        for metric in ("f1", "accuracy", "balanced_accuracy", "mcc"):
            held = coverage(world, n, metric, n_resamples=200)
            shares = "".join(f"{share:14.0%}" for both in held.values() for share in both)
            print(f"{world!r:24} {n:5} {metric:18}{shares}", flush=True)
