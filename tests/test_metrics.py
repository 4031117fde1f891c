"The metrics against scikit-learn, torchmetrics and fastai; ties, empty rows and columns, large counts, wrong inputs."
import functools
import math
import warnings

import numpy as np
import pytest
import torch
import torchmetrics.functional.classification as tm
from hypothesis import given, settings, strategies as st
from sklearn import metrics as sk

from multilabel.metrics import (ClassReport, UndefinedScore, accuracy, all_scores, average_precision, averaged_ratio,
                                baselines, check_probs, class_report, confusion_counts, empty_recall, exact_match, f1,
                                fbeta, mean_average_precision, precision, predicted_present, recall, tallies)

SCORES = [accuracy, exact_match, confusion_counts, tallies, precision, recall, fbeta, f1, empty_recall, class_report,
          all_scores]
RANKINGS = [average_precision, mean_average_precision]
AVERAGES = ["macro", "micro", "samples", None]
F_HALF, F2 = functools.partial(fbeta, beta=0.5), functools.partial(fbeta, beta=2.)
pytestmark = pytest.mark.filterwarnings("ignore::multilabel.metrics.UndefinedScore",
                                        "ignore::sklearn.exceptions.UndefinedMetricWarning",
                                        "ignore:No positive samples found:UserWarning")


def random_table(seed, n=60, n_classes=5, ties=False, empty=False, dtype=torch.float32):
    "Probabilities and targets; with equal probabilities, or with rows and columns that hold nothing or everything."
    rng = torch.Generator().manual_seed(seed)
    probs = torch.rand(n, n_classes, generator=rng)
    if ties: probs = (probs * 8).round() / 8
    targets = (torch.rand(n, n_classes, generator=rng) < torch.linspace(0.05, 0.8, n_classes)).int()
    if empty:
        targets[::3], probs[::4] = 0, 0
        targets[:, 0], probs[:, 1] = 0, 0
        targets[:, 2], targets[:, 3], probs[:, 3] = 1, 0, 0
    return probs.to(dtype), targets


TABLES = [dict(seed=0), dict(seed=1, n=1), dict(seed=2, n_classes=1), dict(seed=3, ties=True), dict(seed=4, empty=True),
          dict(seed=5, n=400, n_classes=20, ties=True, empty=True), dict(seed=6, dtype=torch.float64)]
THRESHOLDS = [0, 0.125, 0.5, 1, "vector"]


def with_threshold(table, threshold):
    probs, targets = random_table(**table)
    if threshold == "vector": threshold = (torch.arange(1, probs.shape[1] + 1) % 9) / 8
    return probs, targets, threshold


cases = pytest.mark.parametrize("table", TABLES, ids=str)
# torchmetrics refuses a single column, and scikit-learn takes it for a binary target.
cases_of_two = pytest.mark.parametrize("table", [t for t in TABLES if t.get("n_classes") != 1], ids=str)
at_thresholds = pytest.mark.parametrize("threshold", THRESHOLDS, ids=str)


def same(ours, theirs):
    torch.testing.assert_close(torch.as_tensor(ours, dtype=torch.float64), torch.as_tensor(theirs, dtype=torch.float64),
                               rtol=1e-9, atol=1e-12, equal_nan=True)


# scikit-learn

@cases
@at_thresholds
def test_counts_and_accuracies_equal_sklearn(table, threshold):
    probs, targets, threshold = with_threshold(table, threshold)
    said = (probs > threshold).int().numpy()
    theirs = [sk.confusion_matrix(t, p, labels=[0, 1]) for t, p in zip(targets.numpy().T, said.T)]
    assert confusion_counts(probs, targets, threshold).tolist() == np.stack(theirs).tolist()
    same(accuracy(probs, targets, threshold), (said == targets.numpy()).mean())
    same(exact_match(probs, targets, threshold), (said == targets.numpy()).all(1).mean())
    if probs.shape[1] > 1:
        same(accuracy(probs, targets, threshold), 1 - sk.hamming_loss(targets, said))
        same(exact_match(probs, targets, threshold), sk.accuracy_score(targets, said))
        assert (confusion_counts(probs, targets, threshold).numpy() == sk.multilabel_confusion_matrix(targets, said)).all()


