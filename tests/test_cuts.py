"Cuts against brute force and the plain sort: whichever way is taken, the same answer to the last bit."
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from brute import DTYPES, TARGET_DTYPES, cases, exact_score, layouts, quietly, strided, transposed
from conftest import refuses
from fastai.metrics import accuracy_multi
from fastai.torch_core import TensorBase
from hypothesis import HealthCheck, given, settings, strategies as st
from sklearn.metrics import fbeta_score, multilabel_confusion_matrix

from multilabel import cuts
from multilabel.cuts import (COUNT_METRICS, FLOOR, ExpectedCost, add_counts, best_by_counting, best_by_sorting, best_cut_of_all,
                             best_cuts, best_inside, bin_of, check_scores, count_metric, count_score, halfway, in_threads,
                             may_hold_best, metric_name, n_bins, pack, pick_best, sorted_cuts, unpack)
from multilabel.metrics import accuracy, confusion_counts
from multilabel.thresholds import best_threshold, best_thresholds, threshold_curve

METRICS = [*sorted(COUNT_METRICS), "f3", ExpectedCost(5, .25)]
OTHERS = [ExpectedCost(0, 0), ExpectedCost(1e-300, 1e300), ExpectedCost(1e300, 0), ExpectedCost(0, 1e-300), "f0.001", "f1000",
          lambda tp, fp, fn, tn: tn / (tn + fp), lambda tp, fp, fn, tn: (tp + fp + 1).sqrt(), lambda tp, fp, fn, tn: -(tp - fp).abs()]
several = settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def alike(ours, theirs, **kwargs):
    "Equal to the last bit; nan equals nan."
    torch.testing.assert_close(tuple(ours), tuple(theirs), rtol=0, atol=0, equal_nan=True, **kwargs)


def counts_of(answers, present):
    "(tp, fp, fn, tn) of each column, from two boolean tables."
    kinds = answers & present, answers & ~present, ~answers & present, ~answers & ~present
    return tuple(kind.sum(dim=0) for kind in kinds)


# A brute force in exact fractions.

def exact_at(metric, probs, targets, threshold):
    "The score of a plain list of probabilities where a class is present above the threshold."
    pairs = [(p > threshold, bool(t)) for p, t in zip(probs, targets)]
    return exact_score(metric, *map(pairs.count, [(True, True), (True, False), (False, True), (False, False)]))


def is_exactly(ours, exact):
    "Whether a float64 is a fraction, correctly rounded, or a root, nearly; nan stands for None."
    if exact is None: return math.isnan(ours)
    return float(ours) == float(exact) or isinstance(exact, float) and math.isclose(ours, exact, rel_tol=1e-14, abs_tol=1e-15)


def steps_of(probs, dtype):
    "From, to and halfway of each step between the distinct values of a plain list, 0 and 1."
    ends = sorted({0.0, 1.0, *probs})
    steps = [*zip(ends, ends[1:])] + [(1.0, 1.0)] * (1.0 in probs)   # above a probability of 1 there is only 1
    low, high = torch.tensor(steps, dtype=torch.float64 if dtype == torch.float64 else torch.float32).T
    middle = ((low + high) / 2).to(dtype).to(low.dtype)
    return [(*step, m) for step, m in zip(steps, middle.where((middle < high) | (low == high), low).tolist())]


def by_brute_force(metric, probs, targets, dtype):
    "The best score of all steps, None where it is always 0/0, and the thresholds that reach it, the wanted one first."
    scores = [(exact_at(metric, probs, targets, t), t) for _, _, t in steps_of(probs, dtype)]
    top = max((score for score, _ in scores if score is not None), default=None)
    return top, sorted((t for score, t in scores if score == top), key=lambda t: (abs(Fraction(t) - Fraction(1, 2)), t))


def is_best(metric, threshold, score, probs, targets, dtype):
    "Whether the score is the best there is, the threshold reaches it, and it is the one that the rule wants."
    top, wanted = by_brute_force(metric, probs, targets, dtype)
    assert is_exactly(score, top) and is_exactly(score, exact_at(metric, probs, targets, threshold.item()))
    assert threshold.item() in wanted if metric == "mcc" or top is None else threshold == wanted[0]


