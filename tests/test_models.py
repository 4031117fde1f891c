"Networks by name, and model folders: whole, damaged, edited, and booby-trapped."
import json
import math
import os
import pickle
import shutil
import stat
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import four_quarters, refuses, save_gallery
from multilabel.classifier import load_classifier
from multilabel.models import (
    ClassHead, ModelError, PointHead, as_tensor, color_stats, conv_block, list_pictures, make_model, mean_places, read_model,
    read_settings, run_model, small_body, splitter, versions, write_model, write_text)
from multilabel.regression import load_points
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn


# Parts of networks

def test_shapes_of_the_parts():
    x = torch.rand(2, 3, 64, 96)
    assert conv_block(3, 8)(x).shape == (2, 8, 32, 48) and conv_block(3, 8, 1)(x).shape == (2, 8, 64, 96)
    assert (conv_block(3, 8)(x) >= 0).all()
    assert small_body((4, 6), (2, 1))(x).shape == (2, 6, 32, 48)
    features = torch.rand(2, 8, 5, 7)
    assert ClassHead(8, 3)(features).shape == (2, 3)


def test_a_class_may_be_anywhere_a_point_may_not():
    torch.manual_seed(0)
    features = torch.rand(4, 8, 6, 6)
    moved = features.roll((2, 3), (2, 3))
    classes, points = ClassHead(8, 3).eval(), PointHead(8).eval()
    torch.testing.assert_close(classes(features), classes(moved))
    assert not torch.allclose(points(features), points(moved), atol=1e-3)


def test_points_keep_to_their_range():
    torch.manual_seed(0)
    for scale in (1, 100, 1e4):
        points = PointHead(8, low=-1.2, high=1.3)(torch.randn(4, 8, 6, 6) * scale)
        assert points.shape == (4, 2) and (points >= -1.2).all() and (points <= 1.3).all()


def test_mean_places_by_hand():
    maps = torch.full((1, 2, 4, 8), -100.)
    maps[0, 0, 0, 7] = maps[0, 1, 3, 2] = 100.
    assert mean_places(maps).tolist() == [[.875, -.375, -.75, .75]], "x of each, then y of each: middles of places"
    torch.testing.assert_close(mean_places(torch.zeros(2, 3, 5, 7)), torch.zeros(2, 6), atol=1e-6, rtol=0)


# Networks by name

@pytest.mark.parametrize("arch, points", [("small", False), ("small", True), ("squeezenet1_0", False), ("squeezenet1_0", True),
                                          ("mobilenet_v3_small", False), ("resnet18", True), ("test_resnet", False), ("test_resnet", True),
                                          ("test_efficientnet", False), ("test_convnext", True)])
def test_networks_by_name(arch, points):
    torch.manual_seed(0)
    model = make_model(arch, 2 if points else 5, points=points).eval()
    with torch.no_grad(): out = model(torch.rand(2, 3, 64, 64))
    assert out.shape == (2, 2 if points else 5) and out.isfinite().all()
    groups = splitter(arch)(model)
    assert len(groups) >= 2 and sum(len(g) for g in groups) == len(list(model.parameters()))
    if points: assert out.abs().max() < 1.2


@pytest.mark.parametrize("arch", ["os.system", "hf_hub:x/y", "hf-hub:x/y", "get_model", "local-dir:/tmp", "", "../small", "resnet9000", "Small"])
def test_names_that_no_network_has(arch):
    for ask in (lambda: make_model(arch, 4), lambda: color_stats(arch), lambda: splitter(arch)):
        refuses(ask, "arch", repr(arch), "small", error=ValueError)


@pytest.mark.parametrize("args, words", [
    (("small", 0), ["n_out", "0", "1 or more"]), (("small", -1), ["n_out", "-1"]), (("small", 2.5), ["n_out", "2.5"]),
    (("small", "4"), ["n_out", "4"]), ((None, 4), ["arch", "NoneType"]), ((5, 4), ["arch", "int"]),
    (("small", 4, True), ["pretrained", "small"])])
