"Drawn sets: the same on every machine, kept once, split cleanly; real sets: parsed as they truly are."
import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from multilabel import datasets
from multilabel.brush import MAKERS, Dice
from multilabel.datasets import (
    BIWI_PEOPLE, CLASSES, DRAWING_VERSION, MIN_VISIBLE, FaceDials, SceneDials, biwi_center,
    biwi_table, cache_dir, download_biwi, download_voc, draw_face, draw_scene, faces, stationery,
    voc_labels, voc_table)

BIWI = Path(__file__).resolve().parent.parent / ".." / "shared" / "data" / "biwi"


def rng(seed): return np.random.RandomState(seed)


def rows(file):
    with open(file, newline="", encoding="utf-8") as opened: return list(csv.DictReader(opened))


def digest(pictures):
    sha = hashlib.sha256()
    for picture in pictures: sha.update(picture.tobytes())
    return sha.hexdigest()[:16]


# What a picture looks like

def test_pictures_are_the_same_on_every_machine():
    "If these change, raise DRAWING_VERSION, so that no cached set is taken for the new one."
    scenes = digest(draw_scene(rng(seed), size=48)[0] for seed in range(60))
    people = digest(draw_face(seed, rng(seed), size=48)[0] for seed in range(60))
    assert (DRAWING_VERSION, scenes, people) == (8, "df1d49d61abbb956", "886ed8f9132f1545")


def test_global_random_state_is_neither_read_nor_changed():
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    first = draw_scene(rng(3), size=32)[0].tobytes()
    assert (np.random.get_state()[1] == before).all()
    np.random.seed(2)
    assert draw_scene(rng(3), size=32)[0].tobytes() == first


def test_labels_do_not_depend_on_size():
    for seed in range(30):
        assert draw_scene(rng(seed), size=24)[1] == draw_scene(rng(seed), size=100)[1]


def test_shares_of_the_classes():
    drawn = [set(draw_scene(rng([7, seed]), size=16)[1]) for seed in range(1200)]
    for name in CLASSES: assert .28 < np.mean([name in labels for labels in drawn]) < .39
    assert 1 / 8.5 < np.mean([not labels for labels in drawn]) < 1 / 5.5


@pytest.mark.parametrize("labels", [[], ["pen"], ["book", "pen"], CLASSES])
def test_wanted_labels_are_drawn(labels):
    for seed in range(10):
        assert draw_scene(rng(seed), size=16, labels=labels)[1] == [c for c in CLASSES if c in labels]


@pytest.mark.parametrize("covering", [0., .4, 1.])
def test_every_object_of_a_class_is_seen_well_enough(covering):
    dials, hidden = SceneDials(covering=covering, objects=(0, 0, 1)), []
    for seed in range(60):
        dice = Dice(rng(seed))
        names = datasets._choose_labels(dice, dials)
        placed = datasets._arrange(dice, dials, names)
        assert {one.thing.name for one in placed} & set(CLASSES) == set(names)
        owner, whole = np.full(256 * 256, -1), []
        for number, one in enumerate(placed): # a finer map than the plan's
            cells, u, v = one.points(256, 1., origin=64.)
            cells = cells[one.thing.outline(u, v) < 0]
            owner[cells] = number
            whole.append(cells)
        inside = np.zeros((256, 256), bool)
        inside[64:192, 64:192] = True
        for number, cells in enumerate(whole):
            here = cells[inside.ravel()[cells]]
            seen = (owner[here] == number).sum()
            hidden.append(1 - seen / len(here))
            if placed[number].thing.name in CLASSES: assert seen > (MIN_VISIBLE - .06) * len(cells)
    assert max(hidden) < {0.: .05, .4: .45, 1.: 1.}[covering]
    if covering == 1: assert max(hidden) > .4


def test_shift_darkens():
    def mean(shift): return np.mean([np.asarray(draw_scene(rng(s), 16, shift=shift)[0]) for s in range(60)])
    assert mean(1.) < .8 * mean(0.)


def test_every_maker_makes_its_class():
    assert list(MAKERS) == CLASSES


@pytest.mark.parametrize("other", ["random.Random", "numpy Generator"])
def test_other_generators_are_taken(other):
    import random
    make = (lambda: random.Random(3)) if other == "random.Random" else lambda: np.random.default_rng(3)
    assert draw_scene(make(), size=16)[0].tobytes() == draw_scene(make(), size=16)[0].tobytes()


