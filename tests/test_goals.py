"Constraints, counts and joint goals against brute force over every distinct value, with exact fractions."
import itertools
import math
import subprocess
import sys
import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from brute import cases
from hypothesis import HealthCheck, given, settings, strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from conftest import refuses
from multilabel import metrics
from multilabel.cuts import COUNT_METRICS, ExpectedCost
from multilabel.goals import (GOALS, AtMostLabels, BestUnder, JointThresholds, MatchedCounts, UnmetDemand, _unit,
                              at_most_labels, best_under, joint_thresholds, match_counts)
from multilabel.metrics import UndefinedScore
from multilabel.thresholds import best_threshold, best_thresholds

many = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def quietly(function, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


def candidates(probs, dtype):
    "Every threshold halfway between two neighbors among 0, the probabilities and 1, as the rule has it."
    values = sorted({0., 1., *probs})
    pairs = [*zip(values, values[1:])] + [(1., 1.)] * (1. in probs)
    low, high = (torch.tensor(side, dtype=torch.float64) for side in zip(*pairs))
    wide = torch.promote_types(dtype, torch.float32)
    middle = ((low.to(wide) + high.to(wide)) / 2).to(dtype).double()
    return torch.where((middle < high) | (low == high), middle, low).tolist()


def counts_at(probs, targets, t):
    pairs = [(p > t, bool(y)) for p, y in zip(probs, targets)]
    return tuple(sum(pair == kind for pair in pairs) for kind in [(1, 1), (1, 0), (0, 1), (0, 0)])


def ratio(a, b): return Fraction(a, b) if b else None


EXACT = {"accuracy": lambda tp, fp, fn, tn: ratio(tp + tn, tp + fp + fn + tn),
         "precision": lambda tp, fp, fn, tn: ratio(tp, tp + fp), "recall": lambda tp, fp, fn, tn: ratio(tp, tp + fn),
         "f1": lambda tp, fp, fn, tn: ratio(2 * tp, 2 * tp + fp + fn),
         "f2": lambda tp, fp, fn, tn: ratio(5 * tp, 5 * tp + 4 * fn + fp),
         "f0.5": lambda tp, fp, fn, tn: ratio(5 * tp, 5 * tp + fn + 4 * fp)}


def key(score): return (score is not None, score or 0)   # undefined is below any number


def brute_under(probs, targets, metric, floor, value, dtype):
    "Threshold, score, floor's score, met: by looking at every one."
    rows = []
    for t in candidates(probs, dtype):
        counts = counts_at(probs, targets, t)
        rows.append((t, EXACT[metric](*counts), EXACT[floor](*counts)))
    kept = [row for row in rows if row[2] is not None and row[2] >= value]
    ranked = (lambda r: (key(r[1]), key(r[2]))) if kept else (lambda r: (key(r[2]), key(r[1])))
    best = max(map(ranked, kept or rows))
    winners = [row for row in kept or rows if ranked(row) == best]
    return *min(winners, key=lambda r: (abs(Fraction(r[0]) - Fraction(1, 2)), r[0])), bool(kept)


def same(found, exact):
    return math.isnan(found) if exact is None else found == pytest.approx(float(exact), abs=1e-15)


names = st.sampled_from(sorted(EXACT))
values = st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(3, 5), Fraction(4, 5), Fraction(1)])


@many
@given(cases(), names, names, values)
def test_under_a_floor_all_together(case, metric, floor, value):
    probs, targets = case
    found = quietly(best_under, probs, targets, metric, (floor, float(value)))
    p, y = probs.double().flatten().tolist(), targets.flatten().tolist()
    threshold, score, kept, met = brute_under(p, y, metric, floor, value, probs.dtype)
    assert (found.thresholds.item(), found.met.item()) == (threshold, met)
    assert same(found.scores.item(), score) and same(found.floor_scores.item(), kept)
    assert {part.ndim for part in found[:4]} == {0}
    assert found.thresholds.dtype == torch.promote_types(probs.dtype, torch.float32)


