"Curves, the widest step and scores that come batch by batch: exact where they say so, within their bounds elsewhere."
import copy
import math
import pickle
import warnings
from fractions import Fraction
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import refuses
from hypothesis import HealthCheck, given, settings, strategies as st
from test_cuts import (KINDS, METRICS, PROBS, TARGETS, WRONG, alike, counts_of, exact_at, exact_score, is_exactly, signed_cases,
                       steps_of, table, threads)
from brute import DTYPES, quietly

from multilabel.cuts import COUNT_METRICS, ExpectedCost, best_cut_of_all, best_cuts, bin_of, count_score, metric_name
from multilabel.metrics import UndefinedScore, confusion_counts
from multilabel.thresholds import (BestThreshold, BestThresholds, StreamedThresholds, ThresholdStream,
                                   best_threshold, best_thresholds, threshold_curve)

counting = partial(ThresholdStream, keep=0)   # the scores go into bins at once
several = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def applied(metric, probs, present, thresholds):
    "The scores that our confusion counts give: one of all classes for a single threshold, else one a class."
    tn, fp, fn, tp = confusion_counts(probs, present, thresholds).flatten(1).T
    counts = tp, fp, fn, tn
    return count_score(metric, counts if thresholds.ndim else [count.sum() for count in counts])


def best(probs, present, metric="f1", per_class=True):
    return quietly(best_thresholds if per_class else best_threshold, probs, present, metric)


# The curve.

@several
@given(signed_cases(max_rows=8), st.sampled_from(METRICS))
def test_a_curve_has_every_step_once(case, metric):
    "Halfway in it, with its exact score, for all together and for each class."
    probs, present = case
    whole, own = threshold_curve(probs, present, metric), threshold_curve(probs, present, metric, per_class=True)
    assert own.thresholds.shape == own.scores.shape == (len(probs) + 1, probs.shape[1])
    columns = [(*pair, own.thresholds[:, k], own.scores[:, k]) for k, pair in enumerate(zip(probs.T, present.T))]
    for values, targets, thresholds, scores in [(probs.flatten(), present.flatten(), *whole[:2]), *columns]:
        steps, values, targets = ~thresholds.isnan(), values.double().tolist(), targets.tolist()
        assert thresholds[steps].tolist() == [middle for *_, middle in steps_of(values, probs.dtype)]
        for threshold, score in zip(thresholds[steps].tolist(), scores[steps]):
            assert is_exactly(score, exact_at(metric, values, targets, threshold))
    assert whole.metric == own.metric == metric_name(metric)
    assert all(x.dtype == torch.float64 for curve in (whole, own) for x in curve[:2])