@cases_of_two
@at_thresholds
@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("zero_division", [math.nan, 0, 1])
def test_precision_recall_fbeta_equal_sklearn(table, threshold, average, zero_division):
    probs, targets, threshold = with_threshold(table, threshold)
    said = (probs > threshold).int()
    for ours, beta in [(f1, 1), (F2, 2), (F_HALF, 0.5)]:
        theirs = sk.precision_recall_fscore_support(targets, said, beta=beta, average=average, zero_division=zero_division)
        same(ours(probs, targets, threshold, average=average, zero_division=zero_division), theirs[2])
    same(precision(probs, targets, threshold, average, zero_division), theirs[0])
    same(recall(probs, targets, threshold, average, zero_division), theirs[1])


@cases
def test_average_precision_equals_sklearn(table):
    probs, targets = random_table(**table)
    ours = average_precision(probs, targets)
    for c, score in enumerate(ours.tolist()):
        if targets[:, c].any(): same(score, sk.average_precision_score(targets[:, c], probs[:, c]))
        else: assert math.isnan(score)
    same(mean_average_precision(probs, targets), ours.nanmean())


# torchmetrics

@cases_of_two
@pytest.mark.parametrize("threshold", [0.125, 0.5, 0.875])
def test_scores_equal_torchmetrics(table, threshold):
    probs, targets = random_table(**table)
    n_classes = probs.shape[1]
    args = probs, targets, n_classes, threshold
    assert (confusion_counts(probs, targets, threshold) == tm.multilabel_confusion_matrix(*args)).all()
    near = functools.partial(torch.testing.assert_close, rtol=1e-5, atol=1e-6)   # theirs is float32
    near(accuracy(probs, targets, threshold), tm.multilabel_accuracy(*args, average="micro").item())
    near(exact_match(probs, targets, threshold), tm.multilabel_exact_match(*args).item())
    for ours, theirs in [(precision, tm.multilabel_precision), (recall, tm.multilabel_recall), (f1, tm.multilabel_f1_score)]:
        near(ours(probs, targets, threshold, average="micro", zero_division=0), theirs(*args, average="micro").item())
        near(ours(probs, targets, threshold, average=None, zero_division=0), theirs(*args, average="none").double())
    theirs = tm.multilabel_fbeta_score(probs, targets, 2., n_classes, threshold, average="none")
    near(fbeta(probs, targets, threshold, 2., average=None, zero_division=0), theirs.double())
    theirs = tm.multilabel_average_precision(probs, targets, n_classes, average="none")
    some = targets.any(dim=0)
    near(average_precision(probs, targets)[some], theirs.double()[some])


# The tie rule

def test_at_the_threshold_is_absent_as_in_fastai_and_torchmetrics_but_not_in_sklearn():
    from fastai.metrics import accuracy_multi
    from sklearn.dummy import DummyClassifier
    from sklearn.model_selection import FixedThresholdClassifier
    probs, targets = torch.tensor([[0.25, 0.5], [0.5, 0.75]]), torch.ones(2, 2)
    assert predicted_present(probs, 0.5).tolist() == [[False, False], [False, True]]
    assert accuracy(probs, targets) == accuracy_multi(probs, targets, thresh=0.5, sigmoid=False) == 0.25
    assert tm.multilabel_accuracy(probs, targets, 2, 0.5, average="micro") == 0.25
    half = FixedThresholdClassifier(DummyClassifier(strategy="prior"), threshold=0.5, response_method="predict_proba")
    assert half.fit([[0], [0]], [0, 1]).predict([[0]]) == 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("number", [0.1, 0.3, 0.7])
def test_a_probability_written_like_the_threshold_is_at_it(dtype, number):
    probs = torch.tensor([[number]], dtype=dtype)
    up = torch.nextafter(probs.float(), torch.ones(1, 1)) if dtype == torch.float32 else probs + 0.01
    for threshold in (number, [number], np.float64(number), probs[0], probs[0, 0], probs[0].double()):
        assert not predicted_present(probs, threshold).any()
        assert predicted_present(up, threshold).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_scores_in_any_precision(dtype):
    probs, targets = random_table(7, ties=True)           # eighths: exact in each of them
    for score in [accuracy, exact_match, f1, mean_average_precision]:
        assert score(probs.to(dtype), targets) == score(probs, targets)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float16, torch.float64])
def test_targets_of_any_type(dtype):
    probs, targets = random_table(8)
    for score in [accuracy, f1, mean_average_precision]: assert score(probs, targets.to(dtype)) == score(probs, targets)


