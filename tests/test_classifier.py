"A learner for many labels: its thresholds in one place, its answers the same everywhere."
import inspect
import json
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import fit, four_quarters, refuses, save_gallery
from multilabel.classifier import (
    Classifier, Predictions, ProbsMetric, as_classifier, collect_probs, load_classifier, most_confused, multilabel_learner,
    save_classifier, score_sheet, set_thresholds, surest_mistakes, tune)
from multilabel.data import multilabel_dls, part_dl, point_dls
from multilabel.losses import AsymmetricLoss, BinaryCrossEntropyLoss, FocalLoss
from multilabel.metrics import UndefinedScore, accuracy, f1, mean_average_precision
from multilabel.models import color_stats
from multilabel.thresholds import best_threshold, best_thresholds
from PIL import Image
from torch import nn

CLASSES = ["pen", "pencil", "eraser", "book"]


def plain(tensor): return tensor.as_subclass(torch.Tensor)


@pytest.fixture
def learn(desk_learner):
    "The trained learner; its thresholds are put back afterwards."
    before = torch.as_tensor(desk_learner.loss_func.thresh).clone()
    yield desk_learner
    set_thresholds(desk_learner, before)


@pytest.fixture(scope="module")
def dls(desk_table): return multilabel_dls(desk_table, 48, 16)


# Learning

def test_not_trained_it_does_not_know(dls):
    "A network that says nothing in particular costs about -log(1/2) = 0.693."
    torch.manual_seed(0)
    learn = multilabel_learner(dls)
    with learn.no_bar(), learn.no_logging(): loss = learn.validate()[0]
    assert .5 < loss < 1.1
    probs, _ = collect_probs(learn)
    assert .2 < probs.mean() < .8


def test_training_lowers_the_loss(dls):
    torch.manual_seed(0)
    learn = multilabel_learner(dls, metrics=[])
    fit(learn, 6)
    losses = [row[0] for row in learn.recorder.values]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("loss", [BinaryCrossEntropyLoss(pos_weight=torch.ones(4) * 2), FocalLoss(2.), AsymmetricLoss(0, 4, .05)],
                         ids=lambda loss: type(loss).__name__)
def test_other_losses(dls, loss):
    learn = fit(multilabel_learner(dls, loss_func=loss))
    probs, targets = collect_probs(learn)
    assert learn.loss_func is loss and 0 <= probs.min() and probs.max() <= 1 and targets.shape == probs.shape
    assert set_thresholds(learn, .25) is learn and as_classifier(learn).thresholds.tolist() == [.25] * 4


def test_a_loss_that_gives_no_probabilities_is_noticed(dls):
    "With PyTorch's own loss, fastai hands out raw outputs in place of probabilities, and says nothing."
    def use():
        learn = multilabel_learner(dls, loss_func=nn.BCEWithLogitsLoss())
        probs, _ = collect_probs(learn)
        tune(learn)
        return probs
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        refuses(use, "BCEWithLogitsLoss", error=(ValueError, TypeError, UserWarning))


def test_what_the_learner_refuses(dls, face_table):
    refuses(lambda: multilabel_learner(point_dls(face_table, 48, 16)), "dls", "vocab", error=(ValueError, TypeError))
    refuses(lambda: multilabel_learner(dls, "resnet9000"), "arch", "resnet9000", error=ValueError)
    refuses(lambda: multilabel_learner(dls, pretrained=True), "pretrained", "small", error=ValueError)


def test_another_network(desk_table):
    torch.manual_seed(0)
    learn = fit(multilabel_learner(multilabel_dls(desk_table, 24, 16), "test_resnet", metrics=[]))
    assert collect_probs(learn)[0].shape == (16, 4) and as_classifier(learn).settings["arch"] == "test_resnet"


def test_two_networks_from_the_same_loaders_keep_their_colors_apart(desk_table):
    "The second network wants other means than the first: it gets its own, or is refused."
    dls, arch = multilabel_dls(desk_table, 24, 16), "test_convnext"
    first = multilabel_learner(dls)
    mean, std = color_stats(arch)
    assert mean != color_stats("small")[0]
    try: settings = as_classifier(multilabel_learner(dls, arch)).settings
    except ValueError as e: assert "dls" in str(e)
    else: assert settings["mean"] == pytest.approx(mean) and settings["std"] == pytest.approx(std)
    assert as_classifier(first).settings["mean"] == pytest.approx(color_stats("small")[0])