@st.composite
def signed_cases(draw, **kwargs):
    "Ties everywhere, subnormal numbers, 0 and 1, in any dtype and memory layout, and zeros with a minus."
    probs, targets = draw(cases(**kwargs))
    if draw(st.booleans()): probs.masked_fill_(probs == 0, -0.0)
    return probs, targets.bool()


@several
@given(signed_cases(max_rows=9), st.sampled_from(METRICS), st.sampled_from([best_by_counting, best_by_sorting, best_cuts]))
def test_each_class_gets_the_best_of_all_distinct_values(case, metric, function):
    probs, present = case
    thresholds, scores = function(probs, present, metric if function is best_cuts else count_metric(metric))
    assert scores.dtype == torch.float64 and thresholds.shape == scores.shape == probs.shape[1:]
    assert thresholds.dtype == (torch.float64 if probs.dtype == torch.float64 else torch.float32)
    for column, targets, threshold, score in zip(probs.double().T.tolist(), present.T.tolist(), thresholds, scores):
        is_best(metric, threshold, score, column, targets, probs.dtype)


@several
@given(signed_cases(max_rows=5), st.sampled_from(METRICS), st.booleans())
def test_all_together_get_the_best_of_all_distinct_values(case, metric, counting):
    "By the sort, and by counting where that would not be worth while."
    probs, present = case
    one, score = best_cut_of_all(probs, present, metric)
    if counting and present.any() and not present.all():
        alike([x[0] for x in cuts._best_of_all_by_counting(probs, present, count_metric(metric))], [one, score])
    is_best(metric, one, score, probs.double().flatten().tolist(), present.flatten().tolist(), probs.dtype)


@several
@given(signed_cases(max_rows=9))
def test_sorted_cuts_are_the_outcomes_of_every_threshold(case):
    "Row k calls the k lowest absent, and no outcome is missing or there twice."
    probs, present = case
    thresholds, counts = sorted_cuts(probs, present)
    assert thresholds.shape == (len(probs) + 1, probs.shape[1]) and all(count.dtype == torch.int64 for count in counts)
    for c, (column, targets) in enumerate(zip(probs.double().T, present.T)):
        rows = (~thresholds[:, c].isnan()).nonzero().flatten()
        assert thresholds[rows, c].tolist() == [middle for *_, middle in steps_of(column.tolist(), probs.dtype)]
        answers = column[:, None] > thresholds[rows, c].double()
        alike(counts_of(answers, targets[:, None]), [count[rows, c] for count in counts])
        assert torch.equal((~answers).sum(dim=0), rows)


@several
@given(st.data(), st.sampled_from(DTYPES), st.booleans())
def test_pick_best_is_the_plain_search(data, dtype, wide):
    "Of all that can be chosen the highest, then the nearest to 0.5, then the lower; an undefined one only for want of another."
    n, n_classes = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 3))
    def table(values, *shape):
        drawn = data.draw(st.lists(values, min_size=math.prod(shape), max_size=math.prod(shape)))
        return torch.tensor(drawn, dtype=torch.float64).reshape(shape)
    thresholds = table(st.sampled_from([0., .1, .25, .5, .75, .9, 1., math.nan]), *(n, n_classes)[:1 + wide]).to(dtype)
    scores = table(st.sampled_from([-2., 0., .5, 1., math.inf, math.nan]), n, n_classes)
    best, top = pick_best(thresholds, scores)
    columns = thresholds.T.tolist() if wide else [thresholds.tolist()] * n_classes
    for t, s, found, score in zip(columns, scores.T.tolist(), best, top):
        able = [(-b, abs(a - .5), a) for a, b in zip(t, s) if not math.isnan(a) and not math.isnan(b)]
        if not able: assert score.isnan()
        else: assert (-score.item(), found.item()) == (min(able)[0], min(able)[2])