@many
@given(cases(), names, names, st.lists(values, min_size=3, max_size=3))
def test_under_a_floor_a_class(case, metric, floor, asked):
    probs, targets = case
    asked = asked[:probs.shape[1]]
    found = quietly(best_under, probs, targets, metric, (floor, [float(v) for v in asked]), per_class=True)
    for i, value in enumerate(asked):
        threshold, score, kept, met = brute_under(probs[:, i].double().tolist(), targets[:, i].tolist(), metric, floor,
                                                  value, probs.dtype)
        assert (found.thresholds[i].item(), found.met[i].item()) == (threshold, met)
        assert same(found.scores[i].item(), score) and same(found.floor_scores[i].item(), kept)


@many
@given(cases())
def test_what_is_reported_is_what_applying_gives(case):
    "With our metrics bit for bit and with scikit-learn's, in the dtype of the probabilities."
    probs, targets = case
    found = quietly(best_under, probs, targets, "recall", ("precision", .6), per_class=True)
    cut = found.thresholds.to(probs.dtype)
    assert torch.equal(probs > cut, probs.double() > found.thresholds.double())
    for scores, metric, theirs in [(found.scores, metrics.recall, recall_score),
                                   (found.floor_scores, metrics.precision, precision_score)]:
        applied = quietly(metric, probs, targets, found.thresholds, average=None)
        torch.testing.assert_close(applied, scores, rtol=0, atol=0, equal_nan=True)
        reference = quietly(theirs, targets.bool().numpy(), (probs > cut).numpy(), zero_division=np.nan,
                            average=None if probs.shape[1] > 1 else "binary")
        torch.testing.assert_close(scores, torch.as_tensor(reference).double().reshape(-1), equal_nan=True)


def simulated(n=300, n_classes=5, seed=0, share=.3, step=50):
    rng = torch.Generator().manual_seed(seed)
    targets = (torch.rand(n, n_classes, generator=rng) < share).long()
    probs = torch.sigmoid(2 * torch.randn(n, n_classes, generator=rng) + 2 * targets - 1.5)
    return (probs * step).round() / step, targets   # many ties


@pytest.mark.parametrize("metric", [*COUNT_METRICS, "f3", ExpectedCost(5, 1)])
@pytest.mark.parametrize("floor", [("accuracy", .7), ("youden", .2), ("mcc", .3),
                                   (ExpectedCost(1, 5), -.5)])
def test_any_metric_with_a_floor_on_any_other(metric, floor):
    probs, targets = simulated()
    found = best_under(probs, targets, metric, floor)
    from multilabel.cuts import count_score
    every = torch.tensor([0., *probs.unique().tolist()])
    tn, fp, fn, tp = torch.stack([metrics.confusion_counts(probs, targets, t).sum(0).flatten() for t in every]).T
    kept = count_score(floor[0], (tp, fp, fn, tn)) >= floor[1]
    scores = count_score(metric, (tp, fp, fn, tn))
    assert found.met and found.scores == scores[kept].nan_to_num(-math.inf).max() and found.floor_scores >= floor[1]


def test_a_floor_of_a_decimal_is_met_by_that_decimal():
    "9 of 10 is at least 0.9, and 7 of 10 at least 0.7, in spite of rounding."
    for n_right in range(1, 10):
        targets = (torch.arange(10) < n_right).long()[:, None]
        assert best_under(torch.full((10, 1), .7), targets, floor=("precision", n_right / 10)).met


def test_out_of_reach_is_said_with_classes_and_what_is_reachable():
    probs = torch.tensor([[.9, .9, .3], [.8, .8, .2], [.2, .1, .1]])
    targets = torch.tensor([[0, 1, 0], [1, 1, 0], [1, 0, 0]])
    with pytest.warns(UnmetDemand, match=r"class 0: asked 0.9, reachable 0.666667; class 2: asked 0.9, reachable 0"):
        found = best_under(probs, targets, per_class=True)
    assert found.met.tolist() == [False, True, False] and found.floor_scores.tolist() == [2 / 3, 1, 0]
    with pytest.warns(UnmetDemand, match="class 2: asked 0.5, reachable nothing, 0/0 at every threshold"):
        best_under(probs, targets, "precision", ("recall", .5), per_class=True)
    with pytest.warns(UnmetDemand, match=r"^floor: precision can't be that high \(asked 1, reachable 0.75\)") as caught:
        best_under(probs[:2, :2], targets[:2, :2], floor=("precision", 1))
    assert len(caught) == 1 and caught[0].filename == __file__
    many_classes = torch.rand(4, 30)
    with pytest.warns(UnmetDemand, match="class 9: .*; and 20 more"):
        best_under(many_classes, torch.zeros(4, 30), floor=("precision", .5), per_class=True)


