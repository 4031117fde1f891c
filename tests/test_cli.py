"The command line: what it writes, what it says, and how it stops."
import json
import math
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import four_quarters, save_gallery
from multilabel import cli
from multilabel.classifier import as_classifier, load_classifier
from multilabel.regression import as_point_model, load_points
from PIL import Image

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
SCRIPT = Path(sys.executable).parent / ("multilabel.exe" if os.name == "nt" else "multilabel")
COMMAND = [str(SCRIPT)] if SCRIPT.is_file() else [sys.executable, "-c", "from multilabel.cli import main; main()"]


@pytest.fixture
def run(capsys, monkeypatch):
    "Run the command in this process: exit status, what it said, what it complained about."
    def ask(*args):
        monkeypatch.setattr(sys, "argv", ["multilabel", *map(str, args)])
        capsys.readouterr()
        try: cli.main()
        except SystemExit as e: code = e.code or 0
        else: code = 0
        said = capsys.readouterr()
        return code, said.out, said.err
    return ask


def new_process(*args, **kwargs):
    return subprocess.run([*COMMAND, *map(str, args)], capture_output=True, text=True, encoding="utf-8", **kwargs)


def tiny(table, folder, out, *more): return [table, folder, "--out", out, "--size", 32, "--epochs", 1, "--batch-size", 8, *more]


class Page(HTMLParser):
    "Addresses in a page, and its headings."
    def __init__(self, text):
        super().__init__()
        self.addresses, self.tags = [], []
        self.feed(text)
    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "xlink:href", "srcset", "data", "poster") and v]


def stands_alone(file):
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    assert page.addresses and all(a.startswith(("data:", "#")) for a in page.addresses), [a[:60] for a in page.addresses if a[:5] != "data:"]
    left = re.sub(r"https?://www\.w3\.org/\S+", "", re.sub(r"data:image/[^\"']*", "", text))
    for word in ("http:", "https:", "@import", "url(", "<script src", "<link"): assert word not in left, word
    assert text.startswith("<!DOCTYPE html>") and text.rstrip().endswith("</html>") and "h1" in page.tags
    return text


def finite(data):
    "Every number in it is one."
    if isinstance(data, dict): return all(map(finite, data.values()))
    if isinstance(data, list): return all(map(finite, data))
    return not isinstance(data, float) or math.isfinite(data)


# Help

def test_help_tells_of_each_command_and_option(run):
    code, out, _ = run("--help")
    assert code == 0 and all(name in out for name in ("demo", "train", "train-points", "predict", "tune"))
    for name, options in {"train": ["--out", "--arch", "--pretrained", "--metric", "--sep"], "train-points": ["--row-col", "--col-col"],
                          "predict": ["--csv", "--labels", "--part"], "tune": ["--metric", "--per-class", "--model", "--out", "--label-col"], "demo": ["--quick", "--seed"]}.items():
        code, out, _ = run(name, "--help")
        assert code == 0 and all(option in out for option in options), out
    assert run("fly")[0] == 2 and run("predict")[0] == 2


# Training

@pytest.fixture(scope="module")
def trained(desks, tmp_path_factory):
    "Trained by the command in a new process."
    out = tmp_path_factory.mktemp("trained") / "deep" / "model"
    done = new_process("train", *tiny(desks / "labels.csv", desks / "images", out, "--classes", "pen,pencil,eraser,book"))
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout, done.stderr


def test_train_says_what_it_read_and_reached(trained):
    out, said, complained = trained
    for word in ("pen", "book", "train", "valid", "test", "40", "16", "no label", "macro f1", "all absent", str(out / "report.html")):
        assert word in said, word
    assert "Traceback" not in complained and "Warning" not in complained


def test_train_writes_all_of_it_and_nothing_else(trained):
    out = trained[0]
    assert sorted(p.name for p in out.iterdir()) == ["model.json", "model.safetensors", "report.html", "scores.json", "scores_test.csv", "scores_valid.csv"]
    assert [p.name for p in out.parent.iterdir()] == ["model"]
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert {"mean_average_precision", "macro_f1", "empty_recall", "accuracy", "exact_match", "baselines"} <= set(scores["classifier"])
    assert {"all absent", "all present", "most frequent label set", "random ranking"} <= set(scores["classifier"]["baselines"])
    assert scores["seconds"]["total"] >= scores["seconds"]["training"] > 0 and finite(scores)
    assert 0 <= scores["classifier"]["mean_average_precision"] <= 1 and scores["classifier"]["n_pictures"] == 16
    model = load_classifier(out)
    assert model.classes == ["pen", "pencil", "eraser", "book"] and model.settings["size"] == [32, 32]


