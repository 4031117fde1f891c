"Adapters: scikit-learn's own checks and rules, brute force, and tables of scores that people might bring."
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from conftest import refuses
from multilabel.adapters import MultilabelThresholdClassifier, ThresholdCallback, present_probs, scores_frame, scores_table, threshold_metric
from multilabel.cuts import ExpectedCost
from multilabel.metrics import UndefinedScore
from multilabel.thresholds import ThresholdStream, best_threshold, best_thresholds
from joblib import parallel_config
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

Tuned = MultilabelThresholdClassifier
LABELS = ["a", "b", "c", "d"]


def one_vs_rest(): return OneVsRestClassifier(LogisticRegression())


@pytest.fixture(scope="module")
def table():
    return make_multilabel_classification(300, 8, n_classes=4, n_labels=2, random_state=0)


# scikit-learn's own checks

def expected_failures(estimator):
    "What can't hold for a classifier whose thresholds are tuned, and why."
    half = "it compares predict with probabilities cut at 0.5, and ours are cut at tuned thresholds"
    failures = {"check_classifiers_train": half, "check_classifier_multioutput": half}
    if isinstance(estimator.estimator, KNeighborsClassifier):
        del failures["check_classifiers_train"]  # its halves are ours there
        failures["check_classifiers_multilabel_output_format_predict_proba"] = \
            "it wants probabilities strictly between 0 and 1, and five neighbors often agree"
    return failures


@parametrize_with_checks([Tuned(LogisticRegression(), cv=2), Tuned(one_vs_rest(), cv=2), Tuned(KNeighborsClassifier(), cv=3)],
                         expected_failed_checks=expected_failures)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks(estimator, check): check(estimator)


# What is chosen

@pytest.mark.parametrize("base", [one_vs_rest(), MultiOutputClassifier(LogisticRegression()), ClassifierChain(LogisticRegression()),
                                  KNeighborsClassifier(), DecisionTreeClassifier(max_depth=4, random_state=0), RandomForestClassifier(5, random_state=0),
                                  MLPClassifier(8, max_iter=30, random_state=0), make_pipeline(StandardScaler(), one_vs_rest()),
                                  GridSearchCV(one_vs_rest(), {"estimator__C": [.1, 1]}, cv=2)], ids=lambda base: type(base).__name__)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_thresholds_are_the_best_of_held_out_probabilities(table, base):
    "Against scikit-learn's own cross-validation and score, over every value there is."
    X, y = table
    tuned = Tuned(base, cv=KFold(3, shuffle=True, random_state=1)).fit(X, y)
    probs = np.empty(y.shape)
    for fit, asked in KFold(3, shuffle=True, random_state=1).split(X):
        probs[asked] = present_probs(clone(base).fit(X[fit], y[fit]), X[asked], 4)
    for k in range(4):
        said = probs[:, k] > np.unique(np.r_[0, probs[:, k]])[:, None]
        brute = (2 * (said & (y[:, k] == 1)).sum(1) / (said.sum(1) + y[:, k].sum())).max()
        assert tuned.best_scores_[k] == pytest.approx(brute, abs=1e-12)
        assert f1_score(y[:, k], probs[:, k] > tuned.thresholds_[k]) == pytest.approx(brute, abs=1e-12)
    said = tuned.predict_proba(X)
    np.testing.assert_array_equal(said, present_probs(clone(base).fit(X, y), X, 4))
    np.testing.assert_array_equal(tuned.predict(X), (said > tuned.thresholds_).astype(int))
    assert tuned.predict(X).dtype.kind == "i" and tuned.n_features_in_ == 8


def test_shapes_of_probabilities(table):
    X, y = table
    lists = MultiOutputClassifier(LogisticRegression()).fit(X, y)
    wanted = np.stack([part[:, 1] for part in lists.predict_proba(X)], axis=1)
    np.testing.assert_array_equal(present_probs(lists, X, 4), wanted)
    np.testing.assert_allclose(present_probs(one_vs_rest().fit(X, y), X, 4), wanted, atol=1e-12)
    for constant in (0, 1):
        odd = y.copy()
        odd[:, 2] = constant
        for base in (KNeighborsClassifier(), DecisionTreeClassifier(), RandomForestClassifier(3)):
            assert (present_probs(base.fit(X, odd), X, 4)[:, 2] == constant).all()
    single = LogisticRegression().fit(X, y[:, 0])
    np.testing.assert_array_equal(present_probs(single, X, 1)[:, 0], single.predict_proba(X)[:, 1])
    two = one_vs_rest().fit(X, y[:, :2])
    np.testing.assert_array_equal(present_probs(two, X, 2), two.predict_proba(X))
    refuses(lambda: present_probs(LogisticRegression().fit(X, y[:, 0] + y[:, 1]), X, 4), "(300, 3)", "want (n, 4)")