def test_arrays_and_frames_are_welcome():
    probs, targets = simulated()
    frame = pd.DataFrame(probs.double().numpy(), columns=list("abcde"))
    wanted = pd.Series(targets.sum(0).double().numpy(), index=list("abcde"))
    calls = [lambda p, y: best_under(p, y, per_class=True), joint_thresholds, lambda p, y: at_most_labels(p, 2),
             lambda p, y: quietly(match_counts, p, wanted)]
    for call in calls:
        tensors, arrays = call(probs.double(), targets), call(probs.double().numpy(), targets.numpy())
        frames = call(frame, pd.DataFrame(targets.numpy(), columns=list("abcde")))
        assert torch.equal(tensors[0], arrays[0]) and torch.equal(tensors[0], frames[0])


@many
@given(cases(), st.sampled_from([0, .1, .29, .3, .5, 1, 1.5, 2, 3, 7]))
def test_at_most_labels_is_the_lowest_that_keeps_k(case, k):
    probs, _ = case
    found = at_most_labels(probs, k)
    p = probs.double().flatten().tolist()
    allowed = [t for t in candidates(p, probs.dtype)
               if Fraction(sum(x > t for x in p), len(probs)) <= Fraction(str(k))]
    assert found.threshold.item() == min(allowed)
    assert found.labels == (probs > found.threshold.to(probs.dtype)).sum().double() / len(probs) and found.labels <= k


@pytest.mark.parametrize("k", [.07, .29, .57, .58, 1.1, 1.13])
def test_a_decimal_k_is_reached(k):
    "0.29 times 100 is 28.999999999999996 in floats: 29 labels are still allowed."
    probs = (torch.randperm(300, generator=torch.Generator().manual_seed(0)).reshape(100, 3) + .5).double() / 300
    assert at_most_labels(probs, k).labels == k


@many
@given(cases(), st.floats(0, 1), st.booleans(), st.booleans())
def test_match_counts_is_the_nearest(case, share, per_class, whole):
    probs, _ = case
    columns = probs.double().T.tolist() if per_class else [probs.double().flatten().tolist()]
    wanted = [(i + 1) * share % 1 * len(column) for i, column in enumerate(columns)]
    if whole: wanted = [float(round(w)) for w in wanted]
    found = quietly(match_counts, probs, wanted if per_class else wanted[0])
    got = zip(*(part.reshape(-1).tolist() for part in found))
    for column, want, (threshold, named, expected, met) in zip(columns, wanted, got):
        def distance(t): return abs(Fraction(sum(x > t for x in column)) - Fraction(want))
        best = min(map(distance, candidates(column, probs.dtype)))
        winners = [t for t in candidates(column, probs.dtype) if float(distance(t)) == float(best)]
        assert threshold == min(winners, key=lambda t: (abs(Fraction(t) - Fraction(1, 2)), t))
        assert (named, expected) == (sum(x > threshold for x in column), want)
        assert met == (abs(named - want) <= .5)


def test_match_counts_says_what_ties_forbid():
    probs = torch.tensor([[.3, .9], [.3, .5], [.3, .1], [.8, .2]])
    with pytest.warns(UnmetDemand, match=r"counts: equal .* \(class 0: asked 3, reachable 4\)") as caught:
        found = match_counts(probs, [3, 2])
    assert caught[0].filename == __file__
    assert found.named.tolist() == [4, 2] and found.met.tolist() == [False, True]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert match_counts(probs, [1.4, 2.5]).named.tolist() == [1, 2]   # no whole number is nearer
    assert match_counts(probs, 3).named == 3 and match_counts(probs, 3).thresholds.ndim == 0