# Scores while training

def test_metrics_are_those_of_all_pictures_at_once(learn):
    with learn.no_bar(), learn.no_logging(): values = learn.validate()
    probs, targets = collect_probs(learn)
    thresh = torch.tensor([.3, .4, .5, .6])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedScore)
        want = [mean_average_precision(probs, targets), f1(probs, targets, thresh), accuracy(probs, targets, thresh)]
    assert list(values[1:]) == pytest.approx(want, abs=1e-5, nan_ok=True)
    assert [m.name for m in learn.metrics] == ["mean_average_precision", "macro_f1", "accuracy"]


def test_thresholds_drive_the_metric(learn):
    set_thresholds(learn, 0.)
    with learn.no_bar(), learn.no_logging(): low = learn.validate()[3]
    set_thresholds(learn, 1.)
    with learn.no_bar(), learn.no_logging(): high = learn.validate()[3]
    _, targets = collect_probs(learn)
    assert low == pytest.approx(targets.mean().item()) and high == pytest.approx(1 - targets.mean().item())


def test_a_metric_of_nothing_is_none():
    metric = ProbsMetric(accuracy, "accuracy")
    metric.reset()
    assert metric.value is None and metric.name == "accuracy"


# Probabilities

def test_probabilities_are_in_the_order_of_the_rows(learn, desk_table):
    probs, targets = collect_probs(learn)
    torch.testing.assert_close(targets, desk_table.targets("valid"))
    assert type(probs) is torch.Tensor and type(targets) is torch.Tensor and probs.dtype == torch.float32
    answer = as_classifier(learn).predict(list(desk_table.rows("valid").path))
    torch.testing.assert_close(answer.probs, probs, atol=1e-5, rtol=0)


def test_each_part_by_itself(learn, desk_table):
    for split in ("train", "test"):
        probs, targets = collect_probs(learn, part_dl(learn.dls, desk_table, split))
        torch.testing.assert_close(targets, desk_table.targets(split))
        answer = as_classifier(learn).predict(list(desk_table.rows(split).path))
        torch.testing.assert_close(answer.probs, probs, atol=1e-5, rtol=0)


# One place for thresholds

def test_thresholds_drive_predict_save_and_load(learn, desk_table, tmp_path):
    row, path = desk_table.rows("test").iloc[0], desk_table.rows("test").path[0]
    probs = as_classifier(learn).predict(path).probs[0]
    order = probs.argsort()
    cut = ((probs[order[1]] + probs[order[2]]) / 2).item()  # two above it, two below
    above = [c for c, p in zip(CLASSES, probs) if p > cut]
    each = [1. if c in above else 0. for c in CLASSES]  # the other way round
    for number, (thresholds, want) in enumerate([(cut, above), (0., CLASSES), (1., []), (each, [c for c in CLASSES if c not in above])]):
        set_thresholds(learn, thresholds)
        with learn.no_bar(), learn.no_logging(): labels, hot, said = learn.predict(row)
        assert sorted(labels) == sorted(want) and [bool(h) for h in hot] == [c in want for c in CLASSES]
        torch.testing.assert_close(plain(said), probs, atol=1e-5, rtol=0)
        folder = save_classifier(learn, tmp_path / str(number))
        for model in (as_classifier(learn), load_classifier(folder)):
            answer = model.predict(path)
            assert answer.labels == [want] and answer.thresholds.tolist() == pytest.approx(np.broadcast_to(thresholds, 4).tolist())


