"Thresholds against brute force over every distinct value, against fastai and scikit-learn, and on wrong input."
import math
import warnings
from fractions import Fraction

import pytest
import torch
from brute import cases, exact_score, quietly
from fastai.metrics import accuracy_multi
from hypothesis import HealthCheck, given, settings, strategies as st
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, fbeta_score, matthews_corrcoef, precision_score,
                             recall_score)

from multilabel import metrics
from multilabel.metrics import UndefinedScore
from multilabel.cuts import COUNT_METRICS, count_score, halfway, pick_best, sorted_cuts
from multilabel.thresholds import (BestThreshold, BestThresholds, ThresholdCurve, best_threshold,
                                   best_thresholds, threshold_curve)

many = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def score_at(metric, probs, targets, threshold):
    "The score of a plain list of probabilities where a class is present above the threshold; all in Python numbers."
    pairs = [(p > threshold, bool(t)) for p, t in zip(probs, targets)]
    return exact_score(metric, *(pairs.count(pair) for pair in [(True, True), (True, False), (False, True), (False, False)]))


def brute_force(metric, probs, targets):
    "The highest score over every distinct value, 0 and 1 as thresholds; None where it is always 0/0."
    scores = [score_at(metric, probs, targets, t) for t in {0.0, 1.0, *probs}]
    return max((s for s in scores if s is not None), default=None)


def same(ours, exact):
    "Whether a float64 tensor is a fraction, correctly rounded, or a root, nearly; nan stands for None."
    if exact is None: return math.isnan(ours)
    return float(ours) == float(exact) or isinstance(exact, float) and math.isclose(ours, exact, rel_tol=1e-14, abs_tol=1e-15)


@many
@given(cases(), st.sampled_from(sorted(COUNT_METRICS)))
def test_one_for_all_is_the_best_there_is(case, metric):
    probs, targets = case
    found = quietly(best_threshold, probs, targets, metric)
    p, t = probs.double().flatten().tolist(), targets.flatten().tolist()
    assert same(found.score, brute_force(metric, p, t))
    assert same(found.score, score_at(metric, p, t, found.threshold.item()))
    assert 0 <= found.threshold <= 1 and found.threshold.shape == found.score.shape == ()
    assert found.score.dtype == torch.float64
    assert found.threshold.dtype == (torch.float64 if probs.dtype == torch.float64 else torch.float32)


@many
@given(cases(), st.sampled_from(sorted(COUNT_METRICS)))
def test_each_class_gets_the_best_there_is(case, metric):
    probs, targets = case
    found = quietly(best_thresholds, probs, targets, metric)
    shared = quietly(best_threshold, probs, targets, metric)
    for i in range(probs.shape[1]):
        p, t = probs[:, i].double().tolist(), targets[:, i].tolist()
        assert found.pooled[i].item() == (not any(t))
        if found.pooled[i]: assert found.thresholds[i] == shared.threshold
        else: assert same(found.scores[i], brute_force(metric, p, t))
        assert same(found.scores[i], score_at(metric, p, t, found.thresholds[i].item()))


@many
@given(cases(), st.sampled_from(sorted(COUNT_METRICS)))
def test_the_score_is_what_applying_the_threshold_gives(case, metric):
    "In the dtype of the probabilities, as a tensor or as a number: the same counts."
    probs, targets = case
    one, own = quietly(best_threshold, probs, targets, metric), quietly(best_thresholds, probs, targets, metric)
    present = targets.bool()
    for threshold in (one.threshold, one.threshold.item(), one.threshold.to(probs.dtype)):
        assert torch.equal(probs > threshold, probs.double() > one.threshold.double())
        applied = threshold_curve(probs, targets, metric, [threshold]).scores[0]
        assert torch.equal(applied, one.score) or applied.isnan() and one.score.isnan()
    assert torch.equal(probs > own.thresholds.to(probs.dtype), probs.double() > own.thresholds.double())
    counts = metrics.confusion_counts(probs, present, own.thresholds)
    tn, fp, fn, tp = counts.flatten(1).T
    torch.testing.assert_close(count_score(metric, (tp, fp, fn, tn)), own.scores, rtol=0, atol=0, equal_nan=True)