def test_what_make_model_refuses(args, words): refuses(lambda: make_model(*args), *words)


def test_weights_that_cannot_be_had(monkeypatch, tmp_path):
    "Without a network the error says what failed and what to do instead."
    import socket
    def offline(*args, **kwargs): raise OSError("no network here")
    monkeypatch.setattr(socket, "getaddrinfo", offline)
    monkeypatch.setattr(socket.socket, "connect", offline)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    for arch in ("squeezenet1_0", "test_resnet"):
        refuses(lambda: make_model(arch, 4, pretrained=True), "pretrained", arch, "TORCH_HOME", "pretrained=False", error=ConnectionError)


def test_color_stats():
    mean, std = color_stats("small")
    assert mean == (.485, .456, .406) and std == (.229, .224, .225) == color_stats("resnet18")[1]
    assert color_stats("test_vit")[0] == (.5, .5, .5)


# Keeping one

def tiny(n_out=2): return nn.Sequential(small_body((4,), (2,)), ClassHead(4, n_out))


def test_a_folder_holds_data_alone(tmp_path):
    folder = write_model(tmp_path / "deep" / "er", tiny(), {"kind": "classifier", "note": "é"})
    assert sorted(p.name for p in folder.iterdir()) == ["model.json", "model.safetensors"]
    data = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert data["format"] == 1 and data["note"] == "é" and data["versions"] == versions()
    assert {"multilabel", "torch", "fastai", "python"} <= set(data["versions"])


def test_weights_come_back_to_the_bit(desk_learner, desk_model):
    model, settings = read_model(desk_model, "classifier")
    assert not model.training and settings["classes"] == ["pen", "pencil", "eraser", "book"]
    before, after = desk_learner.model.state_dict(), model.state_dict()
    assert list(before) == list(after)
    for name in before: assert torch.equal(before[name].cpu(), after[name]), name


def test_another_architecture_comes_back(tmp_path):
    torch.manual_seed(0)
    for arch, points in (("test_resnet", False), ("squeezenet1_0", True)):
        made = make_model(arch, 2, points=points).eval()
        settings = {"kind": "points" if points else "classifier", "arch": arch, "n_out": 2, "size": [64, 64], "mean": [0] * 3,
                    "std": [1] * 3, "classes": ["a", "b"], "thresholds": [.5, .5]}
        model, _ = read_model(write_model(tmp_path / arch, made, settings))
        x = torch.rand(2, 3, 64, 64)
        with torch.no_grad(): torch.testing.assert_close(model(x), made(x))


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    write_text(tmp_path / "a.txt", "é\n")
    assert (tmp_path / "a.txt").read_bytes() == "é\n".encode()
    def stopped(*args): raise KeyboardInterrupt
    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt): write_text(tmp_path / "a.txt", "half")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "é\n" and len(list(tmp_path.iterdir())) == 1


