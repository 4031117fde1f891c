"Tables of labels and of points: what is kept, what is mended and said, what is refused."
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import refuses, save_turned
from hypothesis import given, settings
from hypothesis import strategies as st
from multilabel.tables import (
    LabelTable, TableError, group_split, label_table, one_hot, parse_labels, picture_faults, point_table,
    stratified_split, three_parts)
from PIL import Image

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
fixed = settings(deadline=None, derandomize=True, database=None, max_examples=60)


def draw(folder, *names, size=(9, 6)):
    "Small pictures, width and height in `size`."
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, "white").save(folder / name)
    return folder


def frame(labels, **more):
    return pd.DataFrame({"fname": [f"{i}.png" for i in range(len(labels))], "labels": labels, **more})


@pytest.fixture
def folder(tmp_path): return draw(tmp_path / "pictures", *[f"{i}.png" for i in range(12)])


# Cells

@pytest.mark.parametrize("cell", ["", " ", "   ", None, float("nan"), np.nan, np.float32("nan"), pd.NA, [], ()])
def test_an_empty_cell_is_no_label(cell): assert parse_labels(cell) == []


@pytest.mark.parametrize("cell, sep, names", [
    ("pen book", " ", ["pen", "book"]), ("pen  book ", " ", ["pen", "book"]), (" pen, book,", ",", ["pen", "book"]),
    ("pen;pen;book", ";", ["pen", "book"]), ("red pen|book", "|", ["red pen", "book"]), ("a, b", ", ", ["a", "b"]),
    (["pen", " book "], " ", ["pen", "book"]), (("book",), " ", ["book"]), (np.array(["pen", "book"]), " ", ["pen", "book"]),
    ("été 鉛筆", " ", ["été", "鉛筆"])])
def test_a_cell_is_split_and_trimmed(cell, sep, names): assert parse_labels(cell, sep) == names


words = st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters=",; "), min_size=1, max_size=6)


@fixed
@given(st.lists(words, max_size=6), st.sampled_from([" ", ",", "; "]), st.integers(0, 3))
def test_what_is_joined_is_parsed(names, sep, spaces):
    cell = sep.join(" " * spaces + name + " " * spaces for name in names)
    assert parse_labels(cell, sep) == list(dict.fromkeys(names))


@pytest.mark.parametrize("cell", [3, 3.5, True])
def test_a_number_as_a_cell_is_a_name_or_refused_by_name(cell):
    try: assert parse_labels(cell) == [str(cell)]
    except (TypeError, ValueError) as e: assert "cell" in str(e) or "label" in str(e), e


def test_an_empty_separator_is_refused(): refuses(lambda: parse_labels("pen book", ""), "sep")


def test_one_hot_follows_the_order_of_the_classes():
    hot = one_hot(["book", "pen"], ["pen", "pencil", "eraser", "book"])
    assert hot.dtype == torch.float32 and hot.tolist() == [1, 0, 0, 1]
    assert one_hot([], ["pen", "book"]).tolist() == [0, 0]
    refuses(lambda: one_hot(["pen", "cup"], ["pen", "book"]), "labels", "cup", "pen", error=ValueError)


# Splits

tables01 = st.integers(1, 4).flatmap(lambda c: st.lists(st.lists(st.integers(0, 1), min_size=c, max_size=c),
                                                        min_size=1, max_size=50))


@fixed
@given(tables01, st.sampled_from([(.5, .5), (.7, .15, .15), (.25, .25, .25, .25), (1.,)]), st.integers(0, 9))
def test_each_row_gets_one_part_and_the_same_again(targets, shares, seed):
    split = stratified_split(np.array(targets), shares, seed)
    assert split.shape == (len(targets),) and set(split) <= set(range(len(shares)))
    assert (split == stratified_split(torch.tensor(targets), shares, seed)).all()