@several
@given(st.sampled_from(DTYPES), st.floats(0, 1), st.floats(0, 1), st.integers(0, 3))
def test_halfway_lies_between(dtype, one, other, ulps):
    "At least as near to the middle as any other number of its dtype that `>` keeps apart from the upper."
    low = torch.tensor([min(one, other)], dtype=torch.float64).to(dtype)
    high = torch.tensor([max(one, other)], dtype=torch.float64).to(dtype)
    if ulps:   # neighbors with at most two numbers between
        high = low.clone()
        for _ in range(ulps): high = torch.nextafter(high, torch.ones_like(high))
    middle = halfway(low, high)
    if low == high:
        assert middle.isnan()
        return
    off = lambda x: abs(2 * Fraction(x.item()) - Fraction(low.item()) - Fraction(high.item()))
    assert low <= middle < high and middle.dtype == dtype
    for other in (torch.nextafter(middle, low), torch.nextafter(middle, high)):
        assert other == high or off(middle) <= off(other)
    exact = halfway(low.double(), high.double(), dtype)
    assert exact.to(dtype).double() == exact and low.double() <= exact < high.double()


# Packed numbers and bins.

@several
@given(signed_cases(max_rows=9))
def test_what_is_packed_sorts_as_the_probability_does(case):
    probs, present = case
    keys = pack(probs, present)
    values, targets = unpack(keys)
    assert torch.equal(values.double(), probs.double()) and torch.equal(targets.bool(), present)
    assert not values.signbit().any()
    pairs = sorted(zip(probs.double().flatten().tolist(), present.flatten().tolist()))
    assert pairs == [*zip(*(x.tolist() for x in unpack(keys.flatten().sort().values)))]


@pytest.mark.parametrize("width", [10, 11, 15, 17, 20])
def test_bins_are_stretches_of_neighboring_floats(width):
    "Against the edges themselves: every 2**width-th float32 from 2**-20 to 1."
    edges = (FLOOR + (torch.arange(n_bins(width)) << width)).int().view(torch.float32)
    assert edges[0] == 2 ** -20 and edges[-1] == 1 and n_bins(width) == 20 * 2 ** (23 - width) + 1
    below, above = torch.nextafter(edges, torch.zeros(1)), torch.nextafter(edges[:-1], torch.ones(1))
    rng = torch.Generator().manual_seed(0)
    values = torch.cat([edges, below, above, torch.rand(10_000, generator=rng), torch.rand(100, generator=rng) * 2 ** -19,
                        torch.tensor([0., -0., 1e-45, 1e-40])])
    wanted = (torch.searchsorted(edges, values, right=True) - 1).clamp(min=0)
    assert torch.equal(bin_of(values, width).long(), wanted) and bin_of(values, width).dtype == torch.int32
    assert torch.equal(bin_of(values.double(), width).long(), wanted)


@pytest.mark.parametrize("n, n_classes", [(1, 1), (50, 40), (70_000, 3)])   # more than a block of rows, or of classes
@pytest.mark.parametrize("together", [False, True])
def test_counts_add_up(n, n_classes, together):
    probs, present = table("two decimals", n, torch.float32, n_classes)
    counts = torch.full((1 if together else n_classes, n_bins(15), 2), 2 ** 31)   # what was there stays
    add_counts(counts, [(probs, present)], 15)
    columns = [(probs.flatten(), present.flatten())] if together else zip(probs.T, present.T)
    for found, (values, targets) in zip(counts - 2 ** 31, columns):
        assert torch.equal(found.flatten(), torch.bincount(2 * bin_of(values).long() + targets, minlength=found.numel()))


@settings(several, max_examples=300)
@given(st.integers(0, 2 ** 32), st.integers(1, 150), st.sampled_from(METRICS), st.sampled_from([11, 15, 17, 20]), st.data())
def test_counts_and_a_look_into_some_bins_are_enough(seed, n, metric, width, data):
    "Also where bins are looked into that need not be."
    kind, dtype = data.draw(st.sampled_from(sorted(KINDS))), data.draw(st.sampled_from(DTYPES))
    probs, present = table(kind, n, dtype, seed=seed)
    score = count_metric(metric)
    counts = torch.zeros(probs.shape[1], n_bins(width), 2, dtype=torch.int64)
    add_counts(counts, [(probs, present)], width)
    may, _, bound = may_hold_best(counts, score)
    more = torch.rand(may.shape, generator=torch.Generator().manual_seed(seed)) < data.draw(st.sampled_from([0, .01, .5]))
    wanted = by_plain_sort(probs, present, metric)
    for k, bins in enumerate(bin_of(probs, width).T.long()):
        if present[:, k].all() or not present[:, k].any(): continue
        chosen = may[k] | more[k]
        keys = pack(probs[chosen[bins], k], present[chosen[bins], k])
        found = best_inside(keys[None], counts[k:k + 1], chosen[None], score, width, dtype)
        alike([x[0] for x in found], [x[k] for x in wanted])
        assert found[1].nan_to_num(-math.inf) <= bound[k] + 1e-12