def test_what_json_cannot_hold_is_refused_before_anything_is_written(tmp_path):
    for value in (float("nan"), torch.zeros(1), {1, 2}):
        with pytest.raises((ValueError, TypeError)): write_model(tmp_path / "m", tiny(), {"scores": {"f1": value}})
        assert not list((tmp_path / "m").glob("*"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_files_are_as_readable_as_any_other(tmp_path):
    before = os.umask(0o022)
    try:
        write_model(tmp_path, tiny(), {"kind": "classifier"})
        write_text(tmp_path / "report.html", "text")
    finally: os.umask(before)
    for file in tmp_path.iterdir(): assert stat.S_IMODE(file.stat().st_mode) == 0o644, file.name


# Damage

@pytest.fixture
def copy(desk_model, tmp_path): return Path(shutil.copytree(desk_model, tmp_path / "copy"))


@pytest.fixture
def points_copy(face_model, tmp_path): return Path(shutil.copytree(face_model, tmp_path / "points"))


def edit(folder, **changes):
    "Change settings in model.json; a change to ... takes it out."
    settings = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    settings.update(changes)
    settings = {k: v for k, v in settings.items() if v is not ...}
    (folder / "model.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


NAN, INF, HUGE = math.nan, math.inf, 10**400
EDITS = [
    *[("kind", v) for v in (..., "points", "segmenter", 3, None, ["classifier"])],
    *[("format", v) for v in (..., 2, 0, "1", None)],
    *[("arch", v) for v in (..., "os.system", "hf_hub:x/y", "hf-hub:x/y", "get_model", "", "../small", "local-dir:/tmp", 5, None,
                            ["small"], {"small": 1}, "__import__('os').system('x')")],
    *[("n_out", v) for v in (..., 0, -1, 3, 5, 4.5, "4", None, True, 10**15, HUGE)],
    *[("classes", v) for v in (..., None, [], ["pen"], ["a", "b", "c", "d", "e"], [1, 2, 3, 4], "abcd", ["pen"] * 4, {"a": 0, "b": 1, "c": 2, "d": 3},
                               [None] * 4)],
    *[("thresholds", v) for v in (..., None, [], [.5] * 3, [.5] * 5, .5, [NAN] * 4, [.5, .5, .5, NAN], [INF] * 4, [1.5, .5, .5, .5],
                                  [-.1, .5, .5, .5], ["0.5"] * 4, "abcd", [None] * 4, [[.5]] * 4, {"pen": .5}, [HUGE] * 4)],
    *[("size", v) for v in (..., None, [0, 0], [48, 0], [-1, 48], [48], [48, 48, 3], [48.5, 48], ["48", "48"], 48, [NAN, 48], [INF, 48],
                            [10**9, 10**9], [HUGE, 48], [[48], [48]])],
    *[("mean", v) for v in (..., [NAN] * 3, [INF, 0, 0], [0, 0], [0] * 4, ["0"] * 3, 0, None, [HUGE, 0, 0])],
    *[("std", v) for v in (..., [NAN] * 3, [0, 0, 0], [1, 0, 1], [-1, 1, 1], [1, 1], ["1"] * 3, 1, None, [HUGE, 1, 1])]]


@pytest.mark.parametrize("name, value", EDITS, ids=lambda v: "gone" if v is ... else str(v)[:24])
def test_edited_settings_are_refused(copy, name, value):
    word = {"n_out": "model.json", "kind": "classifier" if isinstance(value, str) else name}.get(name, name)
    message = refuses(lambda: load_classifier(edit(copy, **{name: value})), word, error=ModelError)
    assert len(message) < 1000


@pytest.mark.parametrize("name, value", [("kind", "classifier"), ("n_out", 3), ("arch", "resnet18"), ("size", [0, 0]), ("format", 2)])
def test_edited_settings_of_points_are_refused(points_copy, name, value):
    words = {"kind": "points", "n_out": "model.json", "arch": "fit"}
    refuses(lambda: load_points(edit(points_copy, **{name: value})), words.get(name, name), error=ModelError)


def test_each_kind_wants_its_own(copy, points_copy):
    refuses(lambda: load_points(copy), "classifier", "points", error=ModelError)
    refuses(lambda: load_classifier(points_copy), "points", "classifier", error=ModelError)
    assert read_settings(copy)["kind"] == "classifier" and read_settings(points_copy)["kind"] == "points"


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"[]", b"3", b'"text"', b"\xff\xfe\x00", b"[" * 100_000, b"{}",
                                  b'{"format": 1, "kind": NaN}', b"cos\nsystem\n(S'touch x'\ntR."])
def test_settings_that_are_none(copy, text):
    (copy / "model.json").write_bytes(text)
    refuses(lambda: load_classifier(copy), "model.json", error=ModelError)


def test_files_that_are_gone(copy, tmp_path):
    (copy / "model.safetensors").rename(copy / "other")
    refuses(lambda: load_classifier(copy), "model.safetensors", str(copy), error=ModelError)
    (copy / "model.json").unlink()
    refuses(lambda: load_classifier(copy), "model.json", error=ModelError)
    refuses(lambda: load_classifier(tmp_path / "nowhere"), "nowhere", error=ModelError)
    (copy / "model.json").mkdir()
    refuses(lambda: load_classifier(copy), "model.json", error=ModelError)


@pytest.mark.parametrize("damage", [
    lambda b: b"", lambda b: b[:7], lambda b: b[:1000], lambda b: b[:-1], lambda b: b + b"more", lambda b: b"\0" * len(b),
    lambda b: b"\xff" * 8 + b[8:], lambda b: b[:8] + b"{{{{" + b[12:], lambda b: b"not weights at all"])
def test_damaged_weights(copy, damage):
    file = copy / "model.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    refuses(lambda: load_classifier(copy), "model.safetensors", error=ModelError)


@pytest.mark.parametrize("change", [
    lambda w: {k: v for k, v in w.items() if k != "0.0.0.weight"}, lambda w: {**w, "more": torch.zeros(1)}, lambda w: {},
    lambda w: {k: torch.zeros(3) for k in w}, lambda w: {f"x.{k}": v for k, v in w.items()}])
def test_weights_of_another_network(copy, change):
    file = copy / "model.safetensors"
    save_file(change(load_file(file)), file)
    refuses(lambda: load_classifier(copy), "model.safetensors", error=ModelError)


# Booby traps

class Bomb:
    "Unpickling it makes a file."
    def __init__(self, mark): self.mark = mark
    def __reduce__(self): return (open, (str(self.mark), "w"))


def test_the_bomb_goes_off_when_unpickled(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "mark"))).close()
    assert (tmp_path / "mark").exists(), "or the tests below would show nothing"