@many
@given(cases())
def test_ties_go_nearest_to_one_half_then_lower(case):
    "Checked with exact fractions over the same candidates, in every dtype."
    probs, targets = case
    found = quietly(best_threshold, probs, targets, "accuracy")
    p, t = probs.double().flatten().tolist(), targets.flatten().tolist()
    values = sorted({0.0, 1.0, *p})
    pairs = [(a, b) for a, b in zip(values, values[1:])] + [(1.0, 1.0)] * (1.0 in p)
    low, high = (torch.tensor(side, dtype=torch.float64) for side in zip(*pairs))
    wide = torch.float64 if probs.dtype == torch.float64 else torch.float32
    middle = ((low.to(wide) + high.to(wide)) / 2).to(probs.dtype).double()
    middle = torch.where((middle < high) | (low == high), middle, low).tolist()
    best = brute_force("accuracy", p, t)
    winners = [m for m in middle if score_at("accuracy", p, t, m) == best]
    assert found.threshold.item() == min(winners, key=lambda m: (abs(Fraction(m) - Fraction(1, 2)), m))


@many
@given(cases(), st.sampled_from(sorted(COUNT_METRICS)))
def test_a_threshold_lies_between_two_probabilities_if_any_number_does(case, metric):
    "Then `>` and `>=` answer alike."
    probs, targets = case
    threshold = quietly(best_threshold, probs, targets, metric).threshold.item()
    values = {0.0, 1.0, *probs.double().flatten().tolist()}
    if threshold in values and threshold < 1:
        following = min(v for v in values if v > threshold)
        middle = torch.tensor((threshold + following) / 2, dtype=torch.float64).to(probs.dtype).item()
        assert middle in (threshold, following)


@many
@given(cases(max_rows=10), st.sampled_from(sorted(COUNT_METRICS)))
def test_the_curve_scores_what_applying_each_threshold_gives(case, metric):
    probs, targets = case
    grid = torch.tensor([0.0, 0.125, 0.25, 0.5, 0.75, 1.0])   # exact in every dtype
    curve = threshold_curve(probs, targets, metric, grid)
    columns = threshold_curve(probs, targets, metric, grid, per_class=True)
    for i, t in enumerate(grid.tolist()):
        assert same(curve.scores[i], score_at(metric, probs.double().flatten().tolist(), targets.flatten().tolist(), t))
        for c in range(probs.shape[1]):
            assert same(columns.scores[i, c], score_at(metric, probs[:, c].double().tolist(), targets[:, c].tolist(), t))


def simulated(n=400, n_classes=5, seed=0):
    rng = torch.Generator().manual_seed(seed)
    targets = (torch.rand(n, n_classes, generator=rng) < 0.3).long()
    probs = torch.sigmoid(2 * torch.randn(n, n_classes, generator=rng) + 2 * targets - 1.5)
    return (probs * 50).round() / 50, targets   # many ties


SKLEARN = {"accuracy": lambda t, p: accuracy_score(t.ravel(), p.ravel()),
           "precision": lambda t, p: precision_score(t, p, average="micro"),
           "recall": lambda t, p: recall_score(t, p, average="micro"),
           **{name: lambda t, p, beta=beta: fbeta_score(t, p, beta=beta, average="micro")
              for name, beta in [("f1", 1), ("f2", 2), ("f0.5", 0.5)]},
           "mcc": lambda t, p: matthews_corrcoef(t.ravel(), p.ravel()),
           "balanced_accuracy": lambda t, p: balanced_accuracy_score(t.ravel(), p.ravel()),
           "youden": lambda t, p: 2 * balanced_accuracy_score(t.ravel(), p.ravel()) - 1}


@pytest.mark.parametrize("metric", sorted(COUNT_METRICS))
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.filterwarnings("ignore:Precision is ill-defined")
def test_scores_are_scikit_learns(metric, seed):
    probs, targets = simulated(seed=seed)
    found = best_threshold(probs, targets, metric)
    answers = (probs > found.threshold).numpy()
    assert found.score.item() == pytest.approx(SKLEARN[metric](targets.numpy(), answers), abs=1e-14)
    for other in probs.unique().tolist():
        assert found.score >= SKLEARN[metric](targets.numpy(), (probs > other).numpy()) - 1e-14
    own = best_thresholds(probs, targets, metric)
    for c in range(probs.shape[1]):
        answers = (probs[:, c:c+1] > own.thresholds[c]).numpy()
        expected = SKLEARN[metric](targets[:, c:c+1].numpy(), answers) if metric == "accuracy" else \
            {"mcc": matthews_corrcoef, "balanced_accuracy": balanced_accuracy_score,
             "youden": lambda t, p: 2 * balanced_accuracy_score(t, p) - 1, "precision": precision_score, "recall": recall_score}.get(metric, lambda t, p: fbeta_score(
                t, p, beta={"f1": 1, "f2": 2, "f0.5": 0.5}[metric]))(targets[:, c].numpy(), answers[:, 0])
        assert own.scores[c].item() == pytest.approx(expected, abs=1e-14)