# Tables made to break things: each column of targets is of another kind.

def kind_of_scores(make): return lambda rng, shape: np.asarray(make(rng, shape), dtype=np.float64)


def at_edges(rng, shape):
    "Exactly at the edge of a bin, or the floats next to it, or halfway between those and it, which float64 knows."
    bits = FLOOR + (rng.integers(0, n_bins(17), shape) << 17)
    edges, near = (x.astype(np.int32).view(np.float32).astype(float) for x in (bits, bits + rng.choice([-1, 1], shape)))
    return np.choose(rng.integers(0, 4, shape), [edges, edges, near, (edges + near) / 2]).clip(0, 1)


KINDS = {name: kind_of_scores(make) for name, make in {
    "spread": lambda rng, shape: rng.random(shape),
    "two decimals": lambda rng, shape: rng.random(shape).round(2),
    "all below the lowest edge": lambda rng, shape: rng.random(shape) * 2 ** -20,
    "one bin": lambda rng, shape: .5 + rng.random(shape) * 2 ** -12,
    "edges": at_edges,
    "subnormal": lambda rng, shape: rng.integers(0, 9, shape) * 2. ** -149,
    "subnormal float64": lambda rng, shape: rng.integers(0, 9, shape) * 2. ** -1074,
    "0 and 1": lambda rng, shape: rng.integers(0, 2, shape),
    "equal": lambda rng, shape: np.full(shape, .3),
    "just below 1": lambda rng, shape: 1 - rng.integers(0, 9, shape) * 2. ** -24,
    "apart only in float64": lambda rng, shape: .5 + rng.integers(0, 99, shape) * 2. ** -50,
    "zeros with a minus": lambda rng, shape: np.where(rng.random(shape) < .5, -0., rng.random(shape)),
    "skewed": lambda rng, shape: rng.random(shape) ** 30}.items()}


def table(kind, n, dtype=torch.float32, n_classes=6, seed=0):
    "Honest, rare, never and always present; parted at the middle score and, backwards, present below it."
    rng = np.random.default_rng(seed)
    probs = torch.from_numpy(KINDS[kind](rng, (n, n_classes))).to(dtype)
    targets = torch.from_numpy(rng.random((n, n_classes))) < probs
    middle = probs[:, :6].float().median(dim=0).values
    for k, column in enumerate(probs.float().T[:6]):
        if k == 1: targets[:, k] = torch.from_numpy(rng.random(n) < 2e-3)
        if k in (2, 3): targets[:, k] = k == 3
        if k > 3: targets[:, k] = (column > middle[k]) ^ (k == 5)
    return probs, targets


def by_plain_sort(probs, present, metric):
    thresholds, counts = sorted_cuts(probs, present)
    return pick_best(thresholds, count_score(metric, counts))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 300, 2_001])   # few are sorted, many are counted
def test_every_way_gives_the_answer_of_the_plain_sort(kind, n, dtype):
    probs, present = table(kind, n, dtype)
    thresholds, counts = sorted_cuts(probs, present)
    one, together = sorted_cuts(probs.reshape(-1, 1), present.reshape(-1, 1))
    for metric in METRICS if n < 2_000 else ["f1", "mcc", "accuracy", "precision", ExpectedCost(3, 1)]:
        wanted = pick_best(thresholds, count_score(metric, counts))
        for function in (best_by_counting, best_by_sorting): alike(function(probs, present, count_metric(metric)), wanted)
        alike(best_cuts(probs, present, metric), wanted)
        alike(best_cut_of_all(probs, present, metric), [x[0] for x in pick_best(one, count_score(metric, together))])