@settings(fixed, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([(.5, .5), (.7, .15, .15), (.6, .4)]))
def test_each_part_shows_each_class_in_its_share(seed, shares):
    rng = np.random.RandomState(seed)
    targets = (rng.rand(200, 4) < [.5, .3, .15, .08]).astype(int)
    split = stratified_split(targets, shares, seed)
    columns = np.c_[targets, targets.sum(1) == 0]
    for part, share in enumerate(shares):
        got, wanted = columns[split == part].sum(0), share * columns.sum(0)
        assert (np.abs(got - wanted) <= 5).all(), (got, wanted)
        assert abs((split == part).sum() - share * 200) <= 8


def test_rows_without_a_label_are_shared_out_too():
    targets = np.zeros((40, 2), int)
    targets[:20, 0] = 1
    split = stratified_split(targets, (.5, .5))
    assert [(split[20:] == part).sum() for part in (0, 1)] == [10, 10]
    assert [(split[:20] == part).sum() for part in (0, 1)] == [10, 10]


@fixed
@given(st.integers(3, 20), st.integers(0, 20), st.integers(0, 99))
def test_a_class_with_a_row_for_each_part_is_in_each(positives, negatives, seed):
    targets = np.array([[1]] * positives + [[0]] * negatives)
    split = stratified_split(targets, (.7, .15, .15), seed)
    assert set(split[:positives]) == {0, 1, 2}


def test_another_seed_is_another_split():
    targets = (np.random.RandomState(0).rand(60, 3) < .4).astype(int)
    assert (stratified_split(targets, seed=0) != stratified_split(targets, seed=1)).any()


@pytest.mark.parametrize("targets, shares, words", [
    (np.zeros((0, 3)), (.5, .5), ["targets", "(0, 3)"]), (np.zeros(4), (.5, .5), ["targets", "(4,)", "n_classes"]),
    (np.full((4, 2), .5), (.5, .5), ["targets", "0 and 1", "0.5"]), (np.full((4, 2), np.nan), (.5, .5), ["targets", "nan"]),
    (np.zeros((4, 2)), (.5, .6), ["shares", "0.6", "add up to 1"]), (np.zeros((4, 2)), (1.2, -.2), ["shares", "-0.2"]),
    (np.zeros((4, 2)), (1, 0), ["shares", "above 0"]), (np.zeros((4, 2)), (np.nan, .5), ["shares", "nan"]),
    (np.zeros((4, 2)), (), ["shares"])])
def test_what_stratified_split_refuses(targets, shares, words):
    refuses(lambda: stratified_split(targets, shares), *words, error=ValueError)


@fixed
@given(st.lists(st.integers(0, 9), min_size=3, max_size=60).filter(lambda g: len(set(g)) >= 3), st.integers(0, 99))
def test_no_group_is_in_two_parts_and_no_part_is_empty(groups, seed):
    split = group_split(groups, (.7, .15, .15), seed)
    assert set(split) == {0, 1, 2} and (split == group_split(groups, (.7, .15, .15), seed)).all()
    parts = {}
    for group, part in zip(groups, split): assert parts.setdefault(group, part) == part


@settings(fixed, max_examples=25)
@given(st.integers(0, 10**6))
def test_groups_fill_the_shares(seed):
    groups = np.random.RandomState(seed).randint(0, 60, 400)
    split, largest = group_split(groups, (.6, .4), seed), np.bincount(groups).max()
    assert abs((split == 0).sum() - 240) <= largest


def test_groups_may_be_names():
    names = ["Ann", "Ben", "Ann", "Cid"]
    split = group_split(names, (.4, .3, .3))
    assert split[0] == split[2] and set(split) == {0, 1, 2}


@pytest.mark.parametrize("groups, shares, words", [
    (["a", "b"], (.4, .3, .3), ["groups", "2", "3"]), ([], (.5, .5), ["groups"]), (["a", "b", "c"], (.5, .1), ["shares", "0.1"]),
    (["a", "b", "c"], (1.5, -.5), ["shares", "-0.5"]), (["a", "b", "c"], (np.nan, .5), ["shares", "nan"])])