def test_accuracy_is_fastais():
    probs, targets = simulated()
    curve = threshold_curve(probs, targets)
    found = best_threshold(probs, targets, "accuracy")
    for t, score in zip(curve.thresholds.tolist(), curve.scores.tolist()):
        assert score == pytest.approx(accuracy_multi(probs, targets, thresh=t, sigmoid=False).item(), abs=1e-6)
    assert found.score.item() == pytest.approx(
        accuracy_multi(probs, targets, thresh=found.threshold, sigmoid=False).item(), abs=1e-6)
    assert found.score >= curve.scores.max()


def test_scores_are_our_metrics():
    probs, targets = simulated()
    own = best_thresholds(probs, targets)
    assert torch.equal(own.scores, metrics.f1(probs, targets, own.thresholds, average=None))
    for name, metric in [("accuracy", metrics.accuracy), ("macro_f1", metrics.f1), ("exact_match", metrics.exact_match)]:
        curve = threshold_curve(probs, targets, name)
        assert curve.scores.tolist() == [metric(probs, targets, t) for t in curve.thresholds.tolist()]
    best = best_threshold(probs, targets, "accuracy")
    assert best.score == metrics.accuracy(probs, targets, best.threshold)


def test_a_function_of_ones_own_can_be_drawn():
    probs, targets = simulated()
    def named_per_image(probs, targets, threshold): return (probs > threshold).sum(1).double().mean()
    curve = threshold_curve(probs, targets, named_per_image, [0.0, 1.0])
    assert curve.scores.tolist() == [(probs > 0).sum().item() / len(probs), 0] and curve.metric == "named_per_image"


def test_a_class_without_a_positive_is_pooled_and_named():
    probs, targets = simulated()
    targets[:, [1, 3]] = 0
    with pytest.warns(UndefinedScore, match="no positive of class 1, 3"):
        found = best_thresholds(probs, targets)
    assert found.pooled.tolist() == [False, True, False, True, False]
    assert (found.thresholds[[1, 3]] == best_threshold(probs, targets).threshold).all()


def test_no_positive_at_all_is_said():
    probs, targets = simulated()
    with pytest.warns(UndefinedScore, match="no positive"):
        found = best_threshold(probs, targets * 0, "accuracy")
    assert found.score == 1 and found.threshold >= probs.max()


def test_a_certain_model_can_still_be_told_no():
    "Above a probability of 1 lies only 1 itself; below one of 0 nothing does."
    ones, zeros = torch.ones(4, 1), torch.zeros(4, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedScore)
        assert best_threshold(ones, zeros, "accuracy")[:2] == (torch.tensor(1.0), torch.tensor(1.0, dtype=torch.float64))
    assert best_threshold(zeros, ones, "accuracy")[:2] == (torch.tensor(0.5), torch.tensor(0.0, dtype=torch.float64))
    assert best_threshold(zeros, ones, "precision").score.isnan()


def test_counts_beyond_what_float32_can_hold():
    n = 2**24 + 5
    probs, targets = torch.full((n, 1), 0.75), torch.ones(n, 1, dtype=torch.bool)
    probs[:2] = 0.25
    targets[1] = False
    found = best_threshold(probs, targets, "accuracy")
    assert found.threshold == 0.5 and found.score == (n - 1) / n
    counts = tuple(torch.tensor(count) for count in (2**31 + 3, 1, 0, 2**31))
    assert count_score("accuracy", counts) == (2**32 + 3) / (2**32 + 4)


def test_inputs_stay_as_they_were():
    probs, targets = simulated()
    before = probs.clone(), targets.clone()
    for function in (best_threshold, best_thresholds, threshold_curve): function(probs, targets)
    assert torch.equal(probs, before[0]) and torch.equal(targets, before[1])


def test_probabilities_of_a_network_in_training():
    probs, targets = simulated()
    tracked = probs.clone().requires_grad_()
    found = best_thresholds(tracked, targets)
    assert not found.thresholds.requires_grad and torch.equal(found.thresholds, best_thresholds(probs, targets).thresholds)
    assert not threshold_curve(tracked, targets).scores.requires_grad


def test_order_of_rows_does_not_matter():
    probs, targets = simulated()
    order = torch.randperm(len(probs), generator=torch.Generator().manual_seed(3))
    ours, theirs = best_thresholds(probs, targets), best_thresholds(probs[order], targets[order])
    assert torch.equal(ours.thresholds, theirs.thresholds) and torch.equal(ours.scores, theirs.scores)


def test_results_can_be_unpacked():
    probs, targets = simulated()
    assert isinstance(threshold_curve(probs, targets), ThresholdCurve)
    assert isinstance(best_threshold(probs, targets), BestThreshold) and best_threshold(probs, targets).metric == "f1"
    assert isinstance(best_thresholds(probs, targets), BestThresholds)
    curve = threshold_curve(probs, targets, "f1", per_class=True)
    assert curve.thresholds.shape == curve.scores.shape == (401, 5)
    curve = threshold_curve(probs, targets, "f1", [.2, .5], per_class=True)
    assert curve.thresholds.shape == (2,) and curve.scores.shape == (2, 5)
    assert [part.shape for part in curve.best()] == [(5,), (5,)]