@pytest.mark.parametrize("kind", ["spread", "edges", "two decimals", "skewed"])
@pytest.mark.parametrize("n", [50_001, 200_001])   # narrower bins are used from here on
def test_large_tables_too(kind, n):
    probs, present = table(kind, n, n_classes=2)
    for metric in ("f1", "mcc"): alike(best_cuts(probs, present, metric), by_plain_sort(probs, present, metric))
    flat = probs.reshape(-1, 1), present.reshape(-1, 1)
    alike(best_cut_of_all(probs, present, "f1"), [x[0] for x in by_plain_sort(*flat, "f1")])


@pytest.mark.parametrize("n", [1_999, 2_000, 2_001, 3_333, 3_334, 9_999, 10_000, 10_001])
def test_nothing_changes_where_the_way_does(n):
    probs, present = table("skewed", n, n_classes=3)
    alike(best_cuts(probs, present, "f1"), by_plain_sort(probs, present, "f1"))
    flat = probs.reshape(-1, 1), present.reshape(-1, 1)
    alike(best_cut_of_all(probs, present, "f1"), [x[0] for x in by_plain_sort(*flat, "f1")])


@pytest.mark.parametrize("n_classes", [1, 16, 17, 33, 70])
def test_any_number_of_classes(n_classes):
    for n in (20, 2_500):
        probs, present = table("skewed", n, n_classes=n_classes)
        alike(best_cuts(probs, present, "f1"), by_plain_sort(probs, present, "f1"))


# Scores that anybody can check.

@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("n", [300, 10_001])
@pytest.mark.parametrize("kind", ["spread", "edges", "just below 1", "apart only in float64", "zeros with a minus"])
def test_the_score_is_what_applying_the_threshold_gives(kind, n, dtype):
    "Counted by us, by scikit-learn and by fastai, each in its own way."
    probs, present = table(kind, n, dtype)
    for metric in ("f1", "accuracy", "mcc"):
        own, one = quietly(best_thresholds, probs, present, metric), best_threshold(probs, present, metric)
        for found, scores in ((own.thresholds, own.scores), (one.threshold, one.score)):
            answers = probs > found.to(dtype)
            ours, theirs = confusion_counts(probs, present, found), multilabel_confusion_matrix(present, answers)
            assert np.array_equal(ours, theirs)
            tn, fp, fn, tp = ours.flatten(1).T if scores.ndim else ours.flatten(1).sum(dim=0)
            alike([count_score(metric, (tp, fp, fn, tn))], [scores])
            if metric == "accuracy": assert accuracy(probs, present, found) == pytest.approx(scores.mean().item(), abs=1e-15)
            if dtype == torch.float64: continue   # fastai looks at these in float32
            columns = zip(probs.T, present.T, found) if scores.ndim else [(probs, present, found)]
            right = [accuracy_multi(p, t, thresh=threshold, sigmoid=False).item() * t.numel() for p, t, threshold in columns]
            assert [*map(round, right)] == [*np.atleast_1d(tp + tn)]


def test_scores_that_differ_beyond_float32():
    probs = torch.tensor([[.5 + k * 2. ** -50] for k in range(6)], dtype=torch.float64)
    present = torch.tensor([[0], [0], [0], [1], [1], [1]]).bool()
    assert len(probs.float().unique()) == 1
    for repeats in (1, 4_000):   # sorted, and counted
        many, targets = probs.repeat(repeats, 1), present.repeat(repeats, 1)
        for found in (best_cuts(many, targets, "accuracy"), best_cut_of_all(many, targets, "accuracy")):
            assert found[1] == 1 and ((many > found[0]) == targets).all()


# Metrics.

@pytest.mark.parametrize("metric", OTHERS, ids=metric_name)
@pytest.mark.parametrize("n", [40, 10_001])
def test_extreme_prices_and_metrics_of_ones_own(metric, n):
    probs, present = table("two decimals", n)
    wanted = by_plain_sort(probs, present, metric)
    alike(best_cuts(probs, present, metric), wanted)
    one = best_cut_of_all(probs, present, metric)
    alike(one, [x[0] for x in by_plain_sort(probs.reshape(-1, 1), present.reshape(-1, 1), metric)])
    alike([count_score(metric, counts_of(probs > wanted[0], present))], wanted[1:])
    alike([count_score(metric, [x.sum() for x in counts_of(probs > one[0], present)])], one[1:])


