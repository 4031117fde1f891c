"From files to batches: pictures of every kind, coordinates, targets, and points that leave the picture."
import numpy as np
import pandas as pd
import pytest
import torch
from conftest import STORED, four_quarters, refuses, save_gallery, save_turned
from fastai.data.core import TfmdLists
from fastai.data.transforms import MultiCategorize, OneHotEncode
from fastai.vision.augment import aug_transforms
from hypothesis import given, settings
from hypothesis import strategies as st
from multilabel.data import (
    Picture, in_picture, keep_in_memory, multilabel_dls, open_picture, part_dl, point_dls, to_pixels, to_unit)
from multilabel.models import as_tensor
from multilabel.regression import PointLoss
from multilabel.tables import label_table, one_hot, point_table
from PIL import Image, UnidentifiedImageError

fixed = settings(deadline=None, derandomize=True, database=None, max_examples=60)
UPRIGHT = four_quarters()  # 20 x 32: red, green / blue, white
GRAY = np.asarray(Image.fromarray(UPRIGHT).convert("L"))


def opened(source): return np.asarray(open_picture(source)).astype(int)


def near(got, want, most=0):
    want = np.broadcast_to(np.asarray(want, dtype=int), got.shape)
    assert np.abs(got - want).max() <= most, np.abs(got - want).max()


def gray3(array): return np.repeat(np.asarray(array)[..., None], 3, axis=2)


# Pictures

@pytest.mark.parametrize("name", ["png", "tif", "bmp", "webp"])
def test_colors_come_as_they_are(tmp_path, name):
    Image.fromarray(UPRIGHT).save(tmp_path / f"a.{name}", **({"lossless": True} if name == "webp" else {}))
    picture = open_picture(tmp_path / f"a.{name}")
    assert picture.mode == "RGB" and picture.size == (32, 20)
    near(opened(str(tmp_path / f"a.{name}")), UPRIGHT)


def test_gray(tmp_path):
    Image.fromarray(GRAY).save(tmp_path / "a.png")
    near(opened(tmp_path / "a.png"), gray3(GRAY))


def test_one_bit(tmp_path):
    Image.fromarray(GRAY > 100).save(tmp_path / "a.png")
    near(opened(tmp_path / "a.png"), gray3((GRAY > 100) * 255))


def test_palette_and_its_transparent_color(tmp_path):
    palette = Image.fromarray(UPRIGHT).quantize(8)
    palette.save(tmp_path / "a.png")
    near(opened(tmp_path / "a.png"), UPRIGHT, 4)
    palette.save(tmp_path / "b.png", transparency=palette.getpixel((0, 0)))
    assert Image.open(tmp_path / "b.png").mode == "P"
    want = UPRIGHT.copy()
    want[:10, :16] = 255  # red is laid on white
    near(opened(tmp_path / "b.png"), want, 4)


def test_alpha_is_laid_on_white(tmp_path):
    alpha = np.tile(np.linspace(0, 255, 32).round().astype(np.uint8), (20, 1))
    want = UPRIGHT * (alpha[..., None] / 255) + 255 * (1 - alpha[..., None] / 255)
    Image.fromarray(np.dstack([UPRIGHT, alpha])).save(tmp_path / "rgba.png")
    near(opened(tmp_path / "rgba.png"), want.round(), 1)
    near(opened(np.dstack([UPRIGHT, alpha])), want.round(), 1)
    Image.merge("LA", [Image.fromarray(GRAY), Image.fromarray(alpha)]).save(tmp_path / "la.png")
    want = GRAY * (alpha / 255) + 255 * (1 - alpha / 255)
    near(opened(tmp_path / "la.png"), gray3(want.round()), 1)


def test_transparency_of_a_color(tmp_path):
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png", transparency=(0, 0, 255))
    want = UPRIGHT.copy()
    want[10:, :16] = 255
    near(opened(tmp_path / "a.png"), want)