def test_what_group_split_refuses(groups, shares, words):
    refuses(lambda: group_split(groups, shares), *words, error=ValueError)


# Files

def test_faults_of_pictures(tmp_path):
    draw(tmp_path, "good.png", "good.jpg", "cut.jpg", "cut.png", size=(64, 48))
    for name in ("cut.jpg", "cut.png"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:len(whole) * 2 // 3])
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.png").mkdir()
    names = ["good.png", "gone.png", "good.jpg", "cut.jpg", "cut.png", "text.png", "empty.png", "folder.png"]
    faults = picture_faults([str(tmp_path / name) for name in names])
    assert faults[0] is None and faults[2] is None and faults[1] == "missing"
    assert all("unreadable" in fault for fault in faults[3:7]) and faults[7]
    assert not any(str(tmp_path) in fault for fault in faults if fault)


def test_a_picture_that_training_cannot_open_is_found_before(tmp_path):
    "The check and `open_picture` agree on what can be read."
    from multilabel.data import open_picture
    Image.fromarray(np.full((4, 4), 10**6, np.int32)).save(tmp_path / "deep.tif")
    Image.fromarray(np.full((4, 4), 200., np.float32)).save(tmp_path / "float.tif")
    for name in ("deep.tif", "float.tif"):
        with pytest.raises(ValueError): open_picture(tmp_path / name)
        assert picture_faults([tmp_path / name])[0], name


def test_progress_sees_each_picture(folder):
    seen = []
    def progress(iterable, total=None):
        for one in iterable:
            seen.append(total)
            yield one
    label_table(frame(["pen"] * 12), folder, progress=progress)
    assert seen == [12] * 12


# Tables of labels

def test_empty_cells_survive_a_round_trip_through_csv(folder, tmp_path):
    file = tmp_path / "labels.csv"
    frame(["pen", "", "pen book", "", "book", "pen"], split=["train", "train", "train", "valid", "valid", "test"]).to_csv(file, index=False)
    table = label_table(file, folder)
    assert list(table.frame.labels) == [["pen"], [], ["pen", "book"], [], ["book"], ["pen"]]
    assert table.classes == ["book", "pen"] and any("2 of 6" in note for note in table.notes)
    assert table.targets("valid").tolist() == [[0, 0], [1, 0]] and table.targets().dtype == torch.float32
    counts = table.counts()
    assert counts.loc["(no label)"].tolist() == [1, 1, 0] and counts.loc["(pictures)"].tolist() == [3, 2, 1]
    assert counts.loc["pen"].tolist() == [2, 0, 1] and "book" in repr(table) and "<table" in table._repr_html_()


@pytest.mark.parametrize("dtype", ["object", "str", "string", "category"])
def test_each_way_in_which_pandas_keeps_text(folder, dtype):
    data = frame(["pen", None, "pen book", "book"], split=["train", "train", "train", "valid"])
    data = data.astype({"fname": dtype, "split": dtype, "labels": "object" if dtype == "str" else dtype})
    table = label_table(data, folder)
    assert list(table.frame.labels) == [["pen"], [], ["pen", "book"], ["book"]] and table.classes == ["book", "pen"]
    assert table.rows("valid").fname.tolist() == ["3.png"]


def test_labels_may_be_lists(folder):
    assert label_table(frame([["pen"], [], ["pen", "book"]], split="train"), folder).classes == ["book", "pen"]


def test_names_that_are_numbers_stay_as_they_are_written(tmp_path):
    draw(tmp_path, "001.png", "002.png", "003.png")
    (tmp_path / "labels.csv").write_text("fname,labels,is_valid\n001,3,0\n002,,0\n003,03,0\n")
    table = label_table(tmp_path / "labels.csv", tmp_path, suffix=".png")
    assert table.frame.fname.tolist() == ["001.png", "002.png", "003.png"]
    assert list(table.frame.labels) == [["3"], [], ["03"]] and table.classes == ["03", "3"]


@pytest.mark.parametrize("name", ["NA", "null", "None"])
def test_a_class_whose_name_reads_like_nothing_is_not_lost(folder, tmp_path, name):
    (tmp_path / "labels.csv").write_text(f"fname,labels,split\n0.png,{name},train\n1.png,pen,train\n2.png,,train\n")
    assert label_table(tmp_path / "labels.csv", folder).classes == sorted([name, "pen"])


def test_stray_spaces_are_mended_and_said(folder):
    data = frame(["pen, book", "pen ,book", "pen"], split="train")
    data["fname"] = [" 0.png", "1.png ", "2.png"]
    table = label_table(data, folder, sep=",")
    assert table.classes == ["book", "pen"] and table.frame.fname.tolist() == ["0.png", "1.png", "2.png"]
    assert any("spaces" in note and "' book'" in note and "'pen '" in note for note in table.notes)


def test_classes_that_differ_in_capitals_are_named(folder):
    table = label_table(frame(["Pen", "pen", "book"], split="train"), folder)
    assert any("Pen / pen" in note for note in table.notes) and not any("book" in note for note in table.notes)


def test_names_are_escaped_in_a_notebook(folder):
    table = label_table(frame(["<script>A", "<script>a"], split="train"), folder)
    assert "<script>" not in table._repr_html_()


def test_names_in_every_script(tmp_path):
    draw(tmp_path, "Bücher/été.png", "鉛筆 1.png", "ручка.png")
    text = "fname,labels,split\nBücher/été.png,stylo;crayon été,train\n鉛筆 1.png,鉛筆;crayon été,train\nручка.png,鉛筆;stylo,valid\n"
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "labels.csv").write_text(text, encoding=encoding)
        table = label_table(tmp_path / "labels.csv", tmp_path, sep=";")
        assert table.classes == sorted(["stylo", "crayon été", "鉛筆"]) and len(table.frame) == 3