def test_shared_threshold_and_prefit(table):
    X, y = table
    fitted = one_vs_rest().fit(X[:150], y[:150])
    probs, targets = torch.tensor(fitted.predict_proba(X[150:])), torch.tensor(y[150:])
    held = Tuned(fitted, cv="prefit").fit(X[150:], y[150:])
    assert held.estimator_ is fitted
    np.testing.assert_array_equal(held.thresholds_, best_thresholds(probs, targets).thresholds)
    shared = Tuned(fitted, metric="accuracy", per_class=False, cv="prefit").fit(X[150:], y[150:])
    best = best_threshold(probs, targets, "accuracy")
    assert (shared.thresholds_ == best.threshold.item()).all() and shared.thresholds_.shape == (4,)
    assert shared.best_scores_ == best.score.item()
    assert (shared.predict(X[150:]) == y[150:]).mean() == pytest.approx(best.score.item(), abs=1e-12)
    with pytest.raises(NotFittedError): Tuned(one_vs_rest(), cv="prefit").fit(X, y)


def test_a_share_held_out_once(table):
    X, y = table
    once = Tuned(one_vs_rest(), cv=.25, refit=False, random_state=3).fit(X, y)
    again = Tuned(one_vs_rest(), cv=.25, refit=True, random_state=3).fit(X, y)
    np.testing.assert_array_equal(once.thresholds_, again.thresholds_)
    assert np.abs(once.predict_proba(X) - again.predict_proba(X)).max() > 1e-6, "the one kept learned from fewer rows"
    np.testing.assert_allclose(again.predict_proba(X), one_vs_rest().fit(X, y).predict_proba(X), atol=1e-12)


def test_seeds(table):
    X, y = table
    def thresholds(seed): return Tuned(one_vs_rest(), random_state=seed).fit(X, y).thresholds_
    np.testing.assert_array_equal(thresholds(1), thresholds(1))
    assert (thresholds(1) != thresholds(2)).any()
    with parallel_config("threading", n_jobs=2): np.testing.assert_array_equal(thresholds(1), Tuned(one_vs_rest(), random_state=1).fit(X, y).thresholds_)


def test_metrics_of_ones_own(table):
    X, y = table
    cheap, dear = (Tuned(one_vs_rest(), metric=ExpectedCost(miss, 1), random_state=0).fit(X, y) for miss in (1, 20))
    assert (dear.thresholds_ < cheap.thresholds_).all() and (dear.best_scores_ <= 0).all()
    assert clone(dear).metric == dear.metric
    np.testing.assert_allclose(cheap.best_scores_ + 1, Tuned(one_vs_rest(), metric="accuracy", random_state=0).fit(X, y).best_scores_, atol=1e-12)
    refuses(lambda: Tuned(one_vs_rest(), metric="f_one").fit(X, y), "metric", "f_one")


def test_a_class_without_a_positive(table):
    X, y = table
    y = y.copy()
    y[:, 1] = 0
    with pytest.warns(UndefinedScore, match="class 1"): tuned = Tuned(DecisionTreeClassifier(max_depth=3, random_state=0), random_state=0).fit(X, y)
    assert (tuned.predict(X)[:, 1] == 0).all() and tuned.thresholds_.shape == (4,)


# What comes in

@pytest.mark.parametrize("kind", [np.float64, bool, np.int8, list, pd.DataFrame, sparse.csr_matrix])
def test_kinds_of_targets(table, kind):
    X, y = table
    wanted = Tuned(one_vs_rest(), random_state=0).fit(X, y)
    given = kind(y) if kind in (pd.DataFrame, sparse.csr_matrix) else y.tolist() if kind is list else y.astype(kind)
    tuned = Tuned(one_vs_rest(), random_state=0).fit(X, given)
    np.testing.assert_array_equal(tuned.thresholds_, wanted.thresholds_)
    np.testing.assert_array_equal(tuned.predict(X), wanted.predict(X))