def test_colors_of_a_printer(tmp_path):
    Image.fromarray(UPRIGHT).convert("CMYK").save(tmp_path / "a.tif")
    near(opened(tmp_path / "a.tif"), UPRIGHT, 2)
    Image.fromarray(UPRIGHT).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    near(opened(tmp_path / "a.jpg")[3:7, 3:13], [255, 0, 0], 40)
    near(opened(tmp_path / "a.jpg")[13:17, 20:28], [255, 255, 255], 40)


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_sixteen_bits_are_scaled(tmp_path, name):
    deep = np.linspace(0, 65535, 640).round().astype(np.uint16).reshape(20, 32)
    Image.fromarray(deep).save(tmp_path / name)
    near(opened(tmp_path / name), gray3((deep / 257).round()), 1)
    near(opened(deep), gray3((deep / 257).round()), 1)


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "LAB"])
def test_other_ways_to_write_colors(mode):
    picture = Image.fromarray(UPRIGHT)
    if mode == "LAB":
        from PIL import ImageCms
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        picture = ImageCms.profileToProfile(picture, srgb, lab, outputMode="LAB")
    else: picture = picture.convert(mode)
    near(opened(picture), UPRIGHT, 32)  # 8 bits of L, a and b are coarse near the edge of what a screen shows


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("orientation", sorted(STORED))
def test_every_orientation_is_turned_upright(tmp_path, orientation, suffix):
    kwargs = {"jpg": {"quality": 95}, "webp": {"lossless": True}}.get(suffix, {})
    path = save_turned(tmp_path / f"a.{suffix}", UPRIGHT, orientation, **kwargs)
    picture = np.asarray(open_picture(path)).astype(int)
    assert picture.shape == UPRIGHT.shape
    near(picture[4:6, 4:12], [255, 0, 0], 30)
    near(picture[4:6, 20:28], [0, 255, 0], 30)
    near(picture[14:16, 4:12], [0, 0, 255], 30)
    if suffix != "jpg": near(picture, UPRIGHT)
    with Image.open(path) as same: near(opened(same), picture)