@pytest.mark.parametrize("per_class", [False, True])
@pytest.mark.parametrize("metric", ["accuracy", "f1", "recall", "precision", "mcc"])
@pytest.mark.parametrize("n_points", [4, 50, 501])
def test_a_thinned_curve_looks_the_same(metric, n_points, per_class):
    "Of each stretch the highest and the lowest point, and the best of all, are still there."
    probs, present = table("spread", 3_000 if per_class else 500)
    curve = threshold_curve(probs, present, metric, per_class=per_class)
    thin = curve.thinned(n_points)
    alike(thin.best(), curve.best())
    assert len(thin.scores) <= n_points + 3 and thin.metric == metric
    columns = zip(*((x.reshape(len(x), -1).T for x in (*curve[:2], *thin[:2]))))
    for thresholds, scores, kept, at in columns:
        points, left = ([pair for pair in zip(*map(torch.Tensor.tolist, both)) if not any(map(math.isnan, pair))]
                        for both in ((thresholds, scores), (kept, at)))
        assert set(left) <= set(points) and left == sorted(left)
        size = -(-len(scores) // (n_points // 2))
        for start in range(0, len(scores), size):
            stretch = scores[start:start + size][~thresholds[start:start + size].isnan()]
            stretch = stretch[~stretch.isnan()].tolist()
            if stretch: assert {max(stretch), min(stretch)} <= set(at.tolist())


def test_a_short_curve_is_not_thinned():
    curve = threshold_curve(PROBS, TARGETS)
    assert curve.thinned() is curve and len(threshold_curve(*table("spread", 90)).thinned(4).scores) <= 7
    with pytest.raises(ValueError, match="n_points: want 4 or more, got 3"): curve.thinned(3)


def test_an_undefined_curve_can_be_thinned():
    "Recall of a class that is never there."
    probs, present = table("spread", 3_000)
    thin = threshold_curve(probs, present, "recall", per_class=True).thinned(50)
    assert thin.scores[:, 2].isnan().all() and not thin.scores[:, [0, 3, 4, 5]].isnan().all(dim=0).any()


# The widest step.

def widest_step(metric, probs, targets):
    "The step in the middle of the widest stretch of best steps, in exact numbers; None where the score is always 0/0."
    steps = [(*map(Fraction, step), exact_at(metric, probs, targets, step[2])) for step in steps_of(probs, torch.float64)]
    top = max((score for *_, score in steps if score is not None), default=None)
    if top is None: return None
    stretches, last = [], None
    for step in steps:
        if step[3] == top: stretches = [*stretches[:-1], [*stretches[-1], step]] if last == top else [*stretches, [step]]
        last = step[3]
    widest = max(stretches, key=lambda stretch: stretch[-1][1] - stretch[0][0])   # of several the lowest
    middle = (widest[0][0] + widest[-1][1]) / 2
    return [low_to for low_to in widest if low_to[0] <= middle][-1]


@several
@given(st.data(), st.sampled_from([metric for metric in METRICS if metric != "mcc"]), st.sampled_from(DTYPES))
def test_the_widest_stretch_of_best_steps(data, metric, dtype):
    "On numbers whose sums are exact in every dtype."
    n, n_classes = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 3))
    draw = lambda values: torch.tensor(data.draw(st.lists(values, min_size=n * n_classes, max_size=n * n_classes)))
    probs, present = draw(st.integers(0, 32)).reshape(n, n_classes) / 32, draw(st.booleans()).reshape(n, n_classes)
    found, one = (quietly(f, probs.to(dtype), present, metric, "widest") for f in (best_thresholds, best_threshold))
    columns = [(probs.flatten(), present.flatten(), one.threshold, one.score)]
    columns += [row for row in zip(probs.T, present.T, found.thresholds, found.scores) if row[1].any()]
    for values, targets, threshold, score in columns:
        wanted = widest_step(metric, values.double().tolist(), targets.tolist())
        assert is_exactly(score, wanted and wanted[3])
        if wanted: assert threshold.double() == float(wanted[2])


@several
@given(signed_cases(max_rows=8), st.sampled_from(METRICS))
def test_the_widest_is_as_good_as_the_nearest(case, metric):
    probs, present = case
    for function in (best_threshold, best_thresholds):
        near, wide = (quietly(function, probs, present, metric, tie) for tie in ("nearest", "widest"))
        keep = ~near.pooled if function is best_thresholds else ...
        alike([near[1][keep]], [wide[1][keep]])
        scores = quietly(applied, metric, probs, present, wide[0])
        alike([scores[keep]], [wide[1][keep]])


@pytest.mark.parametrize("tie", ["lowest", None, "Nearest"])
def test_another_rule_is_refused(tie):
    for function in (best_threshold, best_thresholds):
        with pytest.raises(ValueError, match="tie: want 'nearest' or 'widest'"): function(PROBS, TARGETS, tie=tie)


# Streams: any cut, any order.

def cut_up(probs, present, seed, n_parts):
    "Batches of any size, in any order."
    rng = np.random.default_rng(seed)
    ends = sorted(rng.integers(0, len(probs) + 1, n_parts - 1).tolist())
    batches = [(probs[a:b], present[a:b]) for a, b in zip([0, *ends], [*ends, len(probs)]) if a < b]
    return [batches[k] for k in rng.permutation(len(batches))]


