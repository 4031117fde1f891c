"""Make the picture at the top of the README from what `make demo` trained.

    python tools/picture.py runs/demo nbs/images/demo.png
"""
import sys
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image

from multilabel import datasets
from multilabel.classifier import load_classifier
from multilabel.cli import DEMO
from multilabel.plots import COLORS
from multilabel.threshold_plots import plot_threshold_curve
from multilabel.regression import load_points
from multilabel.tables import label_table, point_table
from multilabel.thresholds import threshold_curve

MARKS = {(True, True): "✓ {}", (True, False): "✗ {}", (False, True): "○ {}"}


def desks():
    "The demo's table of desks; drawn already, so this takes no time."
    n = DEMO["n"]
    folder = datasets.stationery(n_train=n[0], n_valid=n[1], n_test=n[2], size=DEMO["size"])
    return label_table(folder / "labels.csv", folder / "images", classes=datasets.CLASSES)


def faces():
    "The demo's table of faces."
    folder = datasets.faces(n_people=DEMO["people"], per_person=8, size=DEMO["size"], **DEMO["dials"])
    return point_table(folder / "centers.csv", folder / "images")


def show(
    ax, # axes
    path, # a picture
    title:str, # below it
):
    "A picture without axes."
    ax.imshow(Image.open(path))
    ax.set_axis_off()
    ax.text(.5, -.04, title, fontsize=9, ha="center", va="top", transform=ax.transAxes, linespacing=1.25)


def main(
    model:Path, # folder that `multilabel demo` wrote
    out:Path, # PNG
):
    "Eight desks and what the network says, the curve, and four faces."
    table, classifier = desks(), load_classifier(model / "classifier")
    rows, targets = table.rows("test")[:8], table.targets("test")[:8].bool()
    said = classifier.predict(list(rows.path))
    figure = plt.figure(figsize=(9.2, 4.2), dpi=100)
    grid = figure.add_gridspec(2, 4, left=.005, right=.61, top=.99, bottom=.14, hspace=.42, wspace=.06)
    beside = figure.add_gridspec(2, 2, left=.70, right=.995, top=.97, bottom=.14, hspace=.42, wspace=.06)
    for i, path in enumerate(rows.path):
        answers = [(n, bool(p > t), bool(y)) for n, p, t, y in zip(table.classes, said.probs[i], said.thresholds, targets[i])]
        words = [MARKS[yes, true].format(name) for name, yes, true in answers if yes or true]
        if not any(yes for _, yes, _ in answers): words.insert(0, "nothing")
        show(figure.add_subplot(grid[i // 4, i % 4]), path, "\n".join(words))
    valid = table.rows("valid")
    curve = threshold_curve(classifier.predict(list(valid.path)).probs, table.targets("valid"), "accuracy")
    plot_threshold_curve(curve, ax=figure.add_subplot(beside[0, :])).yaxis.label.set_size(8.5)
    table = faces()
    people = table.rows("test").drop_duplicates("group")[:2]
    points = load_points(model / "points").predict(list(people.path)).points
    for i, (path, (row, col)) in enumerate(zip(people.path, points.tolist())):
        ax = figure.add_subplot(beside[1, i])
        show(ax, path, f"row {row:.0f}, col {col:.0f}")
        ax.plot(col, row, "+", color="black", ms=13, mew=3.4)
        ax.plot(col, row, "+", color=COLORS[4], ms=12, mew=1.8)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=100)
    image = Image.open(out).convert("P", palette=Image.Palette.ADAPTIVE, colors=255)  # a third of the size
    image.save(out, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