PROBS, TARGETS = torch.tensor([[0.2, 0.9], [0.4, 0.1]]), torch.tensor([[0, 1], [1, 0]])
NAN = torch.tensor([[0.2, math.nan], [0.4, 0.1]])
WRONG = [
    ("one dimension", PROBS[0], TARGETS[0], "probs"),
    ("logits", torch.logit(PROBS), TARGETS, "probs"),
    ("just above 1", PROBS + 0.1000001, TARGETS, "probs"),
    ("infinite", PROBS / 0, TARGETS, "probs"),
    ("nan", NAN, TARGETS, "probs"),
    ("integers", TARGETS, TARGETS, "probs"),
    ("a list", PROBS.tolist(), TARGETS, "probs"),
    ("array of text", PROBS.numpy().astype(str), TARGETS, "probs"),
    ("empty", PROBS[:0], TARGETS[:0], "probs"),
    ("no class", PROBS[:, :0], TARGETS[:, :0], "probs"),
    ("other shape", PROBS, TARGETS[:, :1], "targets"),
    ("half a target", PROBS, TARGETS / 2, "targets"),
    ("two", PROBS, TARGETS * 2, "targets"),
    ("nan target", PROBS, NAN, "targets"),
    ("list of targets", PROBS, TARGETS.tolist(), "targets"),
    ("other device", PROBS, TARGETS.to("meta"), "targets"),
]


@pytest.mark.parametrize("function", [best_threshold, best_thresholds, threshold_curve, sorted_cuts], ids=lambda f: f.__name__)
@pytest.mark.parametrize("probs, targets, name", [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_wrong_input_is_named(function, probs, targets, name):
    with pytest.raises((ValueError, TypeError), match=name): function(probs, targets)


@pytest.mark.parametrize("metric", ["loss", "F1", "f0", "f-1", "f", "macro_f1", None, 3, ["f1"]])
def test_unknown_metrics_are_named(metric):
    for function in (best_threshold, best_thresholds):
        with pytest.raises(ValueError, match="metric: want one of accuracy"): function(PROBS, TARGETS, metric)
    if metric == "macro_f1": return
    with pytest.raises(ValueError, match="metric: want one of accuracy"): threshold_curve(PROBS, TARGETS, metric)


@pytest.mark.parametrize("metric", [max, lambda *counts: 1, lambda tp, fp, fn, tn: tp.sum()])
def test_a_function_that_is_no_metric_is_named(metric):
    for function in (best_threshold, best_thresholds):
        with pytest.raises(ValueError, match="metric: want a function of"): function(PROBS, TARGETS, metric)


@pytest.mark.parametrize("metric", ["exact_match", "macro_f1", max])
def test_only_counts_are_scored_per_class(metric):
    with pytest.raises(ValueError, match="per_class"): threshold_curve(PROBS, TARGETS, metric, per_class=True)


@pytest.mark.parametrize("thresholds", [[], 0.5, [[0.5]], [0.5, 1.5], [-0.1], [math.nan], "a few", [None]])
def test_wrong_thresholds_are_named(thresholds):
    with pytest.raises(ValueError, match="thresholds: want"): threshold_curve(PROBS, TARGETS, thresholds=thresholds)


def test_a_metric_that_gives_no_number_is_named():
    with pytest.raises(ValueError, match="metric: want"): threshold_curve(PROBS, TARGETS, lambda p, t, th: p[:, 0])
    with pytest.raises(ValueError, match="metric: want"): threshold_curve(PROBS, TARGETS, lambda p, t, th: "high")


def test_scores_for_other_thresholds_are_refused():
    with pytest.raises(ValueError, match="scores"): pick_best(torch.rand(3), torch.rand(4))
    with pytest.raises(ValueError, match="high"): halfway(torch.rand(3), torch.rand(3) - 1)
    with pytest.raises(ValueError, match="counts"): count_score("f1", (torch.tensor(1),))


def test_what_is_undefined_is_said_once_at_the_line_that_asked():
    probs, targets = torch.tensor([[.9, .2], [.8, .1]]), torch.tensor([[1, 0], [1, 0]])
    for call in (lambda: threshold_curve(probs, targets, "macro_f1"), lambda: best_thresholds(probs, targets),
                 lambda: best_thresholds(probs, targets * 0), lambda: best_threshold(probs, targets * 0)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call()
        assert [(w.category, w.filename) for w in caught] == [(UndefinedScore, __file__)]