def streamed(batches, **kwargs):
    stream = counting(batches[0][0].shape[1], **kwargs)
    for batch in batches: stream.update(*batch)
    return stream


@several
@given(st.integers(0, 2 ** 32), st.integers(1, 90), st.sampled_from(sorted(KINDS)), st.sampled_from(DTYPES),
       st.sampled_from(METRICS), st.booleans(), st.sampled_from([11, 14, 20]))
def test_any_cut_and_any_order_give_the_same_answer(seed, n, kind, dtype, metric, per_class, width):
    "Exact after a second look: the threshold and the score of all the scores in one go, whatever their dtype."
    probs, present = table(kind, n, dtype, n_classes=3 + seed % 4, seed=seed)
    settings = dict(metric=metric, per_class=per_class, width=width)
    whole = streamed([(probs, present)], **settings)
    parts = [streamed([batch], **settings) for batch in cut_up(probs, present, seed, 4)]
    merged = counting(probs.shape[1], **settings)
    for part in parts: merged.merge(part)
    assert torch.equal(merged.counts, whole.counts) and merged.counts.dtype == torch.int64
    alike(quietly(merged.compute)[:3], quietly(whole.compute)[:3])

    looks = [merged.second_look() for _ in range(2)]
    for k, batch in enumerate(cut_up(probs, present, seed + 1, 5)): looks[k % 2].update(*batch)
    found, wanted = quietly(looks[0].merge(looks[1]).compute), best(probs, present, metric, per_class)
    assert type(found) is (BestThresholds if per_class else BestThreshold) and found.metric == wanted.metric
    alike(found[:-1], wanted[:-1])


@several
@given(st.integers(0, 2 ** 32), st.integers(1, 300), st.sampled_from(sorted(KINDS)), st.sampled_from([torch.float32, torch.float64]),
       st.sampled_from(METRICS), st.booleans(), st.sampled_from([11, 14, 17, 20]))
def test_one_pass_says_what_it_knows(seed, n, kind, dtype, metric, per_class, width):
    "Its scores are what its thresholds give, and nothing is better than its bounds."
    probs, present = table(kind, n, dtype, seed=seed)
    found = quietly(streamed([(probs, present)], metric=metric, per_class=per_class, width=width).compute)
    assert type(found) is StreamedThresholds and found.metric == metric_name(metric)
    assert all(x.shape == (probs.shape[1:] if per_class else ()) for x in found[:4])
    assert ((found.thresholds >= 0) & (found.thresholds <= 1)).all()
    alike([found.scores], [applied(metric, probs, present, found.thresholds)])
    if per_class: assert torch.equal(found.pooled, ~present.any(dim=0))
    top = (best_cuts if per_class else best_cut_of_all)(probs, present, metric)[1]
    lowest, top, highest = (x.nan_to_num(-math.inf, posinf=math.inf) for x in (found.scores, top, found.bounds))
    assert (lowest <= top + 1e-12).all() and (top <= highest + 1e-12).all()


@pytest.mark.parametrize("metric", sorted(COUNT_METRICS))
def test_bounds_are_close_where_bins_are_narrow(metric):
    "Also where the highest score of all is that of an absent class, or the lowest that of a present one."
    probs, present = table("spread", 4_000)
    probs, present = probs[:, [0, 0]], present[:, [0, 0]]
    present[:, 0][probs[:, 0] > .99] = False
    present[:, 1][probs[:, 1] < .01] = True
    found = streamed([(probs, present)], metric=metric).compute()
    assert (found.bounds >= found.scores).all() and (found.bounds - found.scores < .02).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_is_counted_as_float32(dtype):
    probs, present = table("spread", 2_000, dtype)
    for width in (11, 15):
        found = quietly(streamed([(probs, present)], width=width).compute)
        alike([found.scores], [applied("f1", probs.float(), present, found.thresholds)])