def test_a_nonsense_orientation_is_left_alone(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 77
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png", exif=exif)
    near(opened(tmp_path / "a.png"), UPRIGHT)


@pytest.mark.parametrize("array, want", [
    (UPRIGHT, UPRIGHT), (GRAY, gray3(GRAY)), (GRAY[..., None], gray3(GRAY)), (UPRIGHT.astype(np.uint16) * 257, UPRIGHT),
    (UPRIGHT.astype(np.float32) / 255, UPRIGHT), (UPRIGHT / 255, UPRIGHT), ((UPRIGHT / 255).astype(np.float16), UPRIGHT),
    (GRAY > 100, gray3((GRAY > 100) * 255)), (np.asfortranarray(UPRIGHT), UPRIGHT), (UPRIGHT[:, ::-1], UPRIGHT[:, ::-1])])
def test_arrays(array, want): near(opened(array), want, 1)


@pytest.mark.parametrize("make", [
    lambda t: t, lambda t: t.float() / 255, lambda t: t.double() / 255, lambda t: (t.float() / 255).requires_grad_()])
def test_tensors_have_their_colors_first(make):
    tensor = torch.tensor(UPRIGHT).movedim(-1, 0)
    near(opened(make(tensor)), UPRIGHT, 1)
    near(opened(make(torch.tensor(GRAY)[None])), gray3(GRAY), 1)


def test_a_tensor_without_colors_is_refused_or_not_turned():
    try: picture = open_picture(torch.tensor(GRAY))
    except (ValueError, TypeError) as e: assert "picture" in str(e)
    else: near(np.asarray(picture).astype(int), gray3(GRAY))


@pytest.mark.parametrize("source, words", [
    (np.zeros((4, 5, 2), np.uint8), ["picture", "(4, 5, 2)", "height, width"]), (np.zeros(4, np.uint8), ["picture", "(4,)"]),
    (np.zeros((0, 4), np.uint8), ["picture", "(0, 4)"]), (np.zeros((2, 4, 5, 3), np.uint8), ["picture", "(2, 4, 5, 3)"]),
    (np.zeros((4, 5), np.int64), ["picture", "int64", "uint8"]), (np.full((4, 5), "a"), ["picture", "uint8"]),
    (np.full((4, 5), 255.), ["picture", "[0, 1]", "255"]), (np.full((4, 5), -.5), ["picture", "[0, 1]", "-0.5"]),
    (np.full((4, 5), np.nan), ["picture", "[0, 1]", "nan"]), (torch.full((3, 4, 5), 2.), ["picture", "[0, 1]", "2"]),
    (torch.zeros(4, 5, 3, dtype=torch.int32), ["picture"]), (torch.tensor(1.), ["picture"]), (None, ["picture", "NoneType"]),
    (5, ["picture", "int"]), (b"bytes", ["picture", "bytes"]), (["a.png"], ["picture", "list"])])
def test_what_open_picture_refuses(source, words): refuses(lambda: open_picture(source), *words)


def test_files_that_are_no_pictures(tmp_path):
    refuses(lambda: open_picture(tmp_path / "gone.png"), "gone.png", error=FileNotFoundError)
    (tmp_path / "text.png").write_text("text")
    refuses(lambda: open_picture(tmp_path / "text.png"), "text.png", error=UnidentifiedImageError)
    Image.fromarray(np.full((4, 5), 10**6, np.int32)).save(tmp_path / "deep.tif")
    refuses(lambda: open_picture(tmp_path / "deep.tif"), "picture", "16 bits", "1000000", error=ValueError)


def test_a_folder_of_everything(tmp_path):
    for name in save_gallery(tmp_path / "gallery"):
        picture = open_picture(tmp_path / "gallery" / name)
        assert picture.mode == "RGB" and picture.size == (32, 20), name
        white, first = np.asarray(picture).astype(int)[14:16, 20:28], np.asarray(picture).astype(int)[4:6, 4:12]
        assert white.mean() > 220 and first.mean() < white.mean() + 1, name
        assert isinstance(Picture.create(tmp_path / "gallery" / name), Picture)


def test_the_source_is_not_changed():
    picture, array = Image.fromarray(GRAY), UPRIGHT.copy()
    open_picture(picture).putpixel((0, 0), (9, 9, 9))
    open_picture(array).putpixel((0, 0), (9, 9, 9))
    assert picture.mode == "L" and (np.asarray(picture) == GRAY).all() and (array == UPRIGHT).all()


# Coordinates

def test_corners_by_hand():
    corners = torch.tensor([[0., 0], [0, 200], [100, 0], [100, 200], [25, 150]])
    unit = to_unit(corners, (100, 200))
    assert unit.tolist() == [[-1, -1], [1, -1], [-1, 1], [1, 1], [.5, -.5]], "x first, then y"
    assert to_pixels(unit, (100, 200)).tolist() == corners.tolist()


sides = st.integers(1, 5000)


@fixed
@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), sides, sides), min_size=1, max_size=8))
def test_there_and_back(rows):
    rows = torch.tensor(rows, dtype=torch.float64)
    points, sizes = rows[:, :2], rows[:, 2:]
    unit = to_unit(points, sizes)
    torch.testing.assert_close(to_pixels(unit, sizes), points, atol=1e-6, rtol=1e-9)
    torch.testing.assert_close(unit[:, 0], points[:, 1] / sizes[:, 1] * 2 - 1)
    torch.testing.assert_close(unit[:, 1], points[:, 0] / sizes[:, 0] * 2 - 1)


def test_shapes_and_kinds_of_numbers():
    assert to_unit((50, 50), (100, 200)).tolist() == [-.5, 0]
    assert to_unit([[50, 50]], [100, 200]).dtype == torch.float32 and to_unit(torch.zeros(3, 4, 2), (9, 8)).shape == (3, 4, 2)
    assert to_pixels(torch.zeros(2, dtype=torch.float64), (9, 8)).dtype == torch.float64