def test_two_learners_share_no_thresholds(desk_table):
    "fastai's own way changes a default that all learners share."
    from fastai.data.transforms import MultiCategorize
    defaults = str(inspect.signature(MultiCategorize.__init__))
    torch.manual_seed(0)
    dls = multilabel_dls(desk_table, 48, 16)
    one, two = multilabel_learner(dls), multilabel_learner(dls)
    three = multilabel_learner(multilabel_dls(desk_table, 48, 16))
    set_thresholds(one, [.9, .8, .7, .6])
    tune(one)
    assert as_classifier(two).thresholds.tolist() == as_classifier(three).thresholds.tolist() == [.5] * 4
    assert str(inspect.signature(MultiCategorize.__init__)) == defaults
    given = torch.full((4,), .25)
    set_thresholds(two, given)
    set_thresholds(three, given)
    given.fill_(.75)
    two.loss_func.thresh.fill_(.125)
    assert as_classifier(three).thresholds.tolist() == [.25] * 4
    with two.no_bar(), two.no_logging(): set_thresholds(one, 1.), set_thresholds(two, 0.)
    row = desk_table.rows("test").iloc[0]
    with one.no_bar(), one.no_logging(): assert list(one.predict(row)[0]) == []
    with two.no_bar(), two.no_logging(): assert sorted(two.predict(row)[0]) == sorted(CLASSES)


@pytest.mark.parametrize("thresholds, words", [
    ([.5] * 3, ["thresholds", "4", "(3,)"]), ([[.5] * 4], ["thresholds", "(1, 4)"]), ([], ["thresholds", "(0,)"]),
    (1.5, ["thresholds", "[0, 1]", "1.5"]), (-.1, ["thresholds", "-0.1"]), (float("nan"), ["thresholds", "nan"]),
    ([.5, .5, .5, float("nan")], ["thresholds", "nan"]), ("half", ["thresholds"]), (None, ["thresholds"])])
def test_thresholds_that_are_refused(learn, thresholds, words):
    before = as_classifier(learn).thresholds
    refuses(lambda: set_thresholds(learn, thresholds), *words)
    assert as_classifier(learn).thresholds.equal(before)


# Choosing them

def test_tune_keeps_what_it_finds(learn):
    probs, targets = collect_probs(learn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedScore)
        best, want = tune(learn, min_positives=1), best_thresholds(probs, targets)
        torch.testing.assert_close(best.thresholds, want.thresholds, atol=1e-5, rtol=0)
        assert as_classifier(learn).thresholds.tolist() == pytest.approx(best.thresholds.tolist())
        one = tune(learn, metric="accuracy", per_class=False)
    assert one.threshold.item() == pytest.approx(best_threshold(probs, targets, "accuracy").threshold.item(), abs=1e-5)
    assert as_classifier(learn).thresholds.tolist() == pytest.approx([one.threshold.item()] * 4)
    assert accuracy(probs, targets, one.threshold) >= accuracy(probs, targets, .5)


def test_tune_pools_what_is_rare(learn):
    probs, targets = collect_probs(learn)
    best = tune(learn, min_positives=len(targets) + 1)
    together = best_threshold(probs, targets).threshold.item()
    assert best.pooled.all() and best.thresholds.tolist() == pytest.approx([together] * 4, abs=1e-5)


def test_tune_looks_at_the_part_it_is_given(learn, desk_table):
    dl = part_dl(learn.dls, desk_table, "test")
    probs, targets = collect_probs(learn, dl)
    best = tune(learn, dl, per_class=False)
    assert best.threshold.item() == pytest.approx(best_threshold(probs, targets).threshold.item(), abs=1e-5)


def test_tune_refuses_a_metric_it_does_not_know(learn):
    before = as_classifier(learn).thresholds
    for per_class in (True, False): refuses(lambda: tune(learn, metric="g7", per_class=per_class), "metric", "g7", "f1")
    assert as_classifier(learn).thresholds.equal(before)


# Scores

PROBS = torch.tensor([[.9, .8, .1], [.2, .6, .7], [.1, .2, .3], [.6, .1, .2]])
TARGETS = torch.tensor([[1., 0, 0], [0, 1, 1], [0, 0, 0], [0, 1, 0]])


def test_a_sheet_by_hand():
    sheet = score_sheet(PROBS, TARGETS, .5)
    assert sheet["accuracy"] == pytest.approx(9 / 12, abs=1e-6) and sheet["exact_match"] == .5 and sheet["empty_recall"] == 1
    assert sheet["micro_f1"] == pytest.approx(2 * 3 / (2 * 3 + 2 + 1), abs=1e-6) and sheet["n_pictures"] == 4
    assert {"all absent", "all present", "most frequent label set", "random ranking"} <= set(sheet["baselines"])
    assert sheet["baselines"]["all absent"]["accuracy"] == pytest.approx(8 / 12)
    assert json.loads(json.dumps(sheet, allow_nan=False)) == sheet