def test_large_batches_and_many_classes(threads):
    "More than a block of rows, more than a block of classes, more than waits; with one thread and with two."
    probs, present = table("two decimals", 70_000, n_classes=62)
    found = []
    for number in (1, 2):
        threads(number)
        stream = streamed([(probs, present)])
        looked = quietly(stream.second_look().update(probs, present).compute)
        found.append((stream.counts, *quietly(stream.compute)[:3], *looked[:2]))
        assert torch.get_num_threads() == number
    alike(found[0], found[1])
    alike(found[0][4:], best(probs, present)[:2])


def test_forward_looks_at_its_batch_alone():
    "As torchmetrics does: it adds the batch, and answers for the batch."
    (first, second), whole = cut_up(*table("spread", 400), 0, 2), counting(6)
    for batch in (first, second): alike(quietly(whole, *batch)[:3], quietly(streamed([batch]).compute)[:3])
    both = streamed([first, second])
    assert torch.equal(whole.counts, both.counts)
    alike(quietly(whole.compute)[:3], quietly(both.compute)[:3])
    assert whole.reset() is whole and not whole.counts.any()
    refuses(whole.compute, "no scores yet")
    alike(quietly(whole.update(*first).compute)[:3], quietly(streamed([first]).compute)[:3])


@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_kept_is_exact(kind, dtype, per_class):
    probs, present = table(kind, 300, dtype)
    wide = probs if dtype == torch.float64 else probs.float()
    stream = ThresholdStream(6, per_class=per_class)
    for some in zip(probs.split(70), present.split(70)): stream.update(*some)
    found, wanted = quietly(stream.compute), best(wide, present, per_class=per_class)
    alike(found[:2], [wanted[0].double(), wanted[1]])
    alike([found.scores], [applied("f1", wide, present, found.thresholds)])
    own = wanted.scores.where(~wanted.pooled, 0) if per_class else wanted.score
    assert (found.bounds >= own.nan_to_num(0)).all() and found.thresholds.dtype == torch.float64
    assert torch.equal(found.bounds, own.nan_to_num(0))
    assert torch.equal(stream.counts, counting(6, per_class=per_class).update(probs, present).counts)


@pytest.mark.parametrize("keep, exact", [(600, True), (599, False), (1, False), (10 ** 6, True)])
def test_only_how_many_there_are_decides_what_is_kept(keep, exact):
    "Whatever the batches are, and in whatever order they are merged."
    probs, present = table("spread", 100)
    wanted = (ThresholdStream if exact else counting)(6).update(probs, present).compute()
    for sizes in ([100], [1, 98, 1], [33, 34, 33], [50, 50]):
        batches = list(zip(probs.split(sizes), present.split(sizes)))
        one = ThresholdStream(6, keep=keep)
        for batch in batches: one.update(*batch)
        many = [ThresholdStream(6, keep=keep).update(*batch) for batch in batches]
        for first in (many, many[::-1]):
            merged = ThresholdStream(6, keep=keep)
            for other in copy.deepcopy(first): merged.merge(other)
            alike(merged.compute()[:3], wanted[:3])
            assert torch.equal(merged.counts, one.counts)
        alike(one.compute()[:3], wanted[:3])
        alike(one.second_look().update(probs, present).compute()[:2], best(probs, present)[:2])
        alike(one.compute()[:3], wanted[:3])    # a look at the counts changes nothing


def test_scores_of_two_kinds_are_counted():
    "A threshold between float64 scores need not lie between float32 ones."
    (a, s), (b, t) = table("spread", 50), table("spread", 60, torch.float64, seed=1)
    mixed = ThresholdStream(6).update(a, s).update(b, t)
    alike(quietly(mixed.compute)[:3], quietly(counting(6).update(a, s).update(b, t).compute)[:3])


def test_compute_changes_nothing():
    stream = streamed([table("spread", 400)])
    before = stream.counts.clone()
    for _ in range(2): alike(quietly(stream.compute)[:3], quietly(stream.compute)[:3])
    stream.second_look()
    assert torch.equal(stream.counts, before)