def test_the_report_stands_alone(trained):
    text = stands_alone(trained[0] / "report.html")
    for word in ("threshold", "pencil", "all absent", "viewport", "<svg", "<table"): assert word.lower() in text.lower(), word


def test_the_report_is_about_pictures_that_nothing_was_chosen_on(trained, desks):
    "The scores can be had again from the model folder and the rows of the test part."
    from multilabel.metrics import mean_average_precision
    from multilabel.tables import label_table
    out = trained[0]
    table = label_table(desks / "labels.csv", desks / "images", classes=["pen", "pencil", "eraser", "book"])
    answer = load_classifier(out).predict(list(table.rows("test").path))
    scores = json.loads((out / "scores.json").read_text())["classifier"]
    assert mean_average_precision(answer.probs, table.targets("test")) == pytest.approx(scores["mean_average_precision"], abs=1e-4)
    from multilabel.metrics import accuracy
    assert accuracy(answer.probs, table.targets("test"), answer.thresholds) == pytest.approx(scores["accuracy"], abs=.05)


def test_training_again_gives_the_same_and_replaces_it(run, trained, desks, tmp_path):
    "In this process as in a new one; what else is in the folder stays."
    out = tmp_path / "model"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    (out / "scores.json").write_text("old")
    code, said, complained = run("train", *tiny(desks / "labels.csv", desks / "images", out, "--classes", "pen,pencil,eraser,book"))
    assert code == 0, said + complained
    first, second = (json.loads((folder / "scores.json").read_text())["classifier"] for folder in (trained[0], out))
    for name in ("mean_average_precision", "macro_f1", "accuracy"): assert first[name] == pytest.approx(second[name], abs=.02), name
    assert (out / "notes.txt").read_text() == "mine" and [p.name for p in tmp_path.iterdir()] == ["model"]


@pytest.fixture
def curves(monkeypatch):
    "The learning curves that went into a report."
    from multilabel import reports
    drawn, draw = [], reports.plot_losses
    def plot(values, *args, **kwargs):
        drawn.append(values)
        return draw(values, *args, **kwargs)
    monkeypatch.setattr(reports, "plot_losses", plot)
    return drawn


def test_a_table_of_ones_own(run, tmp_path, curves):
    "Other columns, separator, names in every script, spaces in classes, is_valid alone, no label in some rows."
    rng, rows = np.random.RandomState(0), []
    for number in range(24):
        Image.fromarray(rng.randint(0, 255, (24, 32), dtype=np.uint8)).save(tmp_path / f"Bild {number} é.png")
        rows.append((f"Bild {number} é.png", ["traffic light", "traffic light;été", "", "été"][number % 4], number >= 16))
    pd.DataFrame(rows, columns=["Datei", "Marken", "is_valid"]).to_csv(tmp_path / "t.csv", index=False)
    code, out, err = run("train", *tiny(tmp_path / "t.csv", tmp_path, tmp_path / "out" / "m", "--fname-col", "Datei", "--label-col", "Marken",
                                        "--sep", ";", "--flip", "both", "--metric", "accuracy", "--one-threshold", "--epochs", 2))
    assert code == 0, out + err
    assert len(curves) == 1 and len(curves[0]) == 2, "a row of the learning curve for each epoch, not what was scored afterwards"
    assert len(set(load_classifier(tmp_path / "out" / "m").thresholds.tolist())) == 1
    assert load_classifier(tmp_path / "out" / "m").classes == ["traffic light", "été"]
    code, out, err = run("predict", tmp_path / "out" / "m", tmp_path / "Bild 0 é.png", "--csv", tmp_path / "p.csv")
    frame = pd.read_csv(tmp_path / "p.csv")
    assert code == 0 and "Bild 0 é.png" in out and list(frame.columns) == ["fname", "labels", "prob_traffic light", "prob_été"]


def test_train_points(run, people, tmp_path, curves):
    out = tmp_path / "[bold]model"
    code, said, complained = run("train-points", *tiny(people / "centers.csv", people / "images", out))
    assert code == 0, said + complained
    assert len(curves) == 1 and len(curves[0]) == 1 and len(curves[0][0]) >= 2
    assert sorted(p.name for p in out.iterdir()) == ["model.json", "model.safetensors", "report.html", "scores.json"]
    scores = json.loads((out / "scores.json").read_text())
    assert {"mean_error_px", "median_error_px", "p95_error_px", "mean_error_share", "baseline_error_px", "baseline_error_share"} <= set(scores["points"])
    assert scores["points"]["n_pictures"] == 12 and finite(scores) and "total" in scores["seconds"]
    assert "always the mean" in said and "pixels" in said and str(out / "report.html") in said
    stands_alone(out / "report.html")
    assert load_points(out).predict(four_quarters()).points.shape == (1, 2)