def row_scores(goal, answers, present, empty):
    "What is summed above and below, as exact fractions on Python integers."
    above, below = [], []
    for named, there in zip(answers, present):
        tp, size = sum(a and b for a, b in zip(named, there)), sum(named) + sum(there)
        if goal == "micro_f1": above.append(2 * tp), below.append(size)
        elif goal == "exact_match": above.append(int(list(named) == list(there))), below.append(1)
        elif size: above.append(Fraction(2 * tp, size)), below.append(1)
        elif empty == empty: above.append(int(empty)), below.append(1)
    return Fraction(sum(above)) / sum(below) if sum(below) else None


def exact_score(goal, probs, present, thresholds, empty):
    return row_scores(goal, [[p > t for p, t in zip(row, thresholds)] for row in probs], present, empty)


def own_metric(goal, probs, targets, thresholds, empty):
    if goal == "exact_match": return quietly(metrics.exact_match, probs, targets, thresholds)
    if goal == "micro_f1": return quietly(metrics.f1, probs, targets, thresholds, average="micro")
    return quietly(metrics.f1, probs, targets, thresholds, average="samples", zero_division=empty)


goals, empties = st.sampled_from(sorted(GOALS)), st.sampled_from([0, 1, math.nan])
starts = st.sampled_from([None, 0., .25, .5, 1.])


@many
@given(cases(), goals, empties, starts)
def test_ascent_ends_where_no_single_class_can_do_better(case, goal, empty, start):
    probs, targets = case
    found = quietly(joint_thresholds, probs, targets, goal, start, empty)
    p, y, thresholds = probs.double().tolist(), targets.bool().tolist(), found.thresholds.double().tolist()
    reached = exact_score(goal, p, y, thresholds, empty)
    assert found.converged and same(found.score.item(), reached)
    for i in range(probs.shape[1]):
        for t in candidates(probs[:, i].double().tolist(), probs.dtype):
            other = exact_score(goal, p, y, [*thresholds[:i], t, *thresholds[i + 1:]], empty)
            assert reached is None or other is None or other <= reached


@many
@given(cases(), goals, empties, starts)
def test_ascent_never_falls_and_reports_the_metrics_own_value(case, goal, empty, start):
    probs, targets = case
    found = quietly(joint_thresholds, probs, targets, goal, start, empty)
    by_round, path = found.scores_by_round, found.thresholds_by_round
    assert (by_round.diff() >= 0).all() or by_round.isnan().all()
    assert len(by_round) == len(path) == found.rounds + 1
    for thresholds, score in [*zip(path, by_round), (found.thresholds, found.score), (path[0], found.start_score)]:
        applied = own_metric(goal, probs, targets, thresholds, empty)
        assert applied == score.item() or math.isnan(applied) and score.isnan()
        assert torch.equal(probs > thresholds.to(probs.dtype), probs.double() > thresholds.double())
    if start is not None: assert (path[0] == start).all()
    assert torch.equal(path[-1], path[-2]) and torch.equal(path[-1], found.thresholds)


@many
@given(cases(max_rows=6), starts)
def test_for_micro_f1_the_local_best_is_the_best_of_all(case, start):
    probs, targets = case
    found = quietly(joint_thresholds, probs, targets, "micro_f1", start)
    p, y = probs.double().tolist(), targets.bool().tolist()
    options = [candidates(column, probs.dtype) for column in probs.double().T.tolist()]
    best = max((exact_score("micro_f1", p, y, t, 0) or 0) for t in itertools.product(*options))
    assert found.score.isnan() or same(found.score.item(), best)
    if any(map(any, y)): assert not found.score.isnan()


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("seed", range(3))
def test_scores_are_scikit_learns_and_the_default_start_is_the_better(goal, seed):
    probs, targets = simulated(seed=seed)
    found = joint_thresholds(probs, targets, goal, zero_division=1)
    def reference(t):
        y, answers = targets.numpy(), (probs > t).numpy()
        if goal == "exact_match": return accuracy_score(y, answers)
        return f1_score(y, answers, average="micro" if goal == "micro_f1" else "samples", zero_division=1)
    assert found.score.item() == pytest.approx(reference(found.thresholds), abs=1e-14)
    metric = "accuracy" if goal == "exact_match" else "f1"
    own, shared = best_thresholds(probs, targets, metric), best_threshold(probs, targets, metric)
    assert found.start_score.item() == pytest.approx(max(reference(own.thresholds), reference(shared.threshold)), abs=1e-14)
    assert found.score >= found.start_score
    for i, t in itertools.product(range(5), probs.unique().tolist()):
        other = found.thresholds.clone()
        other[i] = t
        assert reference(other) <= found.score + 1e-14