def test_a_batch_may_be_overwritten_afterwards():
    "Networks reuse their memory, and a stream counts later."
    (probs, present), (others, _) = table("spread", 50), table("spread", 50, seed=1)
    reused, stream = probs.clone(), counting(6)
    stream.update(reused, present)
    reused.copy_(others)
    assert torch.equal(stream.counts, streamed([(probs, present)]).counts)


def test_a_stream_can_be_sent_to_another_machine():
    probs, present = table("spread", 100)
    stream = streamed([(probs, present)])
    for other in (pickle.loads(pickle.dumps(stream)), copy.deepcopy(stream)):
        assert torch.equal(other.counts, stream.counts)
        other.update(probs, present)
        assert torch.equal(other.counts, 2 * stream.counts)


def test_merging_leaves_the_other_as_it_is():
    one, other = streamed([table("spread", 30)]), streamed([table("spread", 40)])
    before = other.counts.clone()
    assert one.merge(other) is one and torch.equal(other.counts, before) and one.counts.sum() == 70 * 6


@pytest.mark.parametrize("make", [lambda p, t: (p.numpy(), t.numpy()), lambda p, t: (p.T.contiguous().T, t.int()),
                                  lambda p, t: (p.clone().requires_grad_(), t.double()), lambda p, t: (p.numpy()[::-1], t.numpy()[::-1]),
                                  lambda p, t: (pd.DataFrame(p.numpy()), pd.DataFrame(t.numpy()))])
def test_batches_from_anywhere(make):
    probs, present = table("zeros with a minus", 200)
    stream, batch = streamed([(probs, present)]), make(probs, present)
    assert torch.equal(counting(6).update(*batch).counts, stream.counts)
    alike(quietly(stream.second_look().update(*batch).compute)[:3], best(probs, present)[:3])


def test_a_threshold_that_float64_needs():
    "Two scores that differ beyond float32: the second look takes them apart, and reports what it does."
    probs = torch.tensor([[.5], [.5 + 2 ** -30], [.5 + 2 ** -24]], dtype=torch.float64)
    present = torch.tensor([[0], [1], [1]])
    stream = counting(1, "accuracy").update(probs, present)
    assert stream.compute().bounds == 1
    found = stream.second_look().update(probs, present).compute()
    assert found.scores == 1 and ((probs > found.thresholds) == present).all()


@pytest.mark.parametrize("edge", [2 ** -19, .25, .5625, 1])
@pytest.mark.parametrize("width", [11, 20])
def test_float64_on_both_sides_of_an_edge(edge, width):
    "What is rounded up to it is above the threshold, what is rounded down is not; halfway is rounded up."
    below = torch.nextafter(torch.tensor(edge, dtype=torch.float32), torch.zeros(1)).double().item()
    middle = (below + edge) / 2
    probs = torch.tensor([below, math.nextafter(middle, 0), middle, math.nextafter(middle, 1), edge], dtype=torch.float64)[:, None]
    present = bin_of(probs, width) == bin_of(probs[-1:], width)
    assert present.flatten().tolist() == [False, False, True, True, True]
    for metric in ("accuracy", "f1"):
        found = counting(1, metric, width=width).update(probs, present).compute()
        alike([found.scores], [applied(metric, probs, present, found.thresholds)])
        assert found.scores == found.bounds == 1


# What classes lack.

@pytest.mark.parametrize("metric", METRICS, ids=metric_name)
@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("targets", ["none", "all", "none of one", "one each"])
def test_classes_without_positives(targets, metric, per_class):
    "Also where none of its scores is near the threshold that it shares."
    probs, present = table("spread", 500, n_classes=3)
    probs[:, 0] *= .01
    probs[3] = 1
    present[:, 0] = False
    if targets in ("none", "all"): present[:] = targets == "all"
    if targets == "one each": present[:] = torch.arange(500)[:, None] == 7
    stream, wanted = streamed([(probs, present)], metric=metric, per_class=per_class), best(probs, present, metric, per_class)
    found = quietly(stream.second_look().update(probs, present).compute)
    alike(found[:-1], wanted[:-1])
    first = quietly(stream.compute)
    alike([first.scores], [applied(metric, probs, present, first.thresholds)])
    if per_class: assert torch.equal(first.pooled, wanted.pooled)