def test_names_written_on_windows(tmp_path):
    draw(tmp_path, "desks/0.png", "desks/1.png")
    data = pd.DataFrame({"fname": ["desks\\0.png", "desks\\1.png"], "labels": ["pen", "book"], "split": "train"})
    table = label_table(data, tmp_path)
    assert all(Path(path).is_file() for path in table.frame.path)


def test_a_folder_may_be_text_or_path(folder):
    data = frame(["pen"] * 3, split="train")
    assert label_table(data, str(folder)).frame.equals(label_table(data, folder).frame)


def test_the_table_given_is_not_changed(folder):
    data = frame(["pen", None, "book "], split="train")
    before = data.copy()
    label_table(data, folder)
    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize("values", [[True, False, False], ["True", "False", "False"], [1, 0, 0], [1., 0., 0.], ["true", " FALSE", "0"]])
def test_ways_to_write_is_valid(folder, values):
    assert label_table(frame(["pen"] * 3, is_valid=values), folder).frame.split.tolist() == ["valid", "train", "train"]


def test_split_comes_before_is_valid(folder):
    data = frame(["pen"] * 3, is_valid=[True, True, False], split=["train", "test", "valid"])
    assert label_table(data, folder).frame.split.tolist() == ["train", "test", "valid"]


def test_without_a_split_one_is_made(folder):
    data = frame(["pen", "book"] * 6)
    table = label_table(data, folder, shares=(.5, .25, .25), seed=1)
    assert table.frame.split.value_counts().to_dict() == {"train": 6, "valid": 3, "test": 3}
    assert (table.frame.split == label_table(data, folder, shares=(.5, .25, .25), seed=1).frame.split).all()


def test_classes_given_keep_their_order(folder):
    table = label_table(frame(["pen", "book"], split="train"), folder, classes=["pen", "book"])
    assert table.classes == ["pen", "book"] and table.targets().tolist() == [[1, 0], [0, 1]]