def test_a_vector_is_one_threshold_a_class():
    probs, targets = random_table(9, ties=True)
    vector = [0.125, 0.25, 0.5, 0.625, 0.875]
    alone = [f1(probs[:, [c]], targets[:, [c]], t) for c, t in enumerate(vector)]
    same(f1(probs, targets, vector, average=None), alone)
    same(f1(probs, targets, torch.tensor(vector).double(), average=None), alone)


# Hypothesis: small tables full of ties

def tables():
    values = st.sampled_from([0., 0.25, 0.5, 0.75, 1.])
    size = st.tuples(st.integers(1, 6), st.integers(1, 3))
    return size.flatmap(lambda s: st.tuples(
        st.lists(st.lists(values, min_size=s[1], max_size=s[1]), min_size=s[0], max_size=s[0]),
        st.lists(st.lists(st.booleans(), min_size=s[1], max_size=s[1]), min_size=s[0], max_size=s[0])))


def average_precision_by_definition(probs, present):
    "Sum over the distinct thresholds of (recall gained) times (precision there)."
    total, before = 0., 0
    for threshold in sorted(set(probs), reverse=True):
        named = [y for p, y in zip(probs, present) if p >= threshold]
        total, before = total + (sum(named) - before) * sum(named) / len(named), sum(named)
    return total / sum(present) if sum(present) else math.nan


@settings(max_examples=150, deadline=None, derandomize=True)
@given(tables())
def test_average_precision_by_its_definition(table):
    probs, targets = torch.tensor(table[0]), torch.tensor(table[1])
    theirs = [average_precision_by_definition(p, y) for p, y in zip(zip(*table[0]), zip(*table[1]))]
    same(average_precision(probs, targets), theirs)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(tables(), st.sampled_from([0., 0.25, 0.5, 1.]), st.randoms(use_true_random=False))
def test_the_order_of_images_does_not_matter(table, threshold, rng):
    probs, targets = torch.tensor(table[0]), torch.tensor(table[1])
    order = list(range(len(probs)))
    rng.shuffle(order)
    assert (confusion_counts(probs, targets, threshold) == confusion_counts(probs[order], targets[order], threshold)).all()
    same(average_precision(probs, targets), average_precision(probs[order], targets[order]))
    same(f1(probs, targets, threshold, average="samples"), f1(probs[order], targets[order], threshold, average="samples"))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(tables(), st.sampled_from([0., 0.25, 0.5, 1.]))
def test_properties(table, threshold):
    probs, targets = torch.tensor(table[0]), torch.tensor(table[1])
    counts = confusion_counts(probs, targets, threshold)
    assert counts.dtype == torch.int64 and (counts.sum(dim=(1, 2)) == len(probs)).all()
    assert exact_match(probs, targets, threshold) <= accuracy(probs, targets, threshold)
    p, r, f = (score(probs, targets, threshold, average=None) for score in (precision, recall, f1))
    both = ~p.isnan() & ~r.isnan()
    assert (f[both] <= torch.maximum(p, r)[both] + 1e-12).all() and (f[both] >= torch.minimum(p, r)[both] - 1e-12).all()
    for score in (p, r, f, average_precision(probs, targets)):
        assert (score.isnan() | ((score >= 0) & (score <= 1 + 1e-12))).all()


# Counts beyond what float32 can count

def test_more_than_2_to_the_24_images():
    n = 2**24 + 3
    probs, targets = torch.full((1, 1), 0.75, dtype=torch.float16).expand(n, 1), torch.ones(n, 1, dtype=torch.bool)
    targets[:2] = False
    assert confusion_counts(probs, targets).tolist() == [[[0, 2], [0, n - 2]]]
    assert accuracy(probs, targets) == exact_match(probs, targets) == precision(probs, targets) == (n - 2) / n
    assert f1(probs, targets) == 2 * (n - 2) / (2 * (n - 2) + 2)
    assert fbeta(probs, targets, beta=0.5, average="micro") == 1.25 * (n - 2) / (1.25 * (n - 2) + 2)


def test_counts_that_float32_cannot_hold():
    hits = torch.tensor([2**24 + 1, 2**50 + 1])
    assert averaged_ratio("it", hits, hits + 2, "").tolist() == [(n + 1) / (n + 3) for n in (2**24, 2**50)]


def test_one_column_is_a_binary_target():
    probs, targets = random_table(13, n_classes=1)
    said = (probs > 0.5).int()
    for ours, theirs in [(precision, sk.precision_score), (recall, sk.recall_score), (f1, sk.f1_score)]:
        for average in ("macro", "micro"): same(ours(probs, targets, average=average), theirs(targets, said))