@pytest.mark.parametrize("n", [40, 10_001])
def test_the_name_and_the_function_of_a_metric_agree(n):
    probs, present = table("spread", n)
    for name, function in COUNT_METRICS.items():
        alike(best_cuts(probs, present, name), best_cuts(probs, present, function))
        alike(best_cut_of_all(probs, present, name), best_cut_of_all(probs, present, function))


@pytest.mark.parametrize("name, beta", [("f3", 3), ("f0.25", .25), ("f1.0", 1), ("f10", 10)])
def test_any_beta_is_scikit_learns(name, beta):
    probs, present = table("spread", 300)
    thresholds, scores = best_cuts(probs, present, name)
    for k in (0, 4, 5):
        theirs = [fbeta_score(present[:, k], probs[:, k] > t, beta=beta) for t in [thresholds[k], *probs[:40, k]]]
        assert theirs[0] == pytest.approx(scores[k].item(), abs=1e-14) and max(theirs) <= scores[k] + 1e-14


@pytest.mark.parametrize("n", [4, 10_001])
def test_a_score_may_be_infinite(n):
    "Such as the odds of a right answer: the best there is, and reported as it is."
    probs = torch.linspace(.1, .9, n)[:, None]
    def odds(tp, fp, fn, tn): return tp / fp
    threshold, score = best_cuts(probs, probs > .5, odds)
    assert score == math.inf and ((probs > threshold) <= (probs > .5)).all()
    assert pick_best(torch.tensor([.2, .4]), torch.tensor([1, math.inf])) == (torch.tensor(.4), math.inf)


@pytest.mark.parametrize("n", [40, 10_001])
def test_a_name_of_ones_own_may_fall_where_others_rise(n, monkeypatch):
    "Whoever adds to COUNT_METRICS promises nothing about its shape."
    def fewest_found(tp, fp, fn, tn): return -tp
    monkeypatch.setitem(COUNT_METRICS, "fewest_found", fewest_found)
    probs, present = table("spread", n, n_classes=2)
    alike(best_cuts(probs, present, "fewest_found"), best_cuts(probs, present, fewest_found))
    alike(best_cut_of_all(probs, present, "fewest_found"), best_cut_of_all(probs, present, fewest_found))


@pytest.mark.parametrize("price", [-1, math.nan, math.inf, "dear", None])
def test_wrong_prices_are_named(price):
    refuses(lambda: ExpectedCost(miss=price), "miss", "price")
    refuses(lambda: ExpectedCost(false_alarm=price), "false_alarm", "price")


@pytest.mark.parametrize("metric", sorted(COUNT_METRICS))
def test_counts_beyond_2_to_the_31(metric):
    "To the last bit where the products fit into 53 bits, nearly otherwise."
    for counts in [(2 ** 24 + 1, 2 ** 24 + 3, 5, 2 ** 25 + 1), (2 ** 31 + 3, 1, 2 ** 31 + 1, 2 ** 33 + 7)]:
        score = count_score(metric, torch.tensor(counts)).item()
        exact = exact_score(metric, *counts)
        assert score == pytest.approx(float(exact), rel=1e-15, abs=1e-17)
        if metric not in ("mcc", "youden", "balanced_accuracy"): assert score == float(exact)


def test_counts_that_float32_loses_are_searched_exactly():
    "One of 2**24 + 1 and of 2**33 + 1 counted ones makes the difference."
    for many in (2 ** 24, 2 ** 33):
        counts = torch.zeros(1, n_bins(20), 2, dtype=torch.int64)
        low, high = torch.tensor([.25]), torch.tensor([.5, .53])   # the last two share a bin
        counts[0, bin_of(low, 20).long(), 0] = many
        counts[0, bin_of(high[:1], 20).long()] = torch.tensor([1, 1])
        may, edge, bound = may_hold_best(counts, COUNT_METRICS["accuracy"])
        assert may[0, bin_of(high, 20).long()].all() and edge == (many + 1) / (many + 2) and bound == 1
        may[0, bin_of(low, 20).long()] = False   # nothing present there: no better cut inside than at its edge
        keys = pack(high, torch.tensor([False, True]))[None]
        threshold, score = best_inside(keys, counts, may, COUNT_METRICS["accuracy"], 20)
        assert score == 1 and .5 <= threshold < .53