# Faces

def test_center_is_row_then_column():
    "At (row, col) there is skin; at (col, row) mostly wall."
    right = wrong = 0
    for seed in range(120):
        picture, (row, col) = draw_face(seed, rng(seed), noise=0., strangers=0., tilt=0., turn=0.)
        if abs(row - col) < 30: continue
        pixels = np.asarray(picture, dtype=float)
        skin = np.array(datasets.Person(Dice(rng([seed, 5]))).skin)
        def off(r, c):
            color = pixels[int(r), int(c)] + 1
            return np.abs(color / color.sum() - skin / skin.sum()).sum()
        right, wrong = right + (off(row, col) < .12), wrong + (off(col, row) < .12)
    assert right > 1.5 * wrong


def test_centers_are_inside_and_scale_with_the_picture():
    for seed in range(100):
        row, col = draw_face(seed, rng(seed), size=64, cut=1.)[1]
        assert 0 < row < 64 and 0 < col < 64
        np.testing.assert_allclose(draw_face(seed, rng(seed), size=128, cut=1.)[1], (2 * row, 2 * col), atol=.01)


def test_predicting_the_mean_is_a_quarter_off():
    centers = np.array([draw_face(1, rng(seed), size=16)[1] for seed in range(500)]) / 16
    assert .21 < np.sqrt(((centers - centers.mean(0)) ** 2).sum(1)).mean() < .29


# Sets on disk

def test_a_set_of_desks(tmp_path):
    folder = stationery(tmp_path / "a", n_train=12, n_valid=5, n_test=4, size=16)
    table = rows(folder / "labels.csv")
    assert list(table[0]) == ["fname", "labels", "split", "is_valid"]
    assert [row["split"] for row in table] == ["train"] * 12 + ["valid"] * 5 + ["test"] * 4
    assert all((row["is_valid"] == "True") == (row["split"] == "valid") for row in table)
    assert {row["fname"] for row in table} == {file.name for file in (folder / "images").iterdir()}
    assert {name for row in table for name in row["labels"].split()} <= set(CLASSES)
    assert any(row["labels"] == "" for row in table)
    assert {path.name for path in tmp_path.iterdir()} == {"a"}


def test_fastai_and_pandas_read_the_table(tmp_path):
    import pandas as pd
    frame = pd.read_csv(stationery(tmp_path / "a", n_train=30, n_valid=2, n_test=2, size=16) / "labels.csv")
    assert frame.is_valid.dtype == bool and frame.labels.isna().any()


def test_more_pictures_leave_the_first_ones_as_they_are(tmp_path):
    few = stationery(tmp_path / "few", n_train=5, n_valid=3, n_test=2, size=16)
    many = stationery(tmp_path / "many", n_train=9, n_valid=4, n_test=0, size=16)
    for file in (few / "images").glob("train*"):
        assert file.read_bytes() == (many / "images" / file.name).read_bytes()


def test_another_seed_is_another_set(tmp_path):
    one, two = (stationery(tmp_path / str(seed), n_train=4, n_valid=0, n_test=0, size=16, seed=seed) for seed in (0, 1))
    name = "images/train_00000.png"
    assert (one / name).read_bytes() != (two / name).read_bytes()


def test_wrong_labels_leave_pictures_and_test_labels_alone(tmp_path):
    right = stationery(tmp_path / "right", n_train=200, n_valid=50, n_test=50, size=16)
    wrong = stationery(tmp_path / "wrong", n_train=200, n_valid=50, n_test=50, size=16, wrong_labels=.2)
    flips = {"train": 0, "valid": 0, "test": 0}
    for a, b in zip(rows(right / "labels.csv"), rows(wrong / "labels.csv")):
        assert (right / "images" / a["fname"]).read_bytes() == (wrong / "images" / b["fname"]).read_bytes()
        flips[a["split"]] += len(set(a["labels"].split()) ^ set(b["labels"].split()))
    assert .15 < flips["train"] / 800 < .25 and flips["valid"] > 20 and flips["test"] == 0


def test_shift_is_in_the_test_part_alone(tmp_path):
    plain = stationery(tmp_path / "plain", n_train=4, n_valid=4, n_test=4, size=16)
    moved = stationery(tmp_path / "moved", n_train=4, n_valid=4, n_test=4, size=16, shift=1.)
    for file in (plain / "images").iterdir():
        same = file.read_bytes() == (moved / "images" / file.name).read_bytes()
        assert same == (not file.name.startswith("test"))