# What is undefined is said

PROBS, TARGETS = torch.tensor([[.9, .1, .2], [.8, .2, .1]]), torch.tensor([[1, 1, 0], [0, 1, 0]])


def said_by(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = call()
    return value, caught


@pytest.mark.parametrize("score, average, words, value", [
    (precision, "macro", "precision is 0/0 for class 1, 2: nothing was predicted present; left out of the average", 0.5),
    (precision, None, "precision is 0/0 for class 1, 2: nothing was predicted present; the result is nan",
     [0.5, math.nan, math.nan]),
    (recall, "macro", "recall is 0/0 for class 2: nothing is present; left out of the average", 0.5),
    (f1, "macro", "F1 is 0/0 for class 2: nothing is present or predicted present; left out of the average", 1 / 3),
    (F_HALF, None, "F0.5 is 0/0 for class 2: nothing is present or predicted present; the result is nan",
     [5 / 9, 0, math.nan]),
])
def test_a_class_without_positives_is_left_out_and_said(score, average, words, value):
    got, caught = said_by(lambda: score(PROBS, TARGETS, average=average))
    same(got, value)
    assert [str(w.message) for w in caught] == [words] and caught[0].category is UndefinedScore


@pytest.mark.parametrize("score", [precision, recall, f1, fbeta, average_precision, mean_average_precision])
def test_the_warning_points_at_the_line_that_asked(score):
    _, caught = said_by(lambda: score(PROBS * 0.5, TARGETS))
    assert [w.filename for w in caught] == [__file__]


def test_targets_between_0_and_1_get_no_advice_that_only_losses_can_follow():
    with pytest.raises(ValueError, match="^targets: want only 0 and 1, got 0.5 at"): f1(PROBS, TARGETS * 0.5)


@pytest.mark.parametrize("score", [precision, recall, f1])
@pytest.mark.parametrize("average, words", [("micro", "is 0/0: "), ("samples", "is 0/0 in 2 of 2 rows: "),
                                            ("macro", "is 0/0 for class 0, 1, 2: ")])
def test_all_undefined_is_nan_and_said(score, average, words):
    value, caught = said_by(lambda: score(PROBS * 0, TARGETS * 0, average=average))
    assert math.isnan(value) and words in str(caught[0].message) and "the result is nan" in str(caught[0].message)


def test_rankings_say_what_is_undefined():
    value, caught = said_by(lambda: average_precision(PROBS, TARGETS))
    same(value, [1, 1, math.nan])
    assert str(caught[0].message) == "average precision is 0/0 for class 2: nothing is present; the result is nan"
    value, caught = said_by(lambda: mean_average_precision(PROBS, TARGETS))
    assert value == 1 and len(caught) == 1 and "class 2: nothing is present; left out" in str(caught[0].message)
    value, caught = said_by(lambda: mean_average_precision(PROBS, TARGETS * 0))
    assert math.isnan(value) and "the result is nan" in str(caught[0].message)
    value, caught = said_by(lambda: empty_recall(PROBS, TARGETS))
    assert math.isnan(value) and "every image holds something" in str(caught[0].message)


def test_long_lists_of_classes_are_cut():
    _, caught = said_by(lambda: recall(torch.zeros(2, 50), torch.zeros(2, 50), average=None))
    assert "class 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...:" in str(caught[0].message)


@pytest.mark.parametrize("value", [0, 1])
def test_who_asks_for_a_number_gets_it_without_a_warning(value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert precision(PROBS, TARGETS, zero_division=value) == (0.5 + 2 * value) / 3
        same(f1(PROBS, TARGETS, average=None, zero_division=value), [2 / 3, 0, value])


def test_summaries_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all_scores(PROBS, TARGETS * 0)["mean_average_precision"] is None
        assert baselines(TARGETS * 0)["all absent"]["macro_f1"] is None
        assert class_report(PROBS, TARGETS).notes[0] == "Never present: class 2."


# Baselines

def test_baselines_are_the_metrics_of_constant_answers():
    _, targets = random_table(10, n=200)
    found = baselines(targets)
    assert list(found) == ["all absent", "all present", "most frequent label set", "random ranking"]
    share = targets.double().mean(0)
    same(found["all absent"]["accuracy"], 1 - share.mean())
    same(found["all present"]["macro_f1"], (2 * share / (1 + share)).mean())
    same(found["all present"]["micro_f1"], 2 * share.mean() / (1 + share.mean()))
    rows = [tuple(row) for row in targets.tolist()]
    same(found["most frequent label set"]["exact_match"], max(rows.count(row) for row in rows) / len(rows))
    for answer in found.values(): same(answer["mean_average_precision"], share.mean())
    assert found["random ranking"]["accuracy"] is None


def test_a_random_ranking_comes_to_the_share_of_positives():
    rng = torch.Generator().manual_seed(0)
    targets = (torch.rand(2000, 3, generator=rng) < torch.tensor([0.05, 0.3, 0.7])).int()
    scores = torch.stack([average_precision(torch.rand(2000, 3, generator=rng), targets) for _ in range(20)]).mean(0)
    torch.testing.assert_close(scores, targets.double().mean(0), rtol=0, atol=0.015)


def test_the_most_frequent_label_set_comes_from_training():
    train = torch.tensor([[0, 1], [0, 1], [1, 0]])
    found = baselines(torch.tensor([[1, 0], [1, 0], [0, 1]]), train)["most frequent label set"]
    assert found["exact_match"] == 1 / 3
    tied = baselines(torch.tensor([[1, 0], [0, 1]]))["most frequent label set"]
    assert tied["exact_match"] == 0.5


# The report

def test_report_holds_what_the_functions_say():
    pd = pytest.importorskip("pandas")
    probs, targets, threshold = with_threshold(dict(seed=11, empty=True), "vector")
    names = ["pen", "pencil", "eraser", "<book> & co", "cup"]
    report = class_report(probs, targets, threshold, classes=names)
    frame = report.to_frame()
    assert list(frame.index) == names + ["macro average", "micro average", "samples average"]
    for name, score in [("precision", precision), ("recall", recall), ("f1", f1)]:
        same(frame[name].tolist()[:5], score(probs, targets, threshold, average=None))
        same(frame[name].tolist()[5:], [score(probs, targets, threshold, average=a) for a in AVERAGES[:3]])
    same(frame.average_precision.tolist()[:5], average_precision(probs, targets))
    tp, fp, fn = tallies(probs, targets, threshold)
    assert frame.tp.tolist()[:5] == tp.tolist() and frame.positives.tolist()[:5] == (tp + fn).tolist()
    assert frame.threshold.tolist()[:5] == threshold.tolist() and pd.isna(frame.threshold.iloc[5])
    html = report._repr_html_()
    assert "&lt;book&gt; &amp; co" in html and "<book>" not in html and html.count("<tr") == 9
    assert "Never present: pen, &lt;book&gt;" in html and "Never predicted: pencil, &lt;book&gt;" in html
    assert "nan" not in html and "nan" not in repr(report) and "–" in repr(report)
    assert ClassReport(report.rows, [], [])._repr_html_().count("<tr") == 6


@pytest.mark.parametrize("classes", ["abc", ["a", "b"], ["a", "b", "b"]])
def test_report_refuses_other_names(classes):
    with pytest.raises(ValueError, match="classes: want 3 different names"): class_report(PROBS, TARGETS, classes=classes)


# fastai's tensors, gradients

def test_tensors_of_fastai_and_with_gradients():
    from fastai.torch_core import TensorBase, TensorMultiCategory
    probs, targets = random_table(12)
    theirs = TensorBase(probs).requires_grad_(), TensorMultiCategory(targets)
    for score in SCORES[:-2] + RANKINGS:
        ours, got = score(probs, targets), score(*theirs)
        torch.testing.assert_close(ours, got, equal_nan=True)
        assert type(ours) is type(got)
    assert [type(t) for t in check_probs(*theirs)] == [torch.Tensor, torch.Tensor]


# Wrong inputs: the error names the parameter

def bad_tables():
    p, t = torch.full((4, 3), 0.3), torch.zeros(4, 3)
    def put(x, value):
        x = x.clone()
        x[1, 2] = value
        return x
    return {
        "logits": (p * 10 - 1, t, "probs", "logits"), "NaN": (put(p, math.nan), t, "probs", "nan"),
        "infinite": (put(p, math.inf), t, "probs", "inf"), "integers": (t.int(), t, "probs", "int32"),
        "a list": ([[0.5]], t, "probs", "list"), "one dimension": (p[0], t[0], "probs", "(3,)"),
        "three dimensions": (p[None], t[None], "probs", "(1, 4, 3)"), "no rows": (p[:0], t[:0], "probs", "(0, 3)"),
        "no classes": (p[:, :0], t[:, :0], "probs", "(4, 0)"), "complex": (p + 0j, t, "probs", "complex"),
        "a class too few": (p, t[:, :2], "targets", "4, 2"), "transposed": (p, t.T, "targets", "3, 4"),
        "one half": (p, put(t, 0.5), "targets", "0.5"), "two": (p, put(t, 2), "targets", "2"),
        "minus one": (p, put(t, -1), "targets", "-1"), "NaN target": (p, put(t, math.nan), "targets", "nan"),
        "target list": (p, t.tolist(), "targets", "list"), "device": (p, t.to("meta"), "targets", "meta"),
    }


@pytest.mark.parametrize("score", SCORES + RANKINGS + [check_probs], ids=lambda f: f.__name__)
@pytest.mark.parametrize("what", list(bad_tables()))
def test_wrong_probs_and_targets(score, what):
    probs, targets, name, came = bad_tables()[what]
    with pytest.raises((ValueError, TypeError)) as error: score(probs, targets)
    assert str(error.value).startswith(f"{name}: want") and came in str(error.value)


BAD_THRESHOLDS = {"above": 1.5, "below": -0.1, "nan": math.nan, "words": "0.5", "bool": True, "too few": [0.5, 0.5],
                  "a column": torch.full((4, 1), 0.5), "a bool tensor": torch.tensor([True] * 3), "one bad": [0.5, 2, 0.5],
                  "empty": [], "elsewhere": torch.full((3,), 0.5, device="meta"), "a dict": {"pen": 0.5}}


@pytest.mark.parametrize("score", SCORES + [check_probs, predicted_present], ids=lambda f: f.__name__)
@pytest.mark.parametrize("what", list(BAD_THRESHOLDS))
def test_wrong_thresholds(score, what):
    args = (torch.full((4, 3), 0.3),) if score is predicted_present else (torch.full((4, 3), 0.3), torch.zeros(4, 3))
    with pytest.raises((ValueError, TypeError), match="^threshold: want"): score(*args, threshold=BAD_THRESHOLDS[what])


@pytest.mark.parametrize("score", [precision, recall, fbeta, f1, tallies], ids=lambda f: f.__name__)
@pytest.mark.parametrize("average", ["weighted", "MACRO", 0, True])
def test_wrong_averages(score, average):
    with pytest.raises(ValueError, match="^average: want 'macro', 'micro', 'samples' or None, got"):
        score(PROBS, TARGETS, average=average)


@pytest.mark.parametrize("score", [precision, recall, fbeta, f1], ids=lambda f: f.__name__)
@pytest.mark.parametrize("zero_division", ["warn", 0.5, None, -1])
def test_wrong_zero_divisions(score, zero_division):
    with pytest.raises(ValueError, match="^zero_division: want 0, 1 or nan"):
        score(PROBS, TARGETS, zero_division=zero_division)


@pytest.mark.parametrize("beta", [0, -1, math.nan, math.inf, 1e7, "1", None, True, [1]])
def test_wrong_betas(beta):
    with pytest.raises((ValueError, TypeError), match="^beta: want a number"): fbeta(PROBS, TARGETS, beta=beta)


@pytest.mark.parametrize("targets", [[[0, 1]], torch.tensor([0, 1]), torch.zeros(0, 3), torch.tensor([[0, 2]]),
                                     torch.tensor([[0.5, 1]]), torch.tensor([[math.nan, 1]])], ids=str)
def test_wrong_targets_of_baselines(targets):
    with pytest.raises((ValueError, TypeError), match="^targets: want"): baselines(targets)
    with pytest.raises((ValueError, TypeError), match="^train_targets: want"): baselines(torch.tensor([[0, 1]]), targets)


def test_train_targets_of_other_classes():
    with pytest.raises(ValueError, match="train_targets: want 2 classes, got 3"):
        baselines(torch.zeros(4, 2), torch.zeros(4, 3))


def test_averaged_ratio_counts_rows():
    hits, possible = torch.tensor([1, 0, 0]), torch.tensor([2, 0, 3])
    value, caught = said_by(lambda: averaged_ratio("it", hits, possible, "why", "samples"))
    assert value == 0.25 and str(caught[0].message) == "it is 0/0 in 1 of 3 rows: why; left out of the average"