def test_two_classes_in_words():
    X, y = make_classification(200, 5, random_state=0)
    words = np.array(["no", "yes"])[y]
    tuned, number = (Tuned(LogisticRegression(), random_state=0).fit(X, targets) for targets in (words, y))
    assert tuned.classes_.tolist() == ["no", "yes"] and set(tuned.predict(X)) == {"no", "yes"}
    np.testing.assert_array_equal(tuned.predict(X) == "yes", number.predict(X) == 1)
    np.testing.assert_allclose(tuned.predict_proba(X), tuned.estimator_.predict_proba(X), atol=1e-15)
    assert cross_val_score(tuned, X, words, scoring="roc_auc", cv=3).mean() > .8


def test_frames_keep_their_names(table):
    X, y = table
    X = pd.DataFrame(X).add_prefix("f")
    tuned = Tuned(one_vs_rest(), random_state=0).fit(X, y)
    assert tuned.feature_names_in_.tolist() == X.columns.tolist() and tuned.predict(X).shape == y.shape


def test_what_fit_refuses(table):
    X, y = table
    def fit(base=None, targets=y, **kwargs): return lambda: Tuned(base or one_vs_rest(), **kwargs).fit(X, targets)
    refuses(fit(RidgeClassifier()), "estimator", "RidgeClassifier", "predict_proba", "CalibratedClassifierCV")
    refuses(fit(OneVsRestClassifier(LinearSVC())), "predict_proba")
    refuses(fit(targets=y + 1), "y:", "0 and 1", "got 2")
    refuses(fit(targets=y.sum(1)), "y:", "multiclass")
    refuses(fit(targets=y * 1.5), "y")
    refuses(fit(targets=np.where(y, np.nan, 0)), "nan")
    refuses(fit(targets=None), "y")
    refuses(fit(targets=np.zeros(len(X))), "two classes")
    refuses(fit(targets=y[:-1]), "300", "299")
    refuses(fit(cv=1), "cv", "got 1")
    refuses(fit(cv=301), "cv", "n_samples=300")
    refuses(fit(cv=-.1), "cv", "-0.1")
    refuses(fit(cv=True), "cv")
    refuses(fit(refit=False), "refit", "5 folds")
    with pytest.raises(NotFittedError): Tuned(one_vs_rest()).predict(X)


# As one estimator among others

def test_in_scikit_learns_company(table):
    X, y = table
    tuned = Tuned(one_vs_rest(), random_state=0)
    assert clone(tuned).get_params() .keys() == tuned.get_params().keys() and "estimator__estimator__C" in tuned.get_params()
    search = GridSearchCV(make_pipeline(StandardScaler(), tuned), {"multilabelthresholdclassifier__metric": ["f1", "f2"],
                          "multilabelthresholdclassifier__estimator__estimator__C": [.1, 1.]}, scoring="f1_macro", cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 4 and search.predict(X).shape == y.shape
    assert cross_val_predict(tuned, X, y, cv=3).shape == y.shape
    for scoring in ("average_precision", "roc_auc", "f1_micro", "accuracy"):
        assert 0 < cross_val_score(tuned, X, y, scoring=scoring, cv=2, error_score="raise").mean() <= 1, scoring
    fitted = clone(tuned).fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(X), fitted.predict(X))
    assert 0 < fitted.score(X, y) <= 1


def test_sample_weight_goes_where_it_is_asked_for(table):
    X, y = make_classification(200, 5, flip_y=.2, random_state=0)
    weights = np.random.RandomState(0).rand(200) * 5
    refuses(lambda: Tuned(LogisticRegression()).fit(X, y, sample_weight=weights), "sample_weight", "enable_metadata_routing")
    with sklearn.config_context(enable_metadata_routing=True):
        base = LogisticRegression().set_fit_request(sample_weight=True)
        tuned = Tuned(base, random_state=0).fit(X, y, sample_weight=weights)
        want = LogisticRegression().fit(X, y, sample_weight=weights)
        np.testing.assert_allclose(tuned.estimator_.coef_, want.coef_)
        assert np.abs(want.coef_ - LogisticRegression().fit(X, y).coef_).max() > 1e-3
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError): Tuned(LogisticRegression()).fit(X, y, sample_weight=weights)


# Tables