def test_ties_between_fractions_are_ties():
    "A sixth six times is one: the rule of the nearest to 0.5 decides, not rounding."
    assert _unit(100, 6) == 60 and _unit(10**6, 200) * 10**6 <= 2**53 and _unit(1, 5000) * 5000 <= 2**53
    found = [quietly(joint_thresholds, *simulated(200, 4, seed, step=7), "sample_f1", .5) for seed in range(10)]
    shuffled = []
    for seed in range(10):   # the order of the rows changes the rounding of float sums, and nothing else
        probs, targets = simulated(200, 4, seed, step=7)
        order = torch.randperm(200, generator=torch.Generator().manual_seed(seed))
        shuffled.append(quietly(joint_thresholds, probs[order], targets[order], "sample_f1", .5))
    assert all(torch.equal(a.thresholds, b.thresholds) for a, b in zip(found, shuffled))


def test_images_with_very_many_labels():
    "Sizes that no unit divides are rounded: the score still never falls, and is the metric's own."
    probs, targets = simulated(60, 150, seed=1, share=.5)
    found = joint_thresholds(probs, targets, "sample_f1", start=.5)
    assert found.score == metrics.f1(probs, targets, found.thresholds, average="samples")
    assert (found.scores_by_round.diff() >= 0).all() and found.score > found.start_score and found.converged


def test_rounds_can_be_watched_and_stopped():
    probs, targets = simulated()
    seen = []
    with pytest.warns(UnmetDemand, match="max_rounds: thresholds still moved in round 1"):
        first = joint_thresholds(probs, targets, "exact_match", .95, max_rounds=1, progress=lambda *x: seen.append(x))
    assert not first.converged and first.rounds == 1 and seen == [(1, first.score.item())]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        last = joint_thresholds(probs, targets, "exact_match", .95)
    assert last.converged and last.rounds > 1 and last.scores_by_round[1] == first.score
    assert last.goal == "exact_match" and isinstance(last, JointThresholds)


def test_a_start_is_kept_where_it_is_as_good_as_any():
    probs, targets = torch.tensor([[.2, .9], [.7, .1]]), torch.tensor([[0, 1], [1, 0]])
    found = joint_thresholds(probs, targets, "exact_match", start=[.3, .8])
    assert found.rounds == 1 and torch.equal(found.thresholds, torch.tensor([.3, .8]))


def test_what_is_undefined_is_said():
    probs, targets = torch.tensor([[.9, .4], [.1, .2]]), torch.tensor([[1, 0], [0, 0]])
    with pytest.warns(UndefinedScore, match="no positive of class 1: the goal") as caught:
        assert joint_thresholds(probs, targets).score == 1
    assert len(caught) == 1 and caught[0].filename == __file__
    with pytest.warns(UndefinedScore) as caught: joint_thresholds(probs, targets, "sample_f1")
    assert "F1 is 0/0 in 1 of 2 rows" in str(caught[1].message)
    with pytest.warns(UndefinedScore, match="class 0, 1"):   # naming nothing is right, and undefined
        assert joint_thresholds(probs, targets * 0, start=1.).score.isnan()


def test_inputs_are_left_alone():
    probs, targets = simulated()
    start = torch.full((5,), .5)
    before = probs.clone(), targets.clone(), start.clone()
    joint_thresholds(probs, targets, "sample_f1", start, zero_division=1)
    best_under(probs, targets, per_class=True)
    quietly(match_counts, probs, 300)
    assert all(map(torch.equal, before, (probs, targets, start)))
    grown = probs.clone().requires_grad_()
    assert not joint_thresholds(grown, targets).thresholds.requires_grad
    assert not at_most_labels(grown, 1).threshold.requires_grad