@pytest.mark.parametrize("change, name", [(to_unit, "points"), (to_pixels, "unit")])
def test_coordinates_that_are_refused(change, name):
    refuses(lambda: change(torch.zeros(4, 3), (9, 8)), name, "(4, 3)", "2")
    refuses(lambda: change(torch.tensor([[0., float("nan")]]), (9, 8)), name, "nan")
    refuses(lambda: change(torch.zeros(0, 2), (9, 8)), name, "(0, 2)")
    refuses(lambda: change("here", (9, 8)), name)
    for size in ((0, 8), (9, -1), (9, float("nan")), (9, 8, 3), 9): refuses(lambda: change(torch.zeros(2), size), "size", "above 0")
    refuses(lambda: change(torch.zeros(5, 2), torch.ones(3, 2)), "size", "3", "5")


def test_inside_and_outside():
    unit = torch.tensor([[0., 0], [1, -1], [1.001, 0], [0, -1.001]])
    assert in_picture(unit).tolist() == [True, True, False, False]
    assert in_picture(torch.zeros(4, 1, 2)).shape == (4, 1)
    refuses(lambda: in_picture(torch.zeros(4, 3)), "unit", "(4, 3)")
    refuses(lambda: in_picture(torch.tensor([0., float("nan")])), "unit", "nan")
    refuses(lambda: in_picture([0., 1.]), "unit")


# Batches with labels

@pytest.fixture(scope="module")
def dls(desk_table): return multilabel_dls(desk_table, 48, 16)


def test_targets_are_those_of_the_table_and_of_fastai(desk_table, dls):
    targets = torch.cat([y for _, y in dls.valid])
    torch.testing.assert_close(targets.as_subclass(torch.Tensor), desk_table.targets("valid"))
    assert list(dls.vocab) == desk_table.classes and (targets.sum(1) == 0).any(), "empty rows are kept"
    some = [[], ["book"], ["pencil", "pen"]]
    encoded = TfmdLists(some, [MultiCategorize(vocab=desk_table.classes), OneHotEncode()])
    for labels, got in zip(some, encoded): assert got.tolist() == one_hot(labels, desk_table.classes).tolist()


def test_a_batch(dls):
    x, y = dls.one_batch()
    assert x.shape == (16, 3, 48, 48) and y.shape == (16, 4) and y.dtype == x.dtype == torch.float32
    assert 0 <= x.min() and x.max() <= 1 and set(y.unique().tolist()) <= {0., 1.}


def test_valid_pictures_are_those_of_the_files(desk_table, dls):
    pictures = torch.cat([x for x, _ in dls.valid]).as_subclass(torch.Tensor)
    for number, path in enumerate(desk_table.rows("valid").path): torch.testing.assert_close(pictures[number], as_tensor(path, (48, 48)))


def test_a_part_is_its_own_rows_in_order(desk_table, dls):
    for _ in dls.valid: pass  # valid is remembered by now
    for split in ("test", "train"):
        batches = list(part_dl(dls, desk_table, split))
        pictures, targets = (torch.cat([b[i] for b in batches]).as_subclass(torch.Tensor) for i in (0, 1))
        torch.testing.assert_close(targets, desk_table.targets(split))
        for number, path in enumerate(desk_table.rows(split).path): torch.testing.assert_close(pictures[number], as_tensor(path, (48, 48)))


def test_a_second_epoch_is_the_same_pictures_in_another_order(desk_table):
    dls = multilabel_dls(desk_table, 24, 40, batch_tfms=[])
    epochs = [next(iter(dls.train)) for _ in range(2)]
    sums = [x.as_subclass(torch.Tensor).flatten(1).sum(1) for x, _ in epochs]
    assert (sums[0] != sums[1]).any(), "shuffled"
    torch.testing.assert_close(sums[0].sort().values, sums[1].sort().values)
    for x, y in epochs:
        for picture, target in zip(x, y):
            same = [i for i, p in enumerate(desk_table.rows("train").path) if torch.allclose(as_tensor(p, (24, 24)), torch.Tensor(picture))]
            assert target.tolist() in desk_table.targets("train")[same].tolist()