@pytest.fixture
def scores():
    rng = np.random.RandomState(0)
    return scores_frame(rng.rand(6, 2), rng.rand(6, 2) > .5, ["pen", "red ink"], [f"{i}.png" for i in range(6)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_go_out_and_in_to_the_last_digit(tmp_path, dtype):
    rng = np.random.RandomState(1)
    probs, targets = (rng.rand(200, 3) ** 5).astype(dtype), rng.rand(200, 3) > .5
    probs[0] = [0, 1, np.finfo(dtype).tiny]
    for inputs in ((probs, targets), (torch.tensor(probs), torch.tensor(targets).float()), (pd.DataFrame(probs), pd.DataFrame(targets.astype(int)))):
        scores_frame(*inputs, LABELS[:3]).to_csv(tmp_path / "s.csv", index=False)
        back = scores_table(tmp_path / "s.csv")
        # Older pandas reads some of the longest numbers with another last bit.
        np.testing.assert_allclose(back.probs.numpy().astype(dtype), probs, rtol=0 if dtype == np.float32 else 1e-15)
        assert back.probs.dtype == torch.float64 and back.targets.dtype == torch.int64
        np.testing.assert_array_equal(back.targets.numpy(), targets)
        assert back.classes == LABELS[:3]


def test_orders_prefixes_and_truths(scores):
    wanted = scores_table(scores)
    assert wanted.classes == ["pen", "red ink"]
    for other in (scores[scores.columns[::-1]].iloc[:, ::-1], scores[["true_red ink", "prob_pen", "true_pen", "prob_red ink"]],
                  scores.rename(columns=lambda c: c.replace("true_", "target_")), scores.assign(extra="x"),
                  scores.assign(**{"true_pen": scores["true_pen"].map({0: "False", 1: "true"})}), scores.set_index("fname")):
        got = scores_table(other)
        assert got.classes == wanted.classes and torch.equal(got.probs, wanted.probs) and torch.equal(got.targets, wanted.targets)
    flipped = scores_table(scores[["prob_red ink", "prob_pen", "true_pen", "true_red ink"]])
    assert flipped.classes == ["red ink", "pen"] and torch.equal(flipped.targets, wanted.targets[:, [1, 0]])


def test_truth_in_words_only_where_named(scores):
    words = [";".join(c for c, yes in zip(["pen", "red ink"], row) if yes) for row in scores_table(scores).targets.tolist()]
    said = scores.filter(regex="fname|prob_").assign(labels=words)
    refuses(lambda: scores_table(said), "label_col", "'labels'")
    assert torch.equal(scores_table(said, label_col="labels", sep=";").targets, scores_table(scores).targets)
    refuses(lambda: scores_table(said, label_col="labels", sep=","), "not among the classes")
    refuses(lambda: scores_table(said, label_col="tags"), "tags", "columns")


def test_what_scores_table_refuses(scores, tmp_path):
    def change(**cells): return lambda: scores_table(scores.assign(**cells))
    refuses(change(prob_pen=[.1, .2, 1.5, 0, 0, 0]), "prob_pen", "[0, 1]", "1.5", "row 3")
    refuses(change(prob_pen=[.1, np.nan, .5, 0, 0, 0]), "prob_pen", "nan", "row 2")
    refuses(change(prob_pen=["a"] * 6), "prob_pen", "got a", "row 1")
    refuses(change(true_pen=[0, 1, 2, 0, 0, 0]), "true_pen", "0 or 1", "got 2", "row 3")
    refuses(change(true_pen=.5), "true_pen")
    refuses(change(target_pen=1), "both true_<class> and target_<class>")
    refuses(change(true_book=1), "true_book", "partner")
    refuses(lambda: scores_table(scores.drop(columns="true_pen")), "true_pen", "partner")
    refuses(lambda: scores_table(scores.filter(like="prob_")), "no column true_<class>")
    refuses(lambda: scores_table(scores.filter(like="true_")), "no column prob_<class>")
    refuses(lambda: scores_table(scores.iloc[:0]), "no rows")
    refuses(lambda: scores_table(pd.concat([scores, scores.prob_pen], axis=1)), "twice")
    refuses(lambda: scores_table(tmp_path / "gone.csv"), "gone.csv", error=FileNotFoundError)
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00a,b\n1")
    refuses(lambda: scores_table(tmp_path / "b.csv"), "b.csv", "CSV")


def test_what_scores_frame_refuses():
    probs, targets = torch.rand(4, 2), torch.ones(4, 2)
    refuses(lambda: scores_frame(probs, targets, ["a"]), "classes", "2 different names")
    refuses(lambda: scores_frame(probs, targets, ["a", "a"]), "classes")
    refuses(lambda: scores_frame(probs, targets, "ab"), "classes")
    refuses(lambda: scores_frame(probs * 5 - 2, targets, ["a", "b"]), "probs")
    refuses(lambda: scores_frame(probs, targets[:3], ["a", "b"]), "targets")
    refuses(lambda: scores_frame(probs, targets, ["a", "b"], ["x"]), "names", "want 4")


# torchmetrics

@pytest.fixture(scope="module")
def batches():
    "Scores with many ties, in batches of different sizes."
    rng = torch.Generator().manual_seed(0)
    targets = (torch.rand(500, 3, generator=rng) < torch.tensor([.5, .2, .02])).long()
    probs = ((torch.rand(500, 3, generator=rng) + targets) * 50).round() / 100
    return list(zip(probs.split([1, 199, 250, 50]), targets.split([1, 199, 250, 50])))


def joined(batches): return tuple(map(torch.cat, zip(*batches)))


def same(one, other):
    for a, b in zip(one, other): torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True) if isinstance(a, torch.Tensor) else a == b


@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("metric", ["f1", "accuracy", "f3", ExpectedCost(5, 1)], ids=str)
def test_metric_is_the_stream(batches, metric, per_class):
    ours, stream = threshold_metric(3, metric, per_class), ThresholdStream(3, metric, per_class, keep=0)
    for batch in batches[:1] * 2: ours.update(*batch)
    ours.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedScore)
        for batch in batches: same(ours(*batch), ThresholdStream(3, metric, per_class, keep=0).update(*batch).compute())
        for batch in batches: stream.update(*batch)
        same(ours.compute(), stream.compute())
        choose, exact = (best_thresholds if per_class else best_threshold), ours.compute().scores
        torch.testing.assert_close(choose(*joined(batches), metric)[1], exact, msg="values far apart: bins are exact")


