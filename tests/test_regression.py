"A point in a picture: in pixels of the original, rows and columns kept straight."
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import fit, four_quarters, refuses, save_gallery
from hypothesis import given, settings
from hypothesis import strategies as st
from multilabel.data import part_dl, point_dls, to_pixels
from multilabel.regression import (
    PointLoss, Points, as_point_model, collect_points, error_sheet, load_points, mean_point, pixel_errors, point_learner, save_points)
from multilabel.tables import point_table
from PIL import Image

fixed = settings(deadline=None, derandomize=True, database=None, max_examples=60)


# The loss

def test_points_outside_are_left_out_and_counted():
    loss = PointLoss()
    preds = torch.tensor([[0., 0], [.5, .5], [1, 1]], requires_grad=True)
    targets = torch.tensor([[.5, 0], [.5, 1.5], [1, 0]])
    value = loss(preds, targets)
    assert value.item() == pytest.approx((.25 + 0 + 0 + 1) / 4) and (loss.n_seen, loss.n_left_out) == (3, 1)
    value.backward()
    assert preds.grad.tolist() == [[-.25, 0], [0, 0], [0, .5]]
    loss.reset()
    assert (loss.n_seen, loss.n_left_out) == (0, 0)


def test_when_all_are_outside_nothing_is_learned():
    preds = torch.zeros(2, 2, requires_grad=True)
    value = PointLoss()(preds, torch.full((2, 2), 3.))
    value.backward()
    assert value.item() == 0 and preds.grad.tolist() == [[0, 0], [0, 0]]


points = st.lists(st.tuples(*[st.floats(-2, 2, width=32)] * 4), min_size=1, max_size=10)


@fixed
@given(points)
def test_the_loss_is_the_mean_over_those_inside(rows):
    rows = torch.tensor(rows, dtype=torch.float32)
    preds, targets = rows[:, :2], rows[:, 2:]
    inside = ((targets >= -1) & (targets <= 1)).all(1)
    want = ((preds - targets)[inside] ** 2).mean() if inside.any() else torch.tensor(0.)
    for shaped in (targets, targets[:, None]): torch.testing.assert_close(PointLoss()(preds, shaped), want)


def test_two_losses_count_apart():
    one, two = PointLoss(), PointLoss()
    one(torch.zeros(1, 2), torch.full((1, 2), 3.))
    assert (two.n_seen, two.n_left_out) == (0, 0)


@pytest.mark.parametrize("preds, targets, words", [
    (torch.zeros(3, 2), torch.zeros(4, 2), ["preds", "targets", "(3, 2)", "(4, 2)"]), (torch.zeros(3, 2), torch.zeros(2, 3), ["targets", "(2, 3)"]),
    (torch.zeros(3, 2), torch.zeros(6), ["targets", "(6,)"]), (torch.zeros(3, 4), torch.zeros(3, 4), ["preds", "(3, 4)"]),
    (torch.zeros(2), torch.zeros(2), ["preds", "(2,)"]), (torch.zeros(0, 2), torch.zeros(0, 2), ["preds", "(0, 2)"]),
    (torch.zeros(3, 2).long(), torch.zeros(3, 2), ["preds", "int64"]), (torch.zeros(3, 2), torch.zeros(3, 2).long(), ["targets", "int64"]),
    (torch.full((3, 2), float("nan")), torch.zeros(3, 2), ["preds", "nan"]), (torch.zeros(3, 2), torch.full((3, 2), float("nan")), ["targets", "nan"]),
    ([[0., 0.]], torch.zeros(1, 2), ["preds", "list"])])
def test_what_the_loss_refuses(preds, targets, words): refuses(lambda: PointLoss()(preds, targets), *words)


# Distances

def test_distances_by_hand():
    preds, true = torch.tensor([[3., 4], [10, 10]]), torch.tensor([[0., 0], [10, 10]])
    assert pixel_errors(preds, true).tolist() == [5, 0]
    sheet = error_sheet(preds, true, torch.tensor([[50, 100], [10, 20]]))
    want = {"mean_error_px": 2.5, "median_error_px": 2.5, "p95_error_px": 4.75, "mean_error_share": .025}
    assert sheet == pytest.approx(want, abs=1e-4)
    json.dumps(sheet, allow_nan=False)