# Whatever memory the scores lie in.

def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


SOURCES = {
    "tensor": torch.from_numpy, "transposed": lambda x: transposed(torch.from_numpy(x)),
    "strided": lambda x: strided(torch.from_numpy(x)), "fastai's tensor": lambda x: torch.from_numpy(x).as_subclass(TensorBase),
    "numpy": np.array, "Fortran's order": np.asfortranarray, "every second": lambda x: np.repeat(x, 2, axis=0)[::2],
    "backwards": lambda x: x[::-1].copy()[::-1], "read-only": read_only, "broadcast": lambda x: np.broadcast_to(x, (2, *x.shape))[1],
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder(">")), "data frame": pd.DataFrame,
    "data frame with names": lambda x: pd.DataFrame(x, columns=[*"abcdef"], index=range(9, 9 + len(x)))}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("n", [30, 10_001])
def test_scores_from_anywhere(source, dtype, n):
    probs, present = (x.numpy() for x in table("spread", n))
    probs = probs.astype(dtype)
    wanted = quietly(best_thresholds, torch.from_numpy(probs), torch.from_numpy(present))
    given = SOURCES[source](probs), SOURCES[source](present)
    found = quietly(best_thresholds, *given)
    alike(found[:3], wanted[:3])
    alike(best_threshold(*given)[:2], best_threshold(torch.from_numpy(probs), torch.from_numpy(present))[:2])
    alike(threshold_curve(*given)[:2], threshold_curve(torch.from_numpy(probs), torch.from_numpy(present))[:2])
    assert type(found.thresholds) is torch.Tensor
    assert np.array_equal(np.asarray(given[0]), probs) and np.array_equal(np.asarray(given[1]), present)


@pytest.mark.parametrize("dtype", [*TARGET_DTYPES, *DTYPES[:2], torch.int8, torch.int16, torch.int32, torch.uint16, torch.uint32],
                         ids=str)
def test_targets_of_any_type(dtype):
    probs, present = table("spread", 60)
    alike(check_scores(probs, present.to(dtype)), (probs, present))
    assert check_scores(probs, present.to(dtype).numpy() if dtype != torch.bfloat16 else present)[1].dtype == torch.bool
    bad = present.long().index_put((torch.tensor(7), torch.tensor(1)), torch.tensor(2)).to(dtype)
    if dtype != torch.bool: refuses(lambda: check_scores(probs, bad), "targets", "2 at [7, 1]", error=ValueError)


@settings(several, max_examples=100)
@given(signed_cases(), layouts)
def test_inputs_stay_as_they_are(case, layout):
    probs, present = case
    probs, present = layout(probs).requires_grad_(), layout(present)
    before = [(x, x.detach().clone(), x.stride(), x.data_ptr(), x._version) for x in (probs, present)]
    for function in (best_threshold, best_thresholds, threshold_curve):
        for part in quietly(function, probs, present):
            assert isinstance(part, str) or not part.requires_grad
    quietly(best_thresholds, probs, present, "f1", "widest")
    for x, copy, *rest in before:
        assert torch.equal(x.detach(), copy) and rest == [x.stride(), x.data_ptr(), x._version]
    assert probs.grad is None


@pytest.mark.parametrize("layout", [lambda x: x, transposed, strided])
@pytest.mark.parametrize("n", [100, 10_001])
def test_counting_leaves_inputs_as_they_are(layout, n):
    probs, present = map(layout, table("zeros with a minus", n))
    before = [(x, x.clone(), x.stride(), x._version) for x in (probs, present)]
    quietly(best_thresholds, probs, present)
    best_threshold(probs, present)
    for x, copy, *rest in before: assert torch.equal(x, copy) and rest == [x.stride(), x._version]


# Threads.