def test_metric_in_torchmetrics_company(batches):
    from copy import deepcopy

    from torchmetrics import MetricCollection
    from torchmetrics.classification import MultilabelF1Score
    both = MetricCollection({"one": threshold_metric(3), "shared": threshold_metric(3, per_class=False), "f1": MultilabelF1Score(3)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedScore)
        for batch in batches: both(*batch)
        found = both.compute()
    same(found["one"], ThresholdStream(3, keep=0).update(*joined(batches)).compute())
    assert found["shared"].thresholds.shape == ()
    for copy in (deepcopy(both["one"]), pickle.loads(pickle.dumps(both["one"]))):
        same(copy.compute(), found["one"])
        copy.update(*batches[1])
        assert copy.counts.sum() == both["one"].counts.sum() + 3 * 199, "its counts are its own"
    both.reset()
    assert both["one"].counts.sum() == 0
    metric = threshold_metric(3)
    metric.persistent(True)
    metric.update(*joined(batches))
    other = threshold_metric(3)
    other.persistent(True)
    other.load_state_dict(metric.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torchmetrics thinks that it counted nothing
        same(other.compute(), found["one"])


def test_what_the_metric_refuses(batches, monkeypatch):
    import sys

    from multilabel import adapters
    refuses(lambda: threshold_metric(0), "n_classes")
    refuses(lambda: threshold_metric(3, "f_one"), "metric", "f_one")
    refuses(lambda: threshold_metric(3).update(torch.tensor([[1.5, 0, 0]]), torch.zeros(1, 3)), "probs", "1.5")
    refuses(lambda: threshold_metric(2).update(*batches[0]), "2 columns")
    monkeypatch.setitem(sys.modules, "torchmetrics", None)
    adapters._metric_class.cache_clear()
    refuses(lambda: threshold_metric(3), "pip install torchmetrics", error=ImportError)
    adapters._metric_class.cache_clear()


def one_of_two(rank, folder):
    "Count this process's part, and compute what both counted."
    import torch.distributed as dist
    from multilabel.adapters import _add_up
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    batches = torch.load(folder / "batches.pt")
    metric, stream = threshold_metric(3), ThresholdStream(3, keep=0)
    for batch in batches[rank::2]:
        metric.update(*batch)
        stream.update(*batch)
    _add_up(stream)
    torch.save([list(metric.compute())[:4], list(stream.compute())[:4], metric.counts.sum()], folder / f"{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this build of torch has no torch.distributed")
def test_two_processes_agree_with_one(batches, tmp_path):
    torch.save(batches, tmp_path / "batches.pt")
    torch.multiprocessing.spawn(one_of_two, (tmp_path,), nprocs=2)
    whole = ThresholdStream(3, keep=0).update(*joined(batches)).compute()
    for rank in (0, 1):
        metric, stream, kept = torch.load(tmp_path / f"{rank}.pt")
        same(metric, whole[:4])
        same(stream, whole[:4])
        assert kept == 3 * sum(len(probs) for probs, _ in batches[rank::2]), "after compute each has its own counts again"


# fastai

@pytest.fixture
def learner():
    from fastai.callback import progress  # noqa: F401
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader
    from fastai.learner import Learner
    from multilabel.losses import BinaryCrossEntropyLoss
    rng = torch.Generator().manual_seed(0)
    X = torch.randn(160, 5, generator=rng)
    data = torch.utils.data.TensorDataset(X, (X[:, :3] > .5).long())
    dls = DataLoaders(DataLoader(data, bs=32, shuffle=True), DataLoader(data, bs=50))
    def make(*cbs, loss_func=None):
        torch.manual_seed(0)
        return Learner(dls, torch.nn.Linear(5, 3), loss_func=loss_func or BinaryCrossEntropyLoss(), cbs=cbs)
    return make


def quietly(learn): return learn.no_bar(), learn.no_logging()


@pytest.mark.parametrize("metric, per_class", [("f1", True), ("accuracy", False), (ExpectedCost(5, 1), True)])
def test_callback_puts_thresholds_into_the_loss(learner, metric, per_class):
    watch = ThresholdCallback(metric, per_class)
    learn = learner(watch)
    bar, log = quietly(learn)
    with bar, log:
        learn.fit(3, .05)
        probs, targets = learn.get_preds()
        learn.validate()
    best = (best_thresholds if per_class else best_threshold)(probs, targets.long(), metric)
    torch.testing.assert_close(watch.scores[-1], best.score.item() if not per_class else best.scores.mean().item(), atol=.02, rtol=0)
    assert len(watch.scores) == 3 and np.shape(learn.loss_func.thresh) == ((3,) if per_class else ())
    from multilabel.cuts import count_score
    from multilabel.metrics import confusion_counts
    counts = confusion_counts(probs, targets.long(), learn.loss_func.thresh)
    counts = counts if per_class else counts.sum(0, keepdim=True)
    tn, fp, fn, tp = counts.flatten(1).T
    torch.testing.assert_close(count_score(metric, (tp, fp, fn, tn)).mean().item(), watch.scores[-1])


def test_callback_keeps_out_of_what_is_no_training(learner):
    from fastai.callback import schedule  # noqa: F401
    watch = ThresholdCallback()
    learn = learner(watch)
    bar, log = quietly(learn)
    with bar, log:
        learn.get_preds()
        learn.validate()
        learn.lr_find(show_plot=False, num_it=5)
        assert learn.loss_func.thresh == .5 and watch.scores == []
        learn.fit_one_cycle(2, .05)
        first = watch.scores
        thresh = learn.loss_func.thresh.clone()
        learn.get_preds(ds_idx=0)
        learn.lr_find(show_plot=False, num_it=5)
        assert watch.scores == first and len(first) == 2 and torch.equal(learn.loss_func.thresh, thresh)
        learn.fit(1, .05)
    assert len(watch.scores) == 1


def test_callback_refuses_a_loss_without_thresholds(learner):
    learn = learner(ThresholdCallback(), loss_func=torch.nn.BCEWithLogitsLoss())
    bar, log = quietly(learn)
    with bar, log: refuses(lambda: learn.fit(1), "BCEWithLogitsLoss", "activation", "multilabel.losses")


def test_rounding_to_float32_moves_no_answer():
    from multilabel.adapters import _float32_below
    probs = torch.rand(5000, generator=torch.Generator().manual_seed(1))
    thresholds = torch.cat([probs.double(), probs.double() + 1e-9, torch.nextafter(probs.double(), torch.zeros(1).double()), torch.tensor([0., 1, 1e-46])])
    rounded = _float32_below(thresholds)
    for t, r in zip(thresholds[::7], rounded[::7]): assert torch.equal(probs.double() > t, probs > r)
    assert rounded[-3:].tolist() == [0, 1, 0]