TAKES_PROBS = [lambda p, y: best_under(p, y), lambda p, y: joint_thresholds(p, y), lambda p, y: at_most_labels(p, 1),
               lambda p, y: match_counts(p, 1)]


@pytest.mark.parametrize("call", TAKES_PROBS)
@pytest.mark.parametrize("bad", [[[.5]], torch.tensor([[1.5]]), torch.tensor([[math.nan]]), torch.tensor([[-.1]]),
                                 torch.tensor([[1]]), torch.empty(0, 2), torch.tensor([.5]), np.array([["a"]]),
                                 "probs", None])
def test_wrong_probs(call, bad):
    with pytest.raises((TypeError, ValueError), match="probs|numbers"): call(bad, torch.tensor([[1]]))


@pytest.mark.parametrize("call", TAKES_PROBS[:2])
@pytest.mark.parametrize("bad", [torch.tensor([[2]]), torch.tensor([[1, 0]]), torch.tensor([[math.nan]]), [[1]]])
def test_wrong_targets(call, bad): refuses(lambda: call(torch.tensor([[.5]]), bad), "targets")


def test_wrong_settings_are_named():
    probs, targets = simulated(20, 3)
    def under(**kwargs): return lambda: best_under(probs, targets, **kwargs)
    def joint(*args, **kwargs): return lambda: joint_thresholds(probs, targets, *args, **kwargs)
    refuses(under(metric="loss"), "metric: want one of", "'loss'")
    refuses(under(floor=("loss", .5)), "floor: metric", "'loss'")
    refuses(under(floor=.9), "floor: want a metric and a number", error=TypeError)
    refuses(under(floor=("precision", 90)), "floor: want", "90", error=ValueError)
    refuses(under(floor=("precision", math.nan)), "floor: want", "nan", error=ValueError)
    refuses(under(floor=("precision", True)), "floor: want a number, got True", error=TypeError)
    refuses(under(floor=("precision", "0.9")), "floor: want a number, got '0.9'", error=TypeError)
    refuses(under(floor=("precision", [.9, .8, .7])), "floor: want a number, got shape (3,)", error=ValueError)
    refuses(under(floor=("precision", [.9, .8]), per_class=True), "floor: want a number or 3", error=ValueError)
    for k in (-1, math.nan, math.inf, [1, 2]): refuses(lambda: at_most_labels(probs, k), "k: want", error=ValueError)
    for k in (True, None, "2"): refuses(lambda: at_most_labels(probs, k), "k: want", error=TypeError)
    for counts in (-1, 61, math.nan, [1, 2], [1, 2, 21], [[1, 2, 3]]):
        refuses(lambda: match_counts(probs, counts), "counts: want", error=ValueError)
    refuses(lambda: match_counts(probs, torch.tensor([True, False, True])), "counts: want", error=TypeError)
    for goal in ("macro_f1", "f1", None, ["micro_f1"]): refuses(joint(goal), "goal: want one of micro_f1", error=ValueError)
    for start in (-.1, 1.1, math.nan, [.5, .5]): refuses(joint(start=start), "start: want", error=ValueError)
    refuses(joint(start="own"), "start: want", error=TypeError)
    for rounds in (0, -1, 1.5, True, None): refuses(joint(max_rounds=rounds), "max_rounds: want", error=ValueError)
    for empty in (2, -1, .5, "nan"): refuses(joint(zero_division=empty), "zero_division: want 0, 1 or nan")
    refuses(joint(progress=3), "progress: want a function", error=TypeError)


def test_results_are_named():
    probs, targets = simulated()
    assert isinstance(best_under(probs, targets), BestUnder)
    assert isinstance(at_most_labels(probs, 1), AtMostLabels) and isinstance(quietly(match_counts, probs, 9), MatchedCounts)
    found = best_under(probs, targets, ExpectedCost(), ("recall", .5))
    assert found.metric == "ExpectedCost(miss=1.0, false_alarm=1.0)" and found.floor[0] == "recall" and found.floor[1] == .5


def test_torch_alone_is_imported():
    code = ("import sys, multilabel.goals\nheavy = {'fastai', 'pandas', 'matplotlib', 'sklearn', 'PIL', 'fastcore'}\n"
            "assert not heavy & set(sys.modules), heavy & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)