def test_what_is_undefined_is_none_and_said():
    full = torch.ones(3, 2)
    full[:, 1] = torch.tensor([0., 1, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # None says it: no warning besides
        sheet = score_sheet(torch.rand(3, 2), full, .5)
    assert sheet["empty_recall"] is None
    json.dumps(sheet, allow_nan=False)


def test_the_most_frequent_label_set_is_that_of_training():
    train = torch.tensor([[0., 1, 1]] * 5 + [[1, 0, 0]])
    assert score_sheet(PROBS, TARGETS, .5, train)["baselines"]["most frequent label set"]["exact_match"] == .25


def test_confused_pairs_by_hand():
    frame = most_confused(PROBS, TARGETS, .5, ["a", "b", "c"])
    assert frame.values.tolist() == [["b", "a", 1]], "the fourth picture: b was missed, a made up"
    assert list(frame.columns) == ["missed", "made up", "pictures"]
    assert len(most_confused(TARGETS, TARGETS, .5, ["a", "b", "c"])) == 0


def test_surest_mistakes_by_hand():
    frame = surest_mistakes(PROBS, TARGETS, .5, ["a", "b", "c"])
    assert frame[["picture", "class", "present"]].values.tolist() == [[3, "b", True], [0, "b", False], [3, "a", False]]
    assert frame.prob.tolist() == pytest.approx([.1, .8, .6])
    assert len(surest_mistakes(PROBS, TARGETS, .5, ["a", "b", "c"], most=1)) == 1
    assert surest_mistakes(PROBS, TARGETS, [.95, .5, .5], ["a", "b", "c"]).values.tolist()[0][:2] == [3, "b"]
    assert len(surest_mistakes(TARGETS, TARGETS, .5, ["a", "b", "c"])) == 0


@pytest.mark.parametrize("call", [
    lambda p, t, h: score_sheet(p, t, h), lambda p, t, h: most_confused(p, t, h, ["a", "b", "c"]),
    lambda p, t, h: surest_mistakes(p, t, h, ["a", "b", "c"])], ids=["score_sheet", "most_confused", "surest_mistakes"])
@pytest.mark.parametrize("probs, targets, threshold, words", [
    (PROBS * 4, TARGETS, .5, ["probs", "[0, 1]"]), (PROBS.log(), TARGETS, .5, ["probs"]), (PROBS.long(), TARGETS, .5, ["probs", "int64"]),
    (PROBS, TARGETS / 2, .5, ["targets", "0.5"]), (PROBS, TARGETS[:2], .5, ["targets", "2, 3", "4, 3"]),
    (PROBS[0], TARGETS[0], .5, ["probs", "(3,)"]), (PROBS[:0], TARGETS[:0], .5, ["probs", "(0, 3)"]),
    (PROBS, TARGETS, 1.5, ["threshold", "1.5"]), (PROBS, TARGETS, torch.full((2,), .5), ["threshold", "(2,)", "3"]),
    (PROBS, TARGETS, float("nan"), ["threshold", "nan"]), (PROBS, TARGETS, "half", ["threshold", "half"]),
    (PROBS * float("nan"), TARGETS, .5, ["probs", "nan"])])
def test_scores_refuse(call, probs, targets, threshold, words): refuses(lambda: call(probs, targets, threshold), *words)


@pytest.mark.parametrize("call", [most_confused, surest_mistakes])
@pytest.mark.parametrize("classes", [["a", "b"], ["a", "b", "c", "d"], []])
def test_names_must_be_as_many_as_classes(call, classes):
    refuses(lambda: call(PROBS, TARGETS, .5, classes), "classes", len(classes), 3)


# Asking

def test_a_loaded_model_says_the_same(learn, desk_model, desk_table):
    model, paths = load_classifier(desk_model), list(desk_table.rows("test").path)
    assert isinstance(model, Classifier) and model.classes == CLASSES and model.thresholds.tolist() == pytest.approx([.3, .4, .5, .6])
    said, want = model.predict(paths), as_classifier(learn).predict(paths)
    torch.testing.assert_close(said.probs, want.probs, atol=1e-6, rtol=0)
    assert said.labels == want.labels and said.names == paths and not said.failed
    assert json.loads((desk_model / "model.json").read_text())["scores"] == {"macro_f1": .5}


def test_each_way_to_hand_over_a_picture(desk_model, desks, tmp_path):
    model, array = load_classifier(desk_model), four_quarters(48, 60)
    Image.fromarray(array).save(tmp_path / "a.png")
    want = model.predict(tmp_path / "a.png").probs
    for picture in (str(tmp_path / "a.png"), tmp_path, Image.fromarray(array), array, torch.tensor(array).movedim(-1, 0),
                    (array / 255).astype(np.float32), [tmp_path / "a.png"], [array], np.stack([array]), (x for x in [array])):
        torch.testing.assert_close(model.predict(picture).probs, want, atol=2e-3, rtol=0)
    assert len(model.predict(desks / "images").names) == 72


def test_colors_and_orientation_do_not_change_the_answer(desk_model, tmp_path):
    model = load_classifier(desk_model)
    save_gallery(tmp_path)
    want = model.predict(four_quarters()).probs[0]
    answer = model.predict([tmp_path / f"turned_{number}.png" for number in range(1, 9)])
    for probs in answer.probs: torch.testing.assert_close(probs, want, atol=1e-5, rtol=0)
    gray = model.predict([tmp_path / "gray.png", tmp_path / "deep.png", tmp_path / "deep.tif", tmp_path / "gray_alpha.png"]).probs
    for probs in gray: torch.testing.assert_close(probs, gray[0], atol=1e-4, rtol=0)
    everything = model.predict(tmp_path)
    assert not everything.failed and len(everything.names) == len(list(tmp_path.iterdir())) and everything.probs.isfinite().all()


def test_predict_leaves_the_learner_as_it_was(learn, desks):
    learn.model.train()
    before = {k: v.clone() for k, v in learn.model.state_dict().items()}
    as_classifier(learn).predict(desks / "images" / "test_00000.png")
    assert learn.model.training and all(before[k].equal(v) for k, v in learn.model.state_dict().items())


def test_unequal_sides(desk_table, tmp_path):
    torch.manual_seed(0)
    learn = fit(multilabel_learner(multilabel_dls(desk_table, (32, 64), 16), metrics=[]))
    model = load_classifier(save_classifier(learn, tmp_path))
    assert model.settings["size"] == [32, 64]
    torch.testing.assert_close(model.predict(list(desk_table.rows("valid").path)).probs, collect_probs(learn)[0], atol=1e-5, rtol=0)


def test_predictions_as_a_table():
    answer = Predictions(["a.png", "b.png"], torch.tensor([[.9, .2], [.1, .5]]), torch.tensor([.5, .5]), ["pen", "book"], {})
    assert answer.labels == [["pen"], []], "at its threshold a class is absent"
    frame = answer.to_frame()
    assert list(frame.columns) == ["fname", "labels", "prob_pen", "prob_book"] and frame.labels.tolist() == ["pen", ""]
    assert "a.png" in repr(answer) and "<table" in answer._repr_html_()
    assert pd.api.types.is_float_dtype(frame.prob_pen)


def test_an_unreadable_picture_is_named(desk_model, tmp_path):
    (tmp_path / "broken.jpg").write_text("broken")
    answer = load_classifier(desk_model).predict([tmp_path / "broken.jpg", np.zeros((9, 9), np.uint8), "gone.png", np.zeros(3)])
    assert len(answer.names) == 1 and len(answer.probs) == 1 and len(answer.failed) == 3
    assert "gone.png" in str(answer.failed) and "broken.jpg" in str(answer.failed) and "(3,)" in str(answer.failed)


@pytest.mark.parametrize("change", [{"classes": CLASSES[:3]}, {"thresholds": [.5] * 5}, {"n_out": 3}])
def test_settings_that_do_not_fit_together(desk_model, change):
    model = load_classifier(desk_model)
    refuses(lambda: Classifier(model.model, {**model.settings, **change}), "classes", "thresholds", "4", error=ValueError)