@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
@pytest.mark.parametrize("protocol", [0, 2, 5, "torch"])
def test_a_bomb_in_place_of_a_file_does_nothing(copy, tmp_path, name, protocol):
    mark = tmp_path / "mark"
    if protocol == "torch": torch.save({"weights": Bomb(mark)}, copy / name)
    else: (copy / name).write_bytes(pickle.dumps(Bomb(mark), protocol))
    refuses(lambda: load_classifier(copy), name, error=ModelError)
    assert not mark.exists()


def test_bombs_beside_the_model_do_nothing(copy, points_copy, tmp_path, desk_model):
    mark, picture = tmp_path / "mark", Image.fromarray(four_quarters())
    for folder in (copy, points_copy):
        for name in ("model.pkl", "export.pkl", "model.pth", "pytorch_model.bin", "learner.pkl"):
            (folder / name).write_bytes(pickle.dumps(Bomb(mark)))
        (folder / "__init__.py").write_text(f"open({str(mark)!r}, 'w')")
        (folder / "multilabel.py").write_text(f"open({str(mark)!r}, 'w')")
    answer = load_classifier(copy).predict(picture)
    torch.testing.assert_close(answer.probs, load_classifier(desk_model).predict(picture).probs)
    load_points(points_copy).predict(picture)
    assert not mark.exists()


def test_code_in_the_settings_is_only_text(copy, tmp_path):
    mark = tmp_path / "mark"
    code = f"open({str(mark)!r}, 'w')"
    trap = {"py/reduce": [{"py/function": "builtins.open"}, [str(mark), "w"]], "__reduce__": code, "code": code}
    edit(copy, **trap, scores=trap, versions=trap, classes=[code, "!!python/object/apply:os.system", "{{7*7}}", "pen"])
    model = load_classifier(copy)
    assert model.classes[0] == code and model.predict(np.zeros((8, 8), np.uint8)).probs.shape == (1, 4)
    for arch in (code, "os.system", f"eval:{code}"): refuses(lambda: load_classifier(edit(copy, arch=arch)), "arch", error=ModelError)
    assert not mark.exists()


# Pictures in