@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_threads_change_nothing(threads):
    probs, present = table("two decimals", 31_300, n_classes=32)   # just large enough to be shared out
    found = []
    for number in (1, 2, 3):
        threads(number)
        found.append([*best_cuts(probs, present, "f1"), *best_cut_of_all(probs, present, "f1"),
                      *best_cuts(probs[:, :2], present[:, :2], lambda tp, fp, fn, tn: tp - fp)])
        assert torch.get_num_threads() == number
    for other in found[1:]: alike(other, found[0])


def test_threads_are_given_back_after_an_error(threads):
    threads(2)
    def fails(part): raise KeyError(part)
    with pytest.raises(KeyError): in_threads(fails, [1, 2, 3], 10 ** 6)
    assert torch.get_num_threads() == 2
    probs, present = table("spread", 500_001, n_classes=2)
    with pytest.raises(ValueError, match="metric"): best_cuts(probs, present, lambda *counts: None)
    assert torch.get_num_threads() == 2


def test_work_keeps_its_order(threads):
    for number in (1, 2):
        threads(number)
        for size in (10, 10 ** 6): assert in_threads(lambda part: part ** 2, [*range(9)], size) == [k * k for k in range(9)]


# Wrong inputs.

PROBS, TARGETS = torch.tensor([[.2, .9], [.4, .1]]), torch.tensor([[0, 1], [1, 0]])


def with_one(x, value): return x.index_put((torch.tensor(1), torch.tensor(0)), torch.tensor(value, dtype=x.dtype))


WRONG = [   # probs, targets, the words that must be said, the place among them
    *[(with_one(PROBS, value), TARGETS, ["probs", words, "[1, 0]"]) for value, words in
      [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"), (-1e-6, "-1e-06"), (1.5, "1.5"), (1 + 2 ** -23, "[0, 1]")]],
    *[(PROBS, with_one(TARGETS.double(), value), ["targets", words, "[1, 0]"]) for value, words in
      [(math.nan, "nan"), (math.inf, "inf"), (.5, "0.5"), (-1, "-1"), (2, "2")]],
    (PROBS, with_one(TARGETS, 255).to(torch.uint8), ["targets", "255", "[1, 0]"]),
    (PROBS, TARGETS[:1], ["targets", "shape", "2, 2", "1, 2"]), (PROBS, TARGETS.T[:1].T, ["targets", "shape", "2, 1"]),
    (PROBS[:, 0], TARGETS[:, 0], ["probs", "shape", "2"]), (PROBS[None], TARGETS[None], ["probs", "shape", "1, 2, 2"]),
    (PROBS[:0], TARGETS[:0], ["probs", "0, 2"]), (TARGETS, TARGETS, ["probs", "int64"]),
    (PROBS.tolist(), TARGETS, ["probs", "list"]), (PROBS, TARGETS.tolist(), ["targets", "list"]),
    (None, TARGETS, ["probs", "NoneType"]), (PROBS, TARGETS.to(torch.complex64), ["targets", "complex"]),
    (PROBS.numpy().astype(str), TARGETS, ["probs", "numbers"]), (PROBS, TARGETS.numpy().astype(object), ["targets", "numbers"]),
    (PROBS.numpy().astype(complex), TARGETS, ["probs", "numbers"]), (PROBS.numpy().astype(np.longdouble), TARGETS, ["probs"])]


@pytest.mark.parametrize("probs, targets, words", WRONG, ids=[" ".join(words) for *_, words in WRONG])
def test_what_is_wrong_and_where_is_said(probs, targets, words):
    for function in (check_scores, best_threshold, best_thresholds, threshold_curve):
        refuses(lambda: function(probs, targets), *words)


@pytest.mark.parametrize("value", [math.nan, 1.5])
def test_one_wrong_among_many_is_found(value):
    probs, present = table("spread", 20_000)
    probs[12_345, 4] = value
    refuses(lambda: best_thresholds(probs, present), "probs", f"{value:g} at [12345, 4]", error=ValueError)


@pytest.mark.parametrize("function", [best_threshold, best_thresholds, threshold_curve], ids=lambda f: f.__name__)
def test_weights_are_refused(function):
    with pytest.raises(TypeError, match="sample_weight"): function(PROBS, TARGETS, sample_weight=torch.ones(2))