def test_cache_is_used_and_named_after_all_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("MULTILABEL_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    few = dict(n_train=2, n_valid=1, n_test=1, size=16)
    first = stationery(**few)
    assert first.parent == tmp_path
    others = [stationery(**few, seed=1), stationery(**few, noise=.1), stationery(**{**few, "n_test": 2}),
              stationery(**few, pair=("pen", "book")), faces(n_people=(1, 1, 1), per_person=1, size=16)]
    assert len({first, *others}) == 6
    monkeypatch.setattr(datasets, "draw_scene", None)  # drawing again would fail
    assert stationery(**few) == first and stationery(**few, pair=["pen", "book"]) == others[3]


def test_cache_without_the_variable(monkeypatch):
    monkeypatch.delenv("MULTILABEL_CACHE", raising=False)
    assert cache_dir().name == "multilabel" and cache_dir().is_absolute()


def test_an_interrupt_leaves_nothing(tmp_path):
    def press_ctrl_c(plan, total):
        assert total == 10
        for number, item in enumerate(plan):
            if number == 4: raise KeyboardInterrupt
            yield item
    with pytest.raises(KeyboardInterrupt):
        stationery(tmp_path / "a", n_train=10, n_valid=0, n_test=0, size=16, progress=press_ctrl_c)
    assert not list(tmp_path.iterdir())


def test_two_at_once(tmp_path):
    "Another process that finishes first is no error."
    settings = dict(n_train=3, n_valid=0, n_test=0, size=16)
    def meanwhile(plan, total):
        yield from plan
        stationery(tmp_path / "a", **settings)
    assert stationery(tmp_path / "a", **settings, progress=meanwhile) == tmp_path / "a"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_foreign_folder_is_not_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(FileExistsError, match="folder: .* holds something else"):
        stationery(tmp_path, n_train=1, n_valid=0, n_test=0, size=16)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_an_empty_folder_is_filled(tmp_path):
    assert (stationery(tmp_path, n_train=1, n_valid=0, n_test=0, size=16) / "labels.csv").is_file()


def test_people_never_straddle_a_split(tmp_path):
    folder = faces(tmp_path / "f", n_people=(5, 3, 2), per_person=4, size=16)
    table = rows(folder / "centers.csv")
    assert list(table[0]) == ["fname", "person", "row", "col", "split", "is_valid"]
    parts = {}
    for row in table: parts.setdefault(row["person"], []).append(row["split"])
    assert len(parts) == 10 and all(len(splits) == 4 and len(set(splits)) == 1 for splits in parts.values())
    assert all(0 < float(row[key]) < 16 for row in table for key in ("row", "col"))
    assert len({(row["row"], row["col"]) for row in table}) == 40


# Wrong inputs: the error names the dial

@pytest.mark.parametrize("dials, error, words", [
    (dict(empty=1.2), ValueError, "empty: want a number from 0 to 1, got 1.2"),
    (dict(noise="a lot"), TypeError, "noise: want a number from 0 to 1, got 'a lot'"),
    (dict(noise=float("nan")), ValueError, "noise"),
    (dict(covering=True), TypeError, "covering"),
    (dict(zoom=9), ValueError, "zoom: want a number from 0.5 to 3"),
    (dict(objects=()), ValueError, "objects"),
    (dict(objects=(0, 0)), ValueError, "objects"),
    (dict(others=3), TypeError, "others: want a tuple of numbers"),
    (dict(others=(1, -1)), ValueError, "others"),
    (dict(frequency=(1, 1)), ValueError, "frequency: want 4 numbers, got 2"),
    (dict(pair=("pen", "pen")), ValueError, "pair"),
    (dict(pair=("pen", "cup")), ValueError, "pair"),
    (dict(pair="pen"), ValueError, "pair"),
    (dict(shift=-.1), ValueError, "shift"),
    (dict(wrong_labels=2), ValueError, "wrong_labels"),
    (dict(pair_chance=None), TypeError, "pair_chance"),
    (dict(cover=.5), TypeError, "no dial is called cover"),
])
def test_wrong_scene_dials(dials, error, words):
    with pytest.raises(error, match=words): draw_scene(rng(0), size=16, **dials)


@pytest.mark.parametrize("dials, error, words", [
    (dict(turn=61), ValueError, "turn"), (dict(tilt=-1), ValueError, "tilt"), (dict(cut=2), ValueError, "cut"),
    (dict(smallest=.3, largest=.2), ValueError, "largest: want smallest"), (dict(largest="big"), TypeError, "largest"),
    (dict(strangers=-1), ValueError, "strangers"), (dict(smile=1), TypeError, "no dial is called smile"),
])
def test_wrong_face_dials(dials, error, words):
    with pytest.raises(error, match=words): draw_face(1, rng(0), size=16, **dials)


def test_other_wrong_inputs(tmp_path):
    with pytest.raises(TypeError, match="rng: want"): draw_scene(42)
    with pytest.raises(TypeError, match="size: want a whole number, got 64.0"): draw_scene(rng(0), size=64.)
    with pytest.raises(ValueError, match="size: want 16 to 1024"): draw_scene(rng(0), size=8)
    with pytest.raises(TypeError, match="labels: want a list of names, got the text 'pen'"): draw_scene(rng(0), labels="pen")
    with pytest.raises(TypeError, match="person"): draw_face("ann", rng(0))
    with pytest.raises(ValueError, match="person"): draw_face(-1, rng(0))
    with pytest.raises(ValueError, match="seed"): stationery(tmp_path / "a", seed=-1)
    with pytest.raises(ValueError, match="n_train"): stationery(tmp_path / "a", n_train=-1)
    with pytest.raises(TypeError, match="n_test"): stationery(tmp_path / "a", n_test=1.5)
    with pytest.raises(ValueError, match="at least one picture"): stationery(tmp_path / "a", n_train=0, n_valid=0, n_test=0)
    with pytest.raises(TypeError, match="n_people"): faces(tmp_path / "a", n_people=5)
    with pytest.raises(ValueError, match="per_person"): faces(tmp_path / "a", per_person=0)
    assert not list(tmp_path.iterdir())


def test_dials_are_frozen():
    for dials in (SceneDials(), FaceDials()):
        with pytest.raises(AttributeError): dials.noise = .5


# Real sets

@pytest.mark.parametrize("download, instead", [(download_voc, "stationery"), (download_biwi, "faces")])
def test_offline_says_what_to_use_instead(download, instead, monkeypatch, tmp_path):
    import fastai.data.external
    def fail(*args, **kwargs): raise OSError("Name or service not known")
    monkeypatch.setattr(fastai.data.external, "untar_data", fail)
    with pytest.raises(ConnectionError, match=rf"could not download https?://.*not known.*use {instead}\(\)"):
        download(tmp_path)


def test_download_hands_on_the_folder(monkeypatch, tmp_path):
    import fastai.data.external
    monkeypatch.setattr(fastai.data.external, "untar_data", lambda url, data=None: (data or tmp_path) / Path(url).stem)
    assert download_voc(tmp_path) == tmp_path / "pascal_2007"
    assert download_biwi() == tmp_path / "biwi_head_pose"


def test_biwi_in_its_own_format():
    if not BIWI.is_dir(): pytest.skip(f"no BIWI frame at {BIWI}")
    pose, cal = BIWI / "01" / "frame_00003_pose.txt", BIWI / "01" / "rgb.cal"
    np.testing.assert_allclose(biwi_center(pose, cal), (274.63, 341.651), atol=.001)
    # Without the step between the cameras, the formula of fastai's book, chapter 6.
    x, y, depth = 51.9358, 38.2631, 881.756
    book = y * 517.679 / depth + 240.5, x * 517.679 / depth + 320
    np.testing.assert_allclose(biwi_center(pose, cal, between_cameras=False), book, atol=1e-6)
    assert biwi_table(BIWI) == [["01/frame_00003_rgb.png", "F01", 274.63, 341.651, "train", False]]


def test_biwi_shows_twenty_people_four_of_them_twice():
    assert len(BIWI_PEOPLE) == 24
    counts = [list(BIWI_PEOPLE.values()).count(person) for person in set(BIWI_PEOPLE.values())]
    assert len(counts) == 20 and counts.count(2) == 4


POSE = "1 0 0 \n0 1 0 \n0 0 1 \n\n100 50 1000 \n"
CAL = "500 0 320 \n0 500 240 \n0 0 1 \n\n0 0 0 0 \n\n1 0 0 \n0 1 0 \n0 0 1 \n\n-20 10 0 \n\n640 480\n"


@pytest.mark.parametrize("pose, cal, words", [
    ("1 2 3", CAL, "pose_file"), ("", CAL, "pose_file"), (POSE.replace("100", "a"), CAL, "pose_file"),
    (POSE.replace("1000", "-5"), CAL, "pose_file: want a head before the camera"), (POSE, POSE, "cal_file"), (POSE, "", "cal_file"),
])
def test_damaged_biwi_files_are_named(tmp_path, pose, cal, words):
    (tmp_path / "pose.txt").write_text(pose)
    (tmp_path / "rgb.cal").write_text(cal)
    with pytest.raises(ValueError, match=words): biwi_center(tmp_path / "pose.txt", tmp_path / "rgb.cal")


def test_each_sequence_has_its_own_calibration(tmp_path):
    for sequence, cal in (("01", CAL), ("02", CAL.replace("-20", "180"))):
        (tmp_path / sequence).mkdir()
        (tmp_path / sequence / "frame_00003_pose.txt").write_text(POSE)
        (tmp_path / sequence / "rgb.cal").write_text(cal)
        (tmp_path / sequence / "frame_00003_rgb.jpg").write_bytes(b"")
    table = biwi_table(tmp_path, valid=("F02",), test=(), save=tmp_path / "centers.csv")
    assert [row[2:5] for row in table] == [[270, 360, "train"], [270, 460, "valid"]]
    assert [row["person"] for row in rows(tmp_path / "centers.csv")] == ["F01", "F02"]
    with pytest.raises(ValueError, match="no person"): biwi_table(tmp_path, valid=("F99",))
    with pytest.raises(ValueError, match="in both"): biwi_table(tmp_path, valid=("F01",), test=("F01",))
    with pytest.raises(ValueError, match="folder"): biwi_table(tmp_path / "01")


VOC = """<annotation>
\t<folder>VOC2007</folder><filename>000005.jpg</filename>
\t<source><database>The VOC2007 Database</database></source>
\t<size><width>500</width><height>375</height><depth>3</depth></size>
\t<object><name>person</name><pose>Left</pose><truncated>0</truncated><difficult>0</difficult>
\t\t<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>
\t\t<part><name>head</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></part></object>
\t<object><name>chair</name><difficult>1</difficult></object>
\t<object><name>person</name></object>
</annotation>"""


def test_voc_in_its_own_format(tmp_path):
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    (tmp_path / "ImageSets" / "Main" / "val.txt").write_text("000005\n")
    (tmp_path / "Annotations" / "000005.xml").write_text(VOC)
    (tmp_path / "Annotations" / "000006.xml").write_text("<annotation></annotation>")
    assert voc_labels(tmp_path / "Annotations" / "000005.xml") == ["person"]  # not the part called head
    assert voc_labels(tmp_path / "Annotations" / "000005.xml", difficult=True) == ["person", "chair"]
    assert voc_labels(tmp_path / "Annotations" / "000006.xml") == []
    table = voc_table(tmp_path, save=tmp_path / "labels.csv")
    assert table == [["JPEGImages/000005.jpg", "person", "valid", True], ["JPEGImages/000006.jpg", "", "train", False]]
    assert rows(tmp_path / "labels.csv")[1]["labels"] == ""


def test_voc_as_fastai_packs_it(tmp_path):
    (tmp_path / "train.csv").write_text("fname,labels,is_valid\n000005.jpg,chair,True\n000007.jpg,car person,False\n")
    (tmp_path / "test.csv").write_text("fname,labels\n000001.jpg,dog person\n")
    assert voc_table(tmp_path) == [["train/000005.jpg", "chair", "valid", True], ["train/000007.jpg", "car person", "train", False],
                                   ["test/000001.jpg", "dog person", "test", False]]


def test_other_files_are_no_annotation(tmp_path):
    (tmp_path / "a.xml").write_text("<html></html>")
    (tmp_path / "b.xml").write_text("nothing")
    with pytest.raises(ValueError, match="want a root called annotation"): voc_labels(tmp_path / "a.xml")
    with pytest.raises(ValueError, match="is no XML"): voc_labels(tmp_path / "b.xml")
    with pytest.raises(ValueError, match="folder: neither"): voc_table(tmp_path)


def test_importing_is_light():
    code = "import sys, multilabel.datasets; print([m for m in ('torch', 'fastai', 'pandas', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