def test_pictures_are_kept_once_opened(tmp_path):
    for i in range(4): Image.new("RGB", (8, 8), (i * 60, 0, 0)).save(tmp_path / f"{i}.png")
    data = pd.DataFrame({"fname": [f"{i}.png" for i in range(4)], "labels": "pen", "split": ["train", "train", "valid", "valid"]})
    dls = multilabel_dls(label_table(data, tmp_path), 8, 2, batch_tfms=[])
    first = next(iter(dls.valid))[0]
    for file in tmp_path.glob("*.png"): file.unlink()
    torch.testing.assert_close(next(iter(dls.valid))[0], first)


def test_keep_in_memory_gives_the_same_loader_back(desk_table):
    dl = multilabel_dls(desk_table, 24, 8, batch_tfms=[]).valid
    assert keep_in_memory(dl) is dl


def test_height_and_width_may_differ(desk_table):
    dls = multilabel_dls(desk_table, (32, 48), 8)
    assert dls.one_batch()[0].shape == (8, 3, 32, 48)
    x = next(iter(dls.valid))[0].as_subclass(torch.Tensor)
    torch.testing.assert_close(x[0], as_tensor(desk_table.rows("valid").path[0], (32, 48)))


def test_a_set_smaller_than_a_batch_still_gives_one(desk_table):
    assert len(multilabel_dls(desk_table, 24, 500).train) == 1


@pytest.mark.parametrize("kwargs, words", [
    ({"size": 0}, ["size", "0"]), ({"size": (48, -1)}, ["size", "-1"]), ({"size": (1, 2, 3)}, ["size", "(1, 2, 3)"]),
    ({"size": 48.5}, ["size", "48.5"]), ({"size": "large"}, ["size", "large"]), ({"size": None}, ["size", "None"]),
    ({"bs": 0}, ["bs", "0"]), ({"bs": -3}, ["bs", "-3"])])
def test_what_the_loaders_refuse(desk_table, face_table, kwargs, words):
    refuses(lambda: multilabel_dls(desk_table, **kwargs), *words)
    refuses(lambda: point_dls(face_table, **kwargs), *words)


def test_parts_that_are_lacking(desk_table, face_table, dls):
    from dataclasses import replace
    for table, make in ((desk_table, multilabel_dls), (face_table, point_dls)):
        frame = table.frame[table.frame.split != "valid"]
        refuses(lambda: make(replace(table, frame=frame)), "table", "valid", "train", error=ValueError)
    frame = desk_table.frame[desk_table.frame.split != "test"]
    refuses(lambda: part_dl(dls, replace(desk_table, frame=frame), "test"), "split", "test", error=ValueError)
    refuses(lambda: part_dl(dls, desk_table, "dev"), "split", "dev", error=ValueError)


# Batches with points

@pytest.fixture
def wide(tmp_path):
    "Pictures of 20 x 40 pixels with a white spot of 2 x 2 around the point: the spot and the point must stay together."
    rows, centers = [], [(3, 5), (16, 30), (10, 36), (17, 4), (4, 20), (10, 10), (3, 37), (12, 22)]
    for number, (row, col) in enumerate(centers):
        array = np.zeros((20, 40, 3), np.uint8)
        array[row - 1:row + 1, col - 1:col + 1] = 255
        Image.fromarray(array).save(tmp_path / f"{number}.png")
        rows.append((f"{number}.png", row, col, "train" if number < 4 else "valid" if number < 7 else "test"))
    return point_table(pd.DataFrame(rows, columns=["fname", "row", "col", "split"]), tmp_path)