@fixed
@given(points)
def test_distances_are_pythagoras(rows):
    rows = np.array(rows)
    got = pixel_errors(torch.tensor(rows[:, :2]), torch.tensor(rows[:, 2:]))
    np.testing.assert_allclose(got, np.hypot(*(rows[:, :2] - rows[:, 2:]).T), atol=1e-9)


@pytest.mark.parametrize("preds, true, words", [
    (torch.zeros(3, 2), torch.zeros(2, 2), ["preds", "points", "(3, 2)", "(2, 2)"]), (torch.zeros(3, 3), torch.zeros(3, 3), ["preds", "(3, 3)"]),
    (torch.zeros(3, 2).long(), torch.zeros(3, 2), ["preds", "int64"]), (torch.zeros(3, 2), torch.zeros(3, 2).int(), ["points", "int32"]),
    (torch.zeros(0, 2), torch.zeros(0, 2), ["preds", "(0, 2)"]), (torch.zeros(1, 2), torch.tensor([[0., float("nan")]]), ["points", "nan"]),
    ("a", torch.zeros(1, 2), ["preds", "str"])])
def test_what_distances_refuse(preds, true, words):
    refuses(lambda: pixel_errors(preds, true), *words)
    refuses(lambda: error_sheet(preds, true, torch.ones(3, 2)), *words)


@pytest.mark.parametrize("sizes", [torch.ones(1, 2), torch.ones(4, 2), torch.ones(2), torch.ones(3, 3), torch.zeros(3, 2)])
def test_sizes_that_are_refused(sizes): refuses(lambda: error_sheet(torch.zeros(3, 2), torch.zeros(3, 2), sizes), "sizes")


# Learning

def test_training_lowers_the_loss(face_table):
    torch.manual_seed(0)
    learn = fit(point_learner(point_dls(face_table, 24, 8)), 4)
    losses = [row[0] for row in learn.recorder.values]
    assert losses[-1] < losses[0] and learn.loss_func.n_seen > 0


def test_each_learner_has_a_loss_of_its_own(face_table):
    dls = point_dls(face_table, 48, 16)
    assert point_learner(dls).loss_func is not point_learner(dls).loss_func


def test_what_the_learner_refuses(face_table):
    dls = point_dls(face_table, 48, 16)
    refuses(lambda: point_learner(dls, "resnet9000"), "arch", "resnet9000", error=ValueError)
    refuses(lambda: point_learner(dls, pretrained=True), "pretrained", "small", error=ValueError)


def test_loaders_of_labels_are_refused(desk_table):
    from multilabel.data import multilabel_dls
    refuses(lambda: point_learner(multilabel_dls(desk_table, 48, 16)), "dls")


# Pixels of the original picture