def test_what_list_pictures_takes(tmp_path):
    for name in ("b/2.png", "a/1.JPG", "0.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    names = [Path(name).name for name, _ in list_pictures(tmp_path)]
    assert sorted(names) == ["0.png", "1.JPG", "2.png"] and names == [Path(n).name for n, _ in list_pictures(str(tmp_path))]
    assert [name for name, _ in list_pictures(tmp_path / "0.png")] == [str(tmp_path / "0.png")]
    memory = [Image.new("L", (4, 4)), np.zeros((4, 4, 3), np.uint8), torch.zeros(3, 4, 4)]
    assert [name for name, _ in list_pictures(memory)] == ["picture 0", "picture 1", "picture 2"]
    for one in memory: assert len(list_pictures(one)) == 1
    assert len(list_pictures(torch.zeros(5, 3, 4, 4))) == 5 == len(list_pictures(np.zeros((5, 4, 4, 3))))
    assert len(list_pictures([tmp_path, memory[0]])) == 4


def test_what_list_pictures_refuses(tmp_path):
    refuses(lambda: list_pictures([]), "pictures", error=ValueError)
    refuses(lambda: list_pictures(tmp_path), "pictures", str(tmp_path), error=ValueError)
    for odd in (5, None, 2.5, object()): refuses(lambda: list_pictures(odd), "pictures", type(odd).__name__)
    for odd in (5, None): refuses(lambda: list_pictures([Image.new("L", (4, 4)), odd]), "picture", type(odd).__name__)


def test_a_picture_as_training_sees_it():
    x = as_tensor(four_quarters(), (10, 16))
    assert x.shape == (3, 10, 16) and x.dtype == torch.float32 and 0 <= x.min() and x.max() <= 1
    assert x[:, 1, 1].tolist() == [1, 0, 0] and x[:, 1, 14].tolist() == [0, 1, 0] and x[:, 8, 1].tolist() == [0, 0, 1]


class Mean(nn.Module):
    "Says the mean of each color."
    def __init__(self):
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))
    def forward(self, x): return x.mean((2, 3)) * self.one


def test_run_model_goes_on_past_what_it_cannot_read(tmp_path):
    names = save_gallery(tmp_path)
    (tmp_path / "broken.png").write_text("broken")
    settings = {"size": [16, 16], "mean": [.5, .5, .5], "std": [.25, .5, 1.], "n_out": 3}
    model, seen = Mean().train(), []
    def progress(batches, total):
        for batch in batches:
            seen.append(total)
            yield batch
    outputs, sizes, got, failed = run_model(model, settings, [tmp_path, tmp_path / "gone.png", Image.new("RGB", (9, 6), "white")], 5, progress)
    assert len(outputs) == len(sizes) == len(got) == len(names) + 1 and outputs.shape[1] == 3
    assert {Path(name).name for name in failed} == {"broken.png", "gone.png"} and all(failed.values())
    assert sizes[:-1].tolist() == [[20, 32]] * len(names) and sizes[-1].tolist() == [6, 9] and got[-1].startswith("picture")
    torch.testing.assert_close(outputs[-1], torch.tensor([2., 1., .5]))
    assert model.training and len(seen) == math.ceil((len(names) + 3) / 5)


def test_batches_do_not_change_the_answer(tmp_path, desk_model, desks):
    model = load_classifier(desk_model)
    paths = sorted((desks / "images").glob("test_*.png"))
    ways = [model.predict(paths, bs=bs).probs for bs in (1, 7, 500)]
    for probs in ways[1:]: torch.testing.assert_close(probs, ways[0], atol=1e-5, rtol=0)


def test_nothing_that_can_be_read(tmp_path, desk_model):
    (tmp_path / "broken.png").write_text("broken")
    answer = load_classifier(desk_model).predict(tmp_path)
    assert answer.probs.shape == (0, 4) and answer.labels == [] and len(answer.failed) == 1 and len(answer.to_frame()) == 0


def test_batches_of_nothing_are_refused(desk_model):
    for bs in (0, -1): refuses(lambda: load_classifier(desk_model).predict(np.zeros((8, 8), np.uint8), bs=bs), "bs", bs)


def test_reading_a_model_needs_no_code_from_it(desk_model):
    "Nothing of the folder is imported."
    load_classifier(desk_model)
    assert not [m for m in sys.modules.values() if str(desk_model) in str(getattr(m, "__file__", ""))]