def spots(x):
    "The centers of mass of the white spots, x and y in [-1,1]."
    light = x.as_subclass(torch.Tensor).mean(1)
    light = light / light.sum((1, 2), keepdim=True)
    h, w = light.shape[1:]
    col, row = (torch.arange(w) + .5) * 2 / w - 1, (torch.arange(h) + .5) * 2 / h - 1
    return torch.stack([(light.sum(1) * col).sum(1), (light.sum(2) * row).sum(1)], dim=1)


def test_points_arrive_as_x_and_y(wide):
    dls = point_dls(wide, (40, 40), 4, batch_tfms=[])
    sizes = torch.tensor(wide.rows("valid")[["height", "width"]].to_numpy())
    x, y = next(iter(dls.valid))
    assert x.shape == (3, 3, 40, 40) and y.shape == (3, 1, 2)
    torch.testing.assert_close(y.view(-1, 2).as_subclass(torch.Tensor), to_unit(wide.points("valid"), sizes))
    torch.testing.assert_close(y.view(-1, 2).as_subclass(torch.Tensor), spots(x), atol=.03, rtol=0)
    x, y = next(iter(part_dl(dls, wide, "test")))
    torch.testing.assert_close(y.view(-1, 2).as_subclass(torch.Tensor), to_unit(wide.points("test"), (20, 40)))


def test_a_mirrored_picture_has_a_mirrored_point(wide):
    from fastai.vision.augment import Flip
    torch.manual_seed(0)
    x, y = next(iter(point_dls(wide, (40, 80), 4, batch_tfms=[Flip(p=1.)]).train))
    torch.testing.assert_close(y.view(-1, 2).as_subclass(torch.Tensor), spots(x), atol=.04, rtol=0)
    rows = wide.points("train")[:, 0]
    got = to_pixels(y.view(-1, 2).as_subclass(torch.Tensor), (20, 40))
    assert sorted(got[:, 0].round().tolist()) == sorted(rows.tolist())
    assert sorted((40 - got[:, 1]).round().tolist()) == sorted(wide.points("train")[:, 1].tolist())


def test_turned_points_stay_on_their_spots(wide):
    torch.manual_seed(1)
    tfms = aug_transforms(max_rotate=10, max_zoom=1.1, max_warp=0, max_lighting=0, p_affine=1.)
    dls = point_dls(wide, (60, 60), 4, batch_tfms=tfms)
    for _ in range(6):
        x, y = next(iter(dls.train))
        unit = y.view(-1, 2).as_subclass(torch.Tensor)
        safe = unit.abs().amax(1) < .85
        torch.testing.assert_close(unit[safe], spots(x)[safe], atol=.06, rtol=0)


def test_points_out_of_the_picture_are_kept_masked_and_counted(wide):
    torch.manual_seed(2)
    tfms = aug_transforms(do_flip=False, max_rotate=0, min_zoom=2., max_zoom=2., max_warp=0, max_lighting=0, p_affine=1.)
    dls, loss, out, seen = point_dls(wide, 40, 4, batch_tfms=tfms), PointLoss(), 0, 0
    for _ in range(8):
        _, y = next(iter(dls.train))
        unit = y.view(-1, 2).as_subclass(torch.Tensor)
        inside = in_picture(unit)
        out, seen = out + int((~inside).sum()), seen + len(unit)
        preds = torch.zeros(len(unit), 2, requires_grad=True)
        value = loss(preds, y)
        want = unit[inside].pow(2).mean() if inside.any() else torch.tensor(0.)
        torch.testing.assert_close(value.detach().as_subclass(torch.Tensor), want)
        value.backward()
        assert (preds.grad[~inside] == 0).all() and preds.grad.isfinite().all()
    assert (loss.n_left_out, loss.n_seen) == (out, seen) and 4 < out < seen
    assert unit.abs().max() > 1 or out, "they lie beyond, not clamped to the edge"