def test_demo_writes_what_the_walk_promises(run, tmp_path):
    out = tmp_path / "runs" / "demo"
    code, said, complained = run("demo", "--quick", "--out", out)
    assert code == 0, said + complained
    scores = json.loads((out / "scores.json").read_text())
    assert {"mean_average_precision", "macro_f1", "empty_recall", "baselines"} <= set(scores["classifier"])
    assert {"mean_error_share", "baseline_error_share"} <= set(scores["points"])
    assert scores["seconds"]["total"] > 0 and finite(scores)
    assert sum(v for k, v in scores["seconds"].items() if k != "total") == pytest.approx(scores["seconds"]["total"], abs=2)
    text = stands_alone(out / "report.html")
    for word in ("eraser", "threshold", "accuracy", "cross", "mistakes"): assert word in text.lower(), word
    assert load_classifier(out / "classifier").classes == ["pen", "pencil", "eraser", "book"]
    assert load_points(out / "points").predict(four_quarters()).points.shape == (1, 2)
    assert [p.name for p in out.parent.iterdir()] == ["demo"] and str(out / "report.html") in said


# Asking

@pytest.fixture(scope="module")
def gallery(tmp_path_factory, desks):
    "Every kind of picture, a folder in the folder, and two that can't be read."
    folder = tmp_path_factory.mktemp("gallery") / "Bilder été"
    names = save_gallery(folder)
    (folder / "deeper").mkdir()
    for number in range(3): shutil.copy(desks / "images" / f"test_0000{number}.png", folder / "deeper")
    (folder / "broken.jpg").write_text("broken")
    whole = (folder / "rgb.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[:len(whole) // 2])
    return folder, len(names) + 3


def test_a_new_process_gives_the_same_probabilities(desk_learner, desk_model, desks, tmp_path):
    "And code planted in the model folder doesn't run, though the process was started there."
    class Bomb:
        def __reduce__(self): return (open, (str(tmp_path / "mark"), "w"))
    folder = Path(shutil.copytree(desk_model, tmp_path / "model"))
    for name in ("model.pkl", "export.pkl", "model.pth"): (folder / name).write_bytes(pickle.dumps(Bomb()))
    (folder / "sitecustomize.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w')")
    paths = sorted((desks / "images").glob("test_*.png"))
    done = new_process("predict", folder, *paths, "--csv", tmp_path / "out.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "mark").exists()
    frame, want = pd.read_csv(tmp_path / "out.csv", keep_default_na=False), as_classifier(desk_learner).predict(paths)
    assert frame.fname.tolist() == [str(p) for p in paths]
    got = frame[[f"prob_{name}" for name in want.classes]].to_numpy()
    assert np.abs(got - want.probs.numpy()).max() < 1e-5
    clear = ((want.probs - want.thresholds).abs() > 1e-5).all(1).tolist()
    assert [labels for labels, ok in zip(frame.labels, clear) if ok] == [" ".join(w) for w, ok in zip(want.labels, clear) if ok]
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr


def test_it_goes_on_past_what_it_cannot_read(run, desk_learner, desk_model, gallery, tmp_path):
    folder, n = gallery
    code, out, err = run("predict", desk_model, folder, tmp_path / "gone.png", "--csv", tmp_path / "out.csv")
    assert code == 1 and "Traceback" not in err
    for name in ("broken.jpg", "cut.png", "gone.png"): assert name in err, name
    frame = pd.read_csv(tmp_path / "out.csv")
    assert len(frame) == n and frame.filter(like="prob_").notna().all(axis=None)
    assert {Path(f).name for f in frame.fname} == {p.name for p in folder.rglob("*") if p.is_file()} - {"broken.jpg", "cut.png"}
    assert all(Path(f).name in out for f in frame.fname), "each is said on the screen too"
    row = frame[frame.fname.str.endswith("turned_6.png")].iloc[0]
    want = as_classifier(desk_learner).predict(four_quarters()).probs[0].tolist()
    assert row[["prob_pen", "prob_pencil", "prob_eraser", "prob_book"]].tolist() == pytest.approx(want, abs=1e-5)


def test_points_of_every_kind_of_picture(run, face_learner, face_model, gallery, tmp_path):
    folder, n = gallery
    code, out, err = run("predict", face_model, folder, "--csv", tmp_path / "out.csv")
    frame = pd.read_csv(tmp_path / "out.csv")
    assert code == 1 and len(frame) == n and list(frame.columns) == ["fname", "row", "col"] and "broken.jpg" in err
    want = as_point_model(face_learner).predict(four_quarters()).points[0].tolist()
    for number in range(1, 9):
        row = frame[frame.fname.str.endswith(f"turned_{number}.png")].iloc[0]
        assert [row.row, row.col] == pytest.approx(want, abs=1e-3)


def test_when_nothing_can_be_read(run, desk_model, tmp_path):
    code, _, err = run("predict", desk_model, tmp_path / "gone.png", "--csv", tmp_path / "out.csv")
    assert code == 1 and "gone.png" in err and "Traceback" not in err


def test_marks_in_a_name_are_not_taken_for_colors(run, desk_model, tmp_path):
    Image.fromarray(four_quarters()).save(tmp_path / "[red]a[bold].png")
    (tmp_path / "[bold]b.png").write_text("broken")
    code, out, err = run("predict", desk_model, tmp_path)
    assert code == 1 and "[red]a[bold].png" in out and "[bold]b.png" in err


# Choosing thresholds

def test_train_keeps_what_it_said_beside_the_truth(trained, desks):
    from multilabel.adapters import scores_table
    from multilabel.tables import label_table
    table = label_table(desks / "labels.csv", desks / "images", classes=["pen", "pencil", "eraser", "book"])
    model = load_classifier(trained[0])
    for part in ("valid", "test"):
        scores = scores_table(trained[0] / f"scores_{part}.csv")
        assert scores.classes == table.classes and torch.equal(scores.targets, table.targets(part).long())
        torch.testing.assert_close(scores.probs.float(), model.predict(list(table.rows(part).path)).probs, atol=1e-4, rtol=0)
        assert pd.read_csv(trained[0] / f"scores_{part}.csv").fname.tolist() == table.rows(part).fname.tolist()


@pytest.fixture
def scores(tmp_path):
    "A CSV of scores of 200 pictures, some of whose classes are rare, and what is in it."
    from multilabel.adapters import scores_frame, scores_table
    rng = np.random.RandomState(0)
    targets = rng.rand(200, 4) < [.5, .3, .2, .01]
    probs = 1 / (1 + np.exp(-rng.randn(200, 4) - 2 * targets + 1.5))
    file = tmp_path / "scores é.csv"
    scores_frame(probs.astype(np.float32), targets, ["pen", "pencil", "eraser", "book"], range(200)).to_csv(file, index=False)
    return file, scores_table(file)


def test_tune_says_and_writes_thresholds(run, scores, tmp_path):
    from multilabel.metrics import f1
    from multilabel.thresholds import best_threshold, best_thresholds
    file, (probs, targets, classes) = scores
    code, out, err = run("tune", file, "--metric", "f1", "--per-class", "--out", tmp_path / "deep" / "t.json", "--resamples", 50)
    assert code == 0, out + err
    found = json.loads((tmp_path / "deep" / "t.json").read_text(encoding="utf-8"))
    own, shared = best_thresholds(probs, targets), best_threshold(probs, targets)
    assert found["thresholds"] == [*own.thresholds[:3].tolist(), shared.threshold.item()] and found["metric"] == "f1" and finite(found)
    rows = {row["class"]: row for row in found["classes"]}
    assert list(rows) == classes and [row["shared"] for row in rows.values()] == [False, False, False, True]
    assert [row["positives"] for row in rows.values()] == targets.sum(0).tolist()
    at = f1(probs, targets, torch.tensor(found["thresholds"]), average=None)
    assert [row["score"] for row in rows.values()] == pytest.approx(at.tolist())
    assert found["together"]["score"] == pytest.approx(f1(probs, targets, torch.tensor(found["thresholds"]), average="micro"))
    assert found["mean"]["score"] == pytest.approx(at.mean().item()) and found["mean"]["cross_fitted"] < found["mean"]["score"]
    for row in rows.values():
        assert 0 <= row["threshold_low"] <= row["threshold_high"] <= 1 and (row["score_low"] is None) == row["shared"]
        line = next(line for line in out.splitlines() if line.startswith(row["class"] + " "))
        for word in (str(row["positives"]), f"{row['threshold']:.3f}", f"{row['score']:.3f}", f"{row['cross_fitted']:.3f}"): assert word in line, line
    assert "fewer than 5" in out and "book" in out.splitlines()[-2] and "t.json" in out and "200 pictures" in out
    assert run("tune", file, "--resamples", 50)[1].splitlines()[:-1] == out.splitlines()[:-1], "the same again, and per class without asking"


def test_tune_cross_fits_what_it_chose(scores):
    "As `cross_fit` does, where each class has its own; and with classes that share or shrink."
    from multilabel.uncertainty import cross_fit, shrunk_thresholds
    (probs, targets, classes) = scores[1]
    for n_resamples in (0, 20):
        found = cli.tune_scores(scores[1], n_resamples=n_resamples)
        want = cross_fit(probs, targets)
        got = torch.tensor([row["cross_fitted"] for row in found["classes"][:3]], dtype=torch.float64)
        torch.testing.assert_close(got, want.out_of_sample[:3])
        assert all(row["threshold_low"] <= row["threshold"] <= row["threshold_high"] for row in found["classes"][:3])
    one = cli.tune_scores(scores[1], per_class=False, n_resamples=0)
    assert one["together"]["cross_fitted"] == pytest.approx(cross_fit(probs, targets, per_class=False).out_of_sample.item())
    shrunk = cli.tune_scores(scores[1], shrink=True)
    assert shrunk["thresholds"] == shrunk_thresholds(probs, targets).thresholds.tolist()
    assert not any(row["shared"] for row in shrunk["classes"]) and finite(shrunk)
    done = []
    cli.tune_scores(scores[1], n_resamples=30, progress=lambda parts, total: done.append(total) or parts)
    assert done == [1, 1], "once for all together, once for each class"


@pytest.mark.parametrize("options", [("--resamples", 20), ("--no-per-class", "--resamples", 0)])
def test_tune_draws_a_card_for_each_class(run, scores, tmp_path, options):
    file, table = scores
    code, out, err = run("tune", file, "--cards", tmp_path / "deep" / "cards.html", *options)
    assert code == 0 and "cards.html has them" in out and not err
    page = (tmp_path / "deep" / "cards.html").read_text(encoding="utf-8")
    assert all(f">{name}</h" in page for name in table.classes) and "<script" not in page
    assert page.count("<img") >= len(table.classes)


def test_tune_one_threshold_and_a_price(run, scores, tmp_path):
    from multilabel.cuts import ExpectedCost
    from multilabel.thresholds import best_threshold
    file, (probs, targets, _) = scores
    code, out, err = run("tune", file, "--metric", "cost", "--miss", 5, "--no-per-class", "--resamples", 0, "--out", tmp_path / "t.json")
    assert code == 0, out + err
    found = json.loads((tmp_path / "t.json").read_text())
    best = best_threshold(probs, targets, ExpectedCost(5, 1))
    assert found["thresholds"] == [best.threshold.item()] * 4 and found["together"]["score"] == pytest.approx(best.score.item())
    assert found["per_class"] is False and "fewer" not in out and "*" not in out


def test_labels_in_words(run, scores, tmp_path):
    file, (probs, targets, classes) = scores
    frame = pd.read_csv(file).filter(regex="fname|prob_")
    frame["labels"] = ["|".join(c for c, yes in zip(classes, row) if yes) for row in targets.tolist()]
    frame.to_csv(tmp_path / "words.csv", index=False)
    sentence(run("tune", tmp_path / "words.csv"), "label_col", "labels")
    code, out, err = run("tune", tmp_path / "words.csv", "--label-col", "labels", "--sep", "|", "--resamples", 20)
    assert code == 0, out + err
    def table(said): return [line for line in said.splitlines() if line.strip() and ".csv" not in line]
    assert len(table(out)) > 6 and table(out) == table(run("tune", file, "--resamples", 20)[1])


def test_tuned_thresholds_are_what_predict_goes_by(run, trained, desks, tmp_path):
    "In a new process; the rest of the model is as it was, but for scores that aren't true any longer."
    folder = Path(shutil.copytree(trained[0], tmp_path / "model"))
    before = json.loads((folder / "model.json").read_text())
    done = new_process("tune", folder / "scores_valid.csv", "--metric", "f2", "--model", folder, "--resamples", 20, "--min-positives", 1)
    assert done.returncode == 0 and "Warning" not in done.stderr and "Traceback" not in done.stderr, done.stderr
    after = json.loads((folder / "model.json").read_text())
    assert after["thresholds"] != before["thresholds"] and after["tuned"]["metric"] == "f2"
    assert {k: v for k, v in after.items() if k not in ("thresholds", "scores", "tuned")} == {k: v for k, v in before.items() if k not in ("thresholds", "scores")}
    assert "mean_average_precision" in after["scores"] and "macro_f1" not in after["scores"]
    code, _, err = run("predict", folder, desks / "images", "--labels", desks / "labels.csv", "--part", "valid", "--csv", tmp_path / "p.csv")
    assert code == 0, err
    frame = pd.read_csv(tmp_path / "p.csv", keep_default_na=False)
    valid = pd.read_csv(folder / "scores_valid.csv")
    assert [Path(name).name for name in frame.fname] == [Path(name).name for name in valid.fname]
    for name, threshold in zip(after["classes"], after["thresholds"]):
        assert [name in labels.split() for labels in frame.labels] == (frame[f"prob_{name}"] > threshold).tolist()
        assert frame[f"true_{name}"].tolist() == valid[f"true_{name}"].tolist()
        # The same pictures in other batches: the same answers but for the last digit.
        assert np.abs(frame[f"prob_{name}"] - valid[f"prob_{name}"]).max() < 1e-4
    assert run("tune", tmp_path / "p.csv", "--resamples", 0)[0] == 0, "what predict --labels writes is what tune reads"


def test_tune_finds_the_models_order(run, trained, tmp_path):
    folder = Path(shutil.copytree(trained[0], tmp_path / "model"))
    frame = pd.read_csv(folder / "scores_valid.csv")
    frame[frame.columns[::-1]].to_csv(tmp_path / "turned.csv", index=False)
    assert run("tune", folder / "scores_valid.csv", "--resamples", 0, "--out", tmp_path / "t.json", "--model", folder)[0] == 0
    first = json.loads((folder / "model.json").read_text())
    assert run("tune", tmp_path / "turned.csv", "--resamples", 0, "--model", folder)[0] == 0
    assert json.loads((folder / "model.json").read_text())["thresholds"] == first["thresholds"] == json.loads((tmp_path / "t.json").read_text())["thresholds"]


def test_what_tune_refuses(run, scores, face_model, desk_model, tmp_path):
    file, _ = scores
    sentence(run("tune", tmp_path / "gone.csv"), "gone.csv")
    sentence(run("tune", file, "--metric", "ff"), "metric", "ff", "f1")
    sentence(run("tune", file, "--miss", 3), "--miss", "cost")
    sentence(run("tune", file, "--metric", "cost", "--miss", -3), "miss", "-3")
    sentence(run("tune", file, "--resamples", -1), "--resamples", "-1")
    sentence(run("tune", file, "--resamples", 3), "--resamples", "20 or more", "got 3")
    sentence(run("tune", file, "--shrink", "--no-per-class"), "shrink", "per_class")
    sentence(run("tune", file, "--min-positives", 0), "--min-positives", "0")
    sentence(run("tune", file, "--label-col", "tags"), "tags")
    sentence(run("tune", file, "--model", face_model), "kind", "classifier")
    sentence(run("tune", file, "--model", tmp_path / "nowhere"), "nowhere", "model")
    sentence(run("tune", file, "--out", tmp_path), "--out", "folder")
    frame = pd.read_csv(file)
    frame.head(9).to_csv(tmp_path / "few.csv", index=False)
    sentence(run("tune", tmp_path / "few.csv"), "10 pictures or more", "got 9")
    frame.rename(columns=lambda c: c.replace("pencil", "ruler")).to_csv(tmp_path / "other.csv", index=False)
    before = (desk_model / "model.json").read_bytes()
    sentence(run("tune", tmp_path / "other.csv", "--model", desk_model), "ruler", "pencil")
    frame.assign(prob_pen=2).to_csv(tmp_path / "two.csv", index=False)
    sentence(run("tune", tmp_path / "two.csv", "--model", desk_model), "prob_pen", "[0, 1]", "row 1")
    frame.drop(columns=[c for c in frame if c.startswith("true_")]).to_csv(tmp_path / "untrue.csv", index=False)
    sentence(run("tune", tmp_path / "untrue.csv", "--model", desk_model), "true_<class>")
    assert (desk_model / "model.json").read_bytes() == before


def test_tune_stopped_or_failing_leaves_the_model_whole(run, scores, desk_model, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(desk_model, tmp_path / "model"))
    before = (folder / "model.json").read_bytes()
    def stop(*args, **kwargs): raise KeyboardInterrupt
    monkeypatch.setattr(os, "replace", stop)
    code, out, err = run("tune", scores[0], "--resamples", 0, "--model", folder)
    assert code == 130 and "stopped" in out + err and "Traceback" not in out + err
    assert (folder / "model.json").read_bytes() == before and sorted(p.name for p in folder.iterdir()) == ["model.json", "model.safetensors"]


def test_what_predict_refuses_of_labels(run, desk_model, face_model, desks, people, tmp_path):
    images, table = desks / "images", desks / "labels.csv"
    sentence(run("predict", desk_model, images, images, "--labels", table), "one folder")
    sentence(run("predict", desk_model, images / "test_00000.png", "--labels", table), "one folder")
    sentence(run("predict", desk_model, images, "--labels", table, "--part", "dev"), "--part", "dev", "valid")
    sentence(run("predict", desk_model, images, "--part", "valid"), "--part", "--labels")
    sentence(run("predict", desk_model, images, "--labels", people / "centers.csv"), "labels")
    sentence(run("predict", face_model, people / "images", "--labels", table), "kind", "classifier")
    frame = pd.read_csv(table).head(8)
    for name, changed, words in [("unknown", frame.assign(labels="ruler"), ["ruler", "classes"]), ("twice", pd.concat([frame, frame]), ["twice", frame.fname[0]]),
                                 ("plain", frame[["fname", "labels"]], ["--part", "no split"])]:
        changed.to_csv(tmp_path / f"{name}.csv", index=False)
        sentence(run("predict", desk_model, images, "--labels", tmp_path / f"{name}.csv", *(["--part", "test"] if name == "plain" else [])), *words)
    frame.assign(fname=["gone.png", *frame.fname[1:]]).to_csv(tmp_path / "gone.csv", index=False)
    code, out, err = run("predict", desk_model, images, "--labels", tmp_path / "gone.csv", "--csv", tmp_path / "p.csv")
    assert code == 1 and "gone.png" in err and len(pd.read_csv(tmp_path / "p.csv")) == 7


# What is refused

def sentence(result, *words):
    "Exit status 1 and a sentence, no traceback."
    code, out, err = result
    assert code not in (0, None) and "Traceback" not in out + err, out + err
    for word in words: assert str(word).lower() in re.sub(r"\s+", " ", out + err).lower(), f"{word!r} is not in: {out + err}"


def test_what_predict_refuses(run, desk_model, face_model, tmp_path):
    Image.fromarray(four_quarters()).save(tmp_path / "a.png")
    (tmp_path / "empty").mkdir()
    sentence(run("predict", tmp_path / "nowhere", tmp_path / "a.png"), "nowhere", "model")
    sentence(run("predict", desk_model, tmp_path / "empty"), "empty", "no picture")
    for name in ("model.json", "model.safetensors"):
        folder = Path(shutil.copytree(desk_model, tmp_path / name))
        (folder / name).write_bytes(b"broken")
        sentence(run("predict", folder, tmp_path / "a.png"), name)
    settings = json.loads((desk_model / "model.json").read_text())
    folder = Path(shutil.copytree(desk_model, tmp_path / "edited"))
    for change in ({"kind": "other"}, {"thresholds": [math.nan] * 4}, {"size": [0, 0]}, {"arch": "os.system"}):
        (folder / "model.json").write_text(json.dumps({**settings, **change}))
        sentence(run("predict", folder, tmp_path / "a.png"), "model.json")


def test_a_csv_that_cannot_be_written_is_said_in_words(run, desk_model, tmp_path):
    Image.fromarray(four_quarters()).save(tmp_path / "a.png")
    code, out, err = run("predict", desk_model, tmp_path / "a.png", "--csv", tmp_path / "no" / "such" / "out.csv")
    if code: sentence((code, out, err), "such")
    else: assert (tmp_path / "no" / "such" / "out.csv").is_file()
    assert ".writing" not in err
    sentence(run("predict", desk_model, tmp_path / "a.png", "--csv", tmp_path), str(tmp_path))


@pytest.mark.parametrize("options, words", [
    (["--arch", "os.system"], ["arch", "os.system"]), (["--epochs", 0], ["epochs", "0"]), (["--epochs", -1], ["epochs", "-1"]), (["--size", 0], ["size", "0"]),
    (["--batch-size", -2], ["-2"]), (["--lr", -1], ["lr", "-1"]), (["--metric", "ff"], ["metric", "ff", "f1"]), (["--flip", "up"], ["flip", "up", "sides"]),
    (["--on-problem", "skip"], ["on_problem", "skip", "drop"]), (["--label-col", "tags"], ["tags", "labels"]), (["--sep", ""], ["sep"]),
    (["--classes", "pen,pencil"], ["book"]), (["--pretrained"], ["pretrained", "small"]), (["--threads", -1], ["threads", "-1"])])
def test_what_train_refuses(run, desks, tmp_path, options, words):
    sentence(run("train", *tiny(desks / "labels.csv", desks / "images", tmp_path / "m"), *options), *words)
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_tables_that_train_refuses(run, desks, people, tmp_path):
    out = tmp_path / "m"
    sentence(run("train", *tiny(tmp_path / "gone.csv", desks / "images", out)), "gone.csv")
    sentence(run("train", *tiny(desks / "labels.csv", tmp_path, out)), "missing", "train_00000.png", "72")
    sentence(run("train", *tiny(people / "centers.csv", people / "images", out)), "labels", "person")
    sentence(run("train-points", *tiny(desks / "labels.csv", desks / "images", out)), "row", "col")
    frame = pd.read_csv(people / "centers.csv").rename(columns={"row": "col", "col": "row"})
    frame.loc[0, "row"] = 1000
    frame.to_csv(tmp_path / "swapped.csv", index=False)
    sentence(run("train-points", *tiny(tmp_path / "swapped.csv", people / "images", out)), "swapped", frame.fname[0])
    frame = pd.read_csv(desks / "labels.csv")
    frame.assign(split="train").to_csv(tmp_path / "all.csv", index=False)
    sentence(run("train", *tiny(tmp_path / "all.csv", desks / "images", out)), "split")
    (tmp_path / "file").write_text("mine")
    sentence(run("train", *tiny(desks / "labels.csv", desks / "images", tmp_path / "file")), "file", "folder")
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.csv", "file", "swapped.csv"]


# Stopping

def test_stopped_in_the_middle_of_writing(tmp_path, monkeypatch):
    "The folder is as it was, and nothing stands beside it."
    out, handler = tmp_path / "model", signal.getsignal(signal.SIGINT)
    with cli.whole_or_not_at_all(out) as staged: (staged / "a.txt").write_text("old")
    assert (out / "a.txt").read_text() == "old" and not staged.exists()
    with pytest.raises(KeyboardInterrupt), cli.whole_or_not_at_all(out) as staged:
        (staged / "a.txt").write_text("new")
        (staged / "b.txt").write_text("new")
        raise KeyboardInterrupt
    assert (out / "a.txt").read_text() == "old" and [p.name for p in tmp_path.rglob("*")] == ["model", "a.txt"]
    with cli.whole_or_not_at_all(out) as staged:
        (staged / "deep").mkdir()
        (staged / "deep" / "b.txt").write_text("new")
    assert (out / "deep" / "b.txt").read_text() == "new" and (out / "a.txt").read_text() == "old"
    assert signal.getsignal(signal.SIGINT) is handler
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file"), cli.whole_or_not_at_all(tmp_path / "file"): pass


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_leaves_nothing_half_written(desks, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    args = ["train", desks / "labels.csv", desks / "images", "--out", work / "model", "--size", 32, "--epochs", 5000]
    def as_in_a_shell(): signal.signal(signal.SIGINT, signal.default_int_handler)  # pytest may run where it is ignored
    with open(tmp_path / "err", "w") as err, subprocess.Popen([*COMMAND, *map(str, args)], stdout=subprocess.PIPE, stderr=err, text=True,
                                                             preexec_fn=as_in_a_shell, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as job:
        for line in job.stdout:  # the table comes first; then its folder is made, and training begins
            if "(pictures)" in line: break
        while job.poll() is None and not list(work.iterdir()): pass
        wait_until_busy(job)
        assert job.poll() is None and list(work.iterdir()), "it is training"
        job.send_signal(signal.SIGINT)
        said = job.stdout.read()
    said += (tmp_path / "err").read_text()
    assert job.returncode not in (0, None)
    assert list(work.iterdir()) == [], "no model, no staging folder"
    assert job.returncode == 130 and "stopped" in said and "Traceback" not in said, (job.returncode, said[-500:])


def wait_until_busy(job):
    "Until the network is at work: the process has used a few seconds of the processor since."
    def used():
        stat = Path(f"/proc/{job.pid}/stat")
        if not stat.exists(): return math.inf
        return sum(map(int, stat.read_text().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")
    import time
    start = used()
    while job.poll() is None and used() < start + 3: time.sleep(.05)


# Real tables

def shared(name):
    if not (SHARED / name).is_dir(): pytest.skip(f"{SHARED / name} is not there")
    return SHARED / name


def test_planet(run, tmp_path):
    folder = shared("planet")
    frame = pd.read_csv(folder / "labels.csv")
    kept = pd.concat([frame[~frame.is_valid].head(48), frame[frame.is_valid].head(16)])
    known = set(" ".join(kept[~kept.is_valid].labels).split())
    kept["labels"] = [" ".join(n for n in labels.split() if n in known) for labels in kept.labels]
    kept.to_csv(tmp_path / "labels.csv", index=False)
    code, out, err = run("train", *tiny(tmp_path / "labels.csv", folder / "images", tmp_path / "m", "--flip", "both"))
    assert code == 0, out + err
    assert "primary" in out and load_classifier(tmp_path / "m").settings["size"] == [32, 32]
    scores = json.loads((tmp_path / "m" / "scores.json").read_text())
    assert scores["classifier"]["n_pictures"] == 16 and finite(scores)


def test_faces(run, tmp_path):
    folder = shared("faces")
    frame = pd.read_csv(folder / "centers.csv")
    people = [*frame[~frame.is_valid].person.unique()[:4], *frame[frame.is_valid].person.unique()[:1]]
    frame[frame.person.isin(people)].to_csv(tmp_path / "centers.csv", index=False)
    code, out, err = run("train-points", *tiny(tmp_path / "centers.csv", folder / "images", tmp_path / "m"))
    assert code == 0, out + err
    assert json.loads((tmp_path / "m" / "scores.json").read_text())["points"]["baseline_error_px"] > 0
    assert torch.isfinite(load_points(tmp_path / "m").predict(folder / "images" / frame.fname[0]).points).all()