def test_all_that_is_wrong_is_said_at_once(folder):
    (folder / "2.png").write_text("broken")
    data = frame(["pen", "pen", "pen", "pen", "cup", "pen"], split=["train"] * 4 + ["valid"] * 2)
    data["fname"] = ["0.png", "gone.png", "2.png", "0.png", "4.png", "5.png"]
    with pytest.raises(TableError) as e: label_table(data, folder)
    assert len(e.value.problems) == 4 and isinstance(e.value, ValueError)
    for word in ("gone.png", "missing", "2.png", "unreadable", "0.png", "cup", "not seen in train"): assert word in str(e.value)
    with pytest.warns(UserWarning, match="4 row.*gone.png"): table = label_table(data, folder, on_problem="drop")
    assert table.frame.fname.tolist() == ["0.png", "5.png"] and table.frame.index.tolist() == [0, 1]


def test_the_same_file_under_two_names_is_found(folder):
    data = frame(["pen", "pen"], split=["train", "valid"])
    data["fname"] = ["0.png", "./0.png"]
    refuses(lambda: label_table(data, folder), "earlier row", error=TableError)


def test_a_class_that_is_dropped_with_its_only_picture_is_not_kept_in_silence(folder):
    data = frame(["pen", "book", "pen book"], split=["train", "train", "valid"])
    data["fname"] = ["0.png", "gone.png", "2.png"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try: table = label_table(data, folder, on_problem="drop")
        except ValueError as e: assert "book" in str(e)
        else: assert "book" not in table.classes or any("book" in note for note in table.notes)


def test_when_every_row_is_wrong_nothing_is_left_to_drop(folder):
    data = frame(["pen", "pen"], split="train").assign(fname=["a.png", "b.png"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refuses(lambda: label_table(data, folder, on_problem="drop"), "a.png", "missing", error=TableError)


def test_a_label_outside_of_the_classes_given_is_said_as_it_is(folder):
    message = refuses(lambda: label_table(frame(["pen", "cup"], split="train"), folder, classes=["pen"]), "cup", error=ValueError)
    assert "not seen in train" not in message, "a training row shows it: it is the classes that lack it"


@pytest.mark.parametrize("kwargs, words", [
    ({"classes": ["pen", "book", "pen"]}, ["classes", "pen"]), ({"classes": "pen"}, ["classes"]), ({"classes": []}, ["classes"]),
    ({"label_col": "tags"}, ["source", "tags", "labels"]), ({"fname_col": "file"}, ["source", "file", "fname"]),
    ({"on_problem": "ignore"}, ["on_problem", "ignore", "drop"]), ({"sep": ""}, ["sep"])])
def test_what_label_table_refuses(folder, kwargs, words):
    refuses(lambda: label_table(frame(["pen", "book pen"], split="train"), folder, **kwargs), *words)


@pytest.mark.parametrize("more, words", [
    ({"split": ["train", "dev"]}, ["split", "dev", "valid"]), ({"split": ["train", None]}, ["split", "want"]),
    ({"is_valid": [True, "maybe"]}, ["is_valid", "maybe"]), ({"is_valid": [True, None]}, ["is_valid"]),
    ({"split": ["valid", "test"]}, ["train"])])
def test_splits_that_are_refused(folder, more, words):
    refuses(lambda: label_table(frame(["pen", "book"], **more), folder), *words, error=ValueError)


def test_tables_that_are_none(folder, tmp_path):
    refuses(lambda: label_table(tmp_path / "gone.csv", folder), "source", "gone.csv", error=FileNotFoundError)
    refuses(lambda: label_table(frame([]), folder), "source", "no rows", error=ValueError)
    refuses(lambda: label_table(frame(["", None, " "]), folder), "no training row has a label", error=ValueError)
    refuses(lambda: label_table(tmp_path, folder), "source", error=(ValueError, OSError))
    for text in (b"", b"\xff\xfe\x00binary,\xe9\n", b'fname,labels\n0.png,"pen\n'):
        (tmp_path / "odd.csv").write_bytes(text)
        refuses(lambda: label_table(tmp_path / "odd.csv", folder), "odd.csv", error=ValueError)


def test_an_unknown_part_is_refused(folder):
    table = label_table(frame(["pen", "book"], split="train"), folder)
    assert len(table.rows("valid")) == 0 and table.targets("valid").shape == (0, 2)
    for ask in (table.rows, table.targets): refuses(lambda: ask("validation"), "split", "validation", "valid", error=ValueError)


# Three parts

def with_split(folder, split, labels=None):
    return label_table(frame(labels or ["pen", "book"] * (len(split) // 2), split=split), folder)


def test_what_was_held_out_is_reported_on(folder):
    table = with_split(folder, ["train"] * 8 + ["valid"] * 4)
    three = three_parts(table, .25)
    assert three.frame.split[8:].tolist() == ["test"] * 4 and three.frame.split[:8].value_counts().to_dict() == {"train": 6, "valid": 2}
    assert table.frame.split[8:].tolist() == ["valid"] * 4, "the table given stays as it was"
    assert isinstance(three, LabelTable) and three.classes == table.classes and three.notes == table.notes


def test_a_table_with_three_parts_stays(folder):
    table = with_split(folder, ["train"] * 4 + ["valid"] * 4 + ["test"] * 4)
    assert three_parts(table).frame.equals(table.frame)


def test_a_table_with_a_test_part_gets_one_to_choose_on(folder):
    three = three_parts(with_split(folder, ["train"] * 8 + ["test"] * 4), .25)
    assert three.frame.split.value_counts().to_dict() == {"train": 6, "test": 4, "valid": 2}


def test_three_parts_refuses(folder):
    refuses(lambda: three_parts(with_split(folder, ["train"] * 12)), "split", "train", error=ValueError)
    for share in (0, 1, -.1, 1.5, float("nan")):
        refuses(lambda: three_parts(with_split(folder, ["train"] * 8 + ["valid"] * 4), share), "share", error=ValueError)


def test_the_only_picture_of_a_class_stays_in_train(folder):
    labels = ["pen rare", *["pen", ""] * 4, "pen", "pen", "pen"]
    for seed in range(10):
        three = three_parts(with_split(folder, ["train"] * 9 + ["valid"] * 3, labels), .2, seed)
        assert three.frame.split[0] == "train"


# Tables of points

def spots(rows, cols, **more):
    return pd.DataFrame({"fname": [f"{i}.png" for i in range(len(rows))], "row": rows, "col": cols, **more})


def test_rows_and_columns_keep_their_order(folder):
    table = point_table(spots([0, 5.5, 6], [0, 8.25, 9], split="train"), folder)
    assert table.points("train").tolist() == [[0, 0], [5.5, 8.25], [6, 9]] and table.points("train").dtype == torch.float32
    assert table.frame[["height", "width"]].values.tolist() == [[6, 9]] * 3
    assert "train" in repr(table) and "<table" in table._repr_html_()


def test_swapped_coordinates_are_noticed(folder):
    message = refuses(lambda: point_table(spots([5, 8], [5, 5], split="train"), folder), "1.png", "swapped", error=TableError)
    for word in ("height 6", "width 9", "row 8", "col 5"): assert word in message


@pytest.mark.parametrize("row", [-1, 6.5, np.nan, np.inf, "x", None, ""])
def test_points_that_are_none(folder, row):
    data = spots([1, row], [1, 1], split="train")
    refuses(lambda: point_table(data, folder), "1.png", error=TableError)
    with pytest.warns(UserWarning): assert len(point_table(data, folder, on_problem="drop").frame) == 1


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_height_and_width_are_those_of_the_upright_picture(tmp_path, orientation, suffix):
    from multilabel.data import open_picture
    save_turned(tmp_path / f"0.{suffix}", np.zeros((6, 9, 3), np.uint8), orientation)
    assert open_picture(tmp_path / f"0.{suffix}").size == (9, 6)
    table = point_table(spots([5], [8], split="train").assign(fname=[f"0.{suffix}"]), tmp_path)
    assert table.frame[["height", "width"]].values.tolist() == [[6, 9]]


def test_nobody_is_in_two_parts(folder):
    data = spots([1] * 12, [1] * 12, person=list("aabbccddeeff"))
    table = point_table(data, folder, shares=(.5, .25, .25))
    assert (table.frame.groupby("group").split.nunique() == 1).all() and set(table.frame.split) == {"train", "valid", "test"}
    assert table.counts().groups.sum() == 6 and table.counts().pictures.sum() == 12
    torn = data.assign(is_valid=[False, True] + [False] * 10)
    refuses(lambda: point_table(torn, folder), "1 group", "a", error=TableError)
    with pytest.warns(UserWarning): assert set(point_table(torn, folder, on_problem="drop").frame.group) == set("bcdef")


def test_three_parts_keep_people_together(folder):
    data = spots([1] * 12, [1] * 12, film=list("aabbccddeeff"), is_valid=[False] * 10 + [True] * 2)
    three = three_parts(point_table(data, folder, group_col="film"), .3)
    assert set(three.frame.split) == {"train", "valid", "test"} and (three.frame.groupby("group").split.nunique() == 1).all()
    assert three.frame.split[10:].tolist() == ["test"] * 2


def test_files_of_points_are_checked_too(folder):
    (folder / "1.png").write_text("broken")
    data = spots([1] * 4, [1] * 4, split="train").assign(fname=["0.png", "1.png", "gone.png", "0.png"])
    with pytest.raises(TableError) as e: point_table(data, folder)
    for word in ("missing", "gone.png", "unreadable", "1.png", "0.png"): assert word in str(e.value)
    assert "swapped" not in str(e.value), "what can't be opened has no size to compare with"


@pytest.mark.parametrize("kwargs, words", [
    ({"row_col": "y"}, ["source", "'y'", "row"]), ({"col_col": "x"}, ["source", "'x'"]), ({"group_col": "film"}, ["source", "film"]),
    ({"on_problem": "skip"}, ["on_problem", "skip"])])
def test_what_point_table_refuses(folder, kwargs, words):
    refuses(lambda: point_table(spots([1], [1], split="train"), folder, **kwargs), *words, error=ValueError)


def test_an_unknown_part_of_points_is_refused(folder):
    table = point_table(spots([1, 1], [1, 1], split="train"), folder)
    for ask in (table.rows, table.points): refuses(lambda: ask("dev"), "split", "dev", "valid", error=ValueError)


# Real tables

def shared(name):
    if not (SHARED / name).is_dir(): pytest.skip(f"{SHARED / name} is not there")
    return SHARED / name


def test_planet():
    folder = shared("planet")
    table = label_table(folder / "labels.csv", folder / "images")
    assert len(table.classes) == 17 and table.frame.split.value_counts().to_dict() == {"train": 799, "valid": 201}
    three = three_parts(table)
    assert (three.frame.split == "test").sum() == 201 and 100 < (three.frame.split == "valid").sum() < 140
    lost = three.targets("train").sum(0) == 0
    assert not lost.any(), [c for c, gone in zip(table.classes, lost) if gone]


def test_faces():
    folder = shared("faces")
    table = three_parts(point_table(folder / "centers.csv", folder / "images"))
    assert len(table.frame) == 980 and table.frame.group.nunique() == 80 and (table.frame.split == "test").sum() == 203
    assert (table.frame.groupby("group").split.nunique() == 1).all()
    assert (table.frame[["height", "width"]].max(axis=1) <= 160).all()


def test_biwi():
    from multilabel.datasets import biwi_center
    folder = shared("biwi") / "01"
    center = biwi_center(folder / "frame_00003_pose.txt", folder / "rgb.cal")
    data = pd.DataFrame({"fname": ["frame_00003_rgb.png"], "row": [center[0]], "col": [center[1]], "split": "train"})
    assert point_table(data, folder).frame[["height", "width"]].values.tolist() == [[480, 640]]