@pytest.fixture
def sizes_differ(tmp_path):
    "Pictures of many sizes, none a square."
    rng, rows = np.random.RandomState(0), []
    for number in range(12):
        height, width = 30 + 7 * number, 120 - 5 * number
        Image.fromarray(rng.randint(0, 255, (height, width, 3), dtype=np.uint8)).save(tmp_path / f"{number}.png")
        rows.append((f"{number}.png", height * .25, width * .75, ["train", "valid", "test"][number // 4]))
    return point_table(pd.DataFrame(rows, columns=["fname", "row", "col", "split"]), tmp_path)


class Always(torch.nn.Module):
    "Says the same x and y of every picture."
    def __init__(self, x, y):
        super().__init__()
        self.place = torch.nn.Parameter(torch.tensor([float(x), float(y)]))
    def forward(self, pictures): return self.place.expand(len(pictures), 2)


def test_answers_are_in_pixels_of_each_picture(sizes_differ):
    learn = point_learner(point_dls(sizes_differ, (32, 48), 4))
    learn.model = Always(.5, -.5)  # a quarter from the top, three quarters from the left
    torch.testing.assert_close(collect_points(learn, sizes_differ), sizes_differ.points("test"))
    answer = as_point_model(learn).predict(list(sizes_differ.rows("test").path))
    torch.testing.assert_close(answer.points, sizes_differ.points("test"))
    assert answer.sizes.tolist() == sizes_differ.rows("test")[["height", "width"]].values.tolist()
    torch.testing.assert_close(mean_point(sizes_differ), sizes_differ.points("test"))
    for split in ("train", "valid"): torch.testing.assert_close(collect_points(learn, sizes_differ, split), sizes_differ.points(split))


def test_the_mean_is_that_of_the_training_points(face_table):
    mean, train = mean_point(face_table), face_table.points("train")
    torch.testing.assert_close(mean, train.mean(0).expand(len(face_table.rows("test")), 2), atol=1e-3, rtol=0)  # all of one size


def test_an_unknown_part_is_refused(face_table, face_learner):
    refuses(lambda: mean_point(face_table, "dev"), "split", "dev", error=ValueError)
    refuses(lambda: collect_points(face_learner, face_table, "dev"), "split", "dev", error=ValueError)
    gone = replace(face_table, frame=face_table.frame[face_table.frame.split != "test"])
    refuses(lambda: collect_points(face_learner, gone), "split", "test", error=ValueError)


def test_order_and_frame(face_learner, face_table):
    said = collect_points(face_learner, face_table)
    rows = face_table.rows("test")
    answer = as_point_model(face_learner).predict(list(rows.path))
    torch.testing.assert_close(answer.points, said, atol=1e-3, rtol=0)
    with face_learner.no_bar(), face_learner.no_logging():
        unit, _ = face_learner.get_preds(dl=part_dl(face_learner.dls, face_table, "test"))
    torch.testing.assert_close(said, to_pixels(unit.as_subclass(torch.Tensor), torch.tensor(rows[["height", "width"]].to_numpy())))


def test_a_turned_picture_is_answered_upright(face_model, tmp_path):
    model = load_points(face_model)
    save_gallery(tmp_path)
    want = model.predict(four_quarters())
    answer = model.predict([tmp_path / f"turned_{number}.png" for number in range(1, 9)])
    assert answer.sizes.tolist() == [[20, 32]] * 8
    torch.testing.assert_close(answer.points, want.points.expand(8, 2), atol=1e-4, rtol=0)
    everything = model.predict(tmp_path)
    assert not everything.failed and everything.points.isfinite().all()


# Keeping it

def test_a_loaded_model_says_the_same(face_learner, face_model, face_table):
    paths = list(face_table.rows("test").path)
    said, want = load_points(face_model).predict(paths), as_point_model(face_learner).predict(paths)
    torch.testing.assert_close(said.points, want.points, atol=1e-4, rtol=0)
    settings = json.loads((face_model / "model.json").read_text())
    assert settings["kind"] == "points" and settings["scores"] == {"mean_error_px": 5.} and settings["size"] == [48, 48]


def test_unequal_sides_come_back(sizes_differ, tmp_path):
    torch.manual_seed(0)
    learn = point_learner(point_dls(sizes_differ, (32, 48), 4))
    model = load_points(save_points(learn, tmp_path / "m"))
    assert model.settings["size"] == [32, 48]
    torch.testing.assert_close(model.predict(list(sizes_differ.rows("test").path)).points, collect_points(learn, sizes_differ), atol=1e-3, rtol=0)


def test_points_as_a_table(face_model, tmp_path):
    answer = Points(["a.png"], torch.tensor([[3., 4.5]]), torch.tensor([[10, 20]]), {})
    assert answer.to_frame().values.tolist() == [["a.png", 3, 4.5]] and list(answer.to_frame().columns) == ["fname", "row", "col"]
    assert "a.png" in repr(answer) and "<table" in answer._repr_html_()
    (tmp_path / "broken.png").write_text("broken")
    nothing = load_points(face_model).predict(tmp_path)
    assert len(nothing.to_frame()) == 0 and "broken.png" in str(nothing.failed) and list(nothing.to_frame().columns) == ["fname", "row", "col"]