@pytest.mark.parametrize("ask", [lambda s, *batch: s.compute(), lambda s, *batch: s.forward(*batch),
                                 lambda s, *batch: s.second_look().update(*batch).compute()])
def test_a_shared_threshold_is_said_at_the_line_that_asked(ask):
    probs, present = table("spread", 50)
    present[0, 1] = True
    stream = streamed([(probs, present)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ask(stream, probs, present)
    assert [(w.category, w.filename) for w in caught] == [(UndefinedScore, __file__)]
    assert "no positive of class 2" in str(caught[0].message)


# Millions that nobody has to draw: written into the counts.

def stream_of(counts, **kwargs):
    "A stream of one class that has seen {score: (absent, present)}."
    stream = counting(1, **kwargs)
    for score, both in counts.items():
        stream.counts[0, bin_of(torch.tensor(score), stream.width)] += torch.tensor(both)
    return stream


@pytest.mark.parametrize("metric", METRICS, ids=metric_name)
@pytest.mark.parametrize("many", [2 ** 24, 2 ** 31, 2 ** 40])
def test_counts_beyond_float32_and_int32(metric, many):
    counts = {.1: (many + 1, 3), .3: (many, many // 8 + 1), .6: (many // 9 + 1, many + 1), .9: (1, many + 3)}
    found = stream_of(counts, metric=metric).compute()
    def exact(threshold):
        sides = [sum(both[side] for score, both in counts.items() if (score > threshold) == above)
                 for above in (True, False) for side in (1, 0)]
        return exact_score(metric, *sides)
    top = max(score for score in map(exact, [0, *counts]) if score is not None)
    assert exact(found.thresholds) == top and found.bounds >= found.scores - 1e-15
    tolerance = 1e-15 if metric in ("mcc", "youden", "balanced_accuracy") else 0   # whose products are beyond 2**53
    assert found.scores.item() == pytest.approx(float(top), rel=tolerance, abs=tolerance)


def test_one_more_than_int32_holds():
    stream = stream_of({.25: (2 ** 31 - 1, 0), .75: (0, 2 ** 31 - 1)})
    stream.update(torch.tensor([[.25], [.75]]), torch.tensor([[0], [1]]))
    assert stream.counts.sum(dim=1).tolist() == [[2 ** 31, 2 ** 31]]
    stream.merge(copy.deepcopy(stream))
    assert stream.counts.sum() == 2 ** 33 and stream.compute().scores == 1


@pytest.mark.parametrize("many", [2 ** 24 + 1, 2 ** 33 + 1])
def test_a_second_look_adds_billions_that_it_need_not_see(many):
    "Far below the best threshold lie many absent ones."
    probs, present = table("spread", 300, n_classes=1)
    probs = .5 + probs / 2
    for metric in ("f1", "f2"):
        stream = stream_of({.001: (many, 0)}, metric=metric).update(probs, present)
        found = stream.second_look().update(probs, present).compute()
        alike(found[:2], best(probs, present, metric)[:2])
        tp, fp, fn, tn = map(int, counts_of(probs > found.thresholds, present))
        assert is_exactly(found.scores, exact_score(metric, tp, fp, fn, tn + many))


# What isn't right.

LOOK = lambda: streamed([(PROBS, TARGETS)]).second_look()


@pytest.mark.parametrize("probs, targets, words", WRONG, ids=[" ".join(words) for *_, words in WRONG])
def test_a_wrong_batch_is_refused_whole(probs, targets, words):
    stream, look = streamed([(PROBS, TARGETS)]), LOOK()
    before = stream.counts.clone()
    for function in (stream.update, stream.forward, look.update): refuses(lambda: function(probs, targets), *words)
    assert torch.equal(stream.counts, before)
    refuses(look.compute, "once more")
    assert look.update(PROBS, TARGETS).compute().metric == "f1"


@pytest.mark.parametrize("n_classes", [1, 3])
def test_another_number_of_classes_is_refused(n_classes):
    probs, present = table("spread", 9, n_classes=n_classes)
    for function in (counting(2).update, counting(2).forward, LOOK().update,
                     counting(2, per_class=False).update):
        refuses(lambda: function(probs, present), "probs", "2 columns", f"(9, {n_classes})", error=ValueError)


@pytest.mark.parametrize("arguments, word", [
    ((0,), "n_classes"), ((2.,), "n_classes"), ((None,), "n_classes"), (("two",), "n_classes"),
    ((2, "F1"), "metric"), ((2, "macro_f1"), "metric"), ((2, max), "metric"), ((2, None), "metric"),
    ((2, "f1", True, 9), "width"), ((2, "f1", True, 21), "width"), ((2, "f1", True, 11.), "width"),
    ((2, "f1", True, 11, -1), "keep"), ((2, "f1", True, 11, 1.5), "keep"), ((2, "f1", True, 11, True), "keep")])
def test_wrong_settings_are_named(arguments, word):
    refuses(lambda: ThresholdStream(*arguments), f"{word}: want", error=ValueError)


@pytest.mark.parametrize("other", [dict(n_classes=3), dict(metric="f2"), dict(per_class=False), dict(width=12),
                                   dict(metric=ExpectedCost(2, 1)), dict(keep=9)])
def test_streams_with_other_settings_do_not_merge(other):
    refuses(lambda: counting(2).merge(ThresholdStream(**{"n_classes": 2, "keep": 0, **other})), "other", error=ValueError)


def test_nothing_yet():
    for function in (counting(2).compute, counting(2).second_look): refuses(function, "no scores yet", error=ValueError)


A, B = ((torch.tensor(p)[:, None], torch.tensor(t)[:, None]) for p, t in (([.2, .8], [0, 1]), ([.3, .9], [1, 0])))


@pytest.mark.parametrize("shown", [[], [A], [A, B, A], [A, B, B], [A, A], [B, B], [A, (B[0], 1 - B[1])], [A, (1 - B[0], B[1])]],
                         ids=["none", "one", "one again", "the other again", "one twice", "the other twice", "other targets",
                              "other scores"])
@pytest.mark.parametrize("per_class", [True, False])
def test_a_second_look_is_at_the_same_scores(shown, per_class):
    "Fewer, more or others than were counted are refused."
    stream = streamed([A, B], per_class=per_class)
    look = stream.second_look()
    for batch in shown: look.update(*batch)
    refuses(look.compute, "all the scores", error=ValueError)
    alike(stream.second_look().update(*B).update(*A).compute()[:2], best(*map(torch.cat, zip(A, B)), per_class=per_class)[:2])


def test_second_looks_of_other_counts_do_not_merge():
    refuses(lambda: streamed([A]).second_look().merge(streamed([B]).second_look()), "other", error=ValueError)


def test_a_second_look_keeps_to_what_was_counted():
    "Whatever the stream counts meanwhile."
    stream = streamed([A])
    look = stream.second_look().update(*A)
    assert stream.update(*B).counts.sum() == 4
    alike(look.compute()[:2], best(*A)[:2])


def test_a_second_look_may_be_computed_along_the_way():
    look = streamed([A, B]).second_look().update(*A)
    refuses(look.compute, "once more")
    look.update(*B)
    for _ in range(2): alike(look.compute()[:2], best(*map(torch.cat, zip(A, B)))[:2])


@pytest.mark.parametrize("function", [counting(2).update, counting(2).forward])
def test_weights_are_refused(function):
    with pytest.raises(TypeError, match="sample_weight"): function(PROBS, TARGETS, sample_weight=torch.ones(2))
