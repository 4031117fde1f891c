"""How long the best thresholds take: ours, the chapter's loop, scikit-learn and torchmetrics, in turn on the same arrays.

    python benchmarks/thresholds.py            up to 1,000,000 x 100, growth to ten million rows: twenty minutes, 8 GB
    python benchmarks/thresholds.py --quick    5,000 x 20 and 100,000 x 80, growth to a million rows: some minutes

Answers are compared before anything is timed. Writes a table (Markdown) and a plot into runs/bench.
"""
import argparse
import gc
import math
import statistics
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import precision_recall_curve
from torch import Tensor

from multilabel.thresholds import ThresholdStream, best_threshold, best_thresholds

GRID = torch.linspace(0.05, 0.95, 29)


def simulated(
    n:int, # rows
    n_classes:int, # columns
)->tuple: # probabilities, float32, and targets, bool, both (n, n_classes)
    "Scores of a model that is often right; classes from one in two hundred to one in three."
    rng = torch.Generator().manual_seed(0)
    targets = torch.rand(n, n_classes, generator=rng) < torch.linspace(0.005, 0.3, n_classes)
    logits = torch.empty(n, n_classes).normal_(generator=rng).mul_(1.5).sub_(2.5).add_(targets, alpha=2.5)
    return logits.sigmoid_(), targets


def best_f1(
    precision, # of each threshold, as scikit-learn and torchmetrics return it
    recall, # of each threshold
)->float:
    "The highest F1 of a precision-recall curve."
    with np.errstate(invalid="ignore"):
        return float(np.nanmax(2 * precision * recall / (precision + recall)))


def loop(
    probs:Tensor, # (n, n_classes)
    targets:Tensor, # bool (n, n_classes)
    thresholds:Tensor=GRID, # those that are tried
)->float:
    "The chapter's way: thresholded accuracy at each of some thresholds, the highest."
    return max(((probs > t) == targets).float().mean().item() for t in thresholds)


def scikit_learn(probs, targets):
    "The exact precision-recall curve of each class, and its best F1."
    pairs = (precision_recall_curve(targets[:, k], probs[:, k])[:2] for k in range(probs.shape[1]))
    return [best_f1(*pair) for pair in pairs]


def torchmetrics_exact(probs, targets):
    "The same with torchmetrics."
    from torchmetrics.functional.classification import multilabel_precision_recall_curve
    curves = multilabel_precision_recall_curve(probs, targets, num_labels=probs.shape[1])
    return [best_f1(p.numpy(), r.numpy()) for p, r in zip(*curves[:2])]


def streamed(probs, targets, look=False):
    "Ours, from batches of 65,536 rows; with a second look, exact."
    stream, batches = ThresholdStream(probs.shape[1]), list(zip(probs.split(1 << 16), targets.split(1 << 16)))
    for batch in batches: stream.update(*batch)
    if not look: return stream.compute()
    second = stream.second_look()
    for batch in batches: second.update(*batch)
    return second.compute()


def peers(
    probs:Tensor, # (n, n_classes)
    targets:Tensor, # bool (n, n_classes)
)->dict: # name to function
    "Everybody's way, each with its arrays in the form that it likes."
    p, t, labels = probs.numpy(), targets.numpy(), targets.to(torch.int32)
    ways = {"reading the arrays once": lambda: (probs.sum(), targets.sum()),
            "ours: F1, each class": lambda: best_thresholds(probs, targets),
            "ours: accuracy, one for all": lambda: best_threshold(probs, targets, "accuracy"),
            "ours: F1, streamed": lambda: streamed(probs, targets),
            "ours: F1, streamed, second look": lambda: streamed(probs, targets, look=True),
            "the chapter's loop, 29 thresholds": lambda: loop(probs, targets),
            "numpy argsort of each class": lambda: [np.argsort(p[:, k]) for k in range(p.shape[1])],
            "scikit-learn, exact curve a class": lambda: scikit_learn(p, t),
            "torchmetrics, exact curve a class": lambda: torchmetrics_exact(probs, labels)}
    if probs.numel() > 1e7: return ways     # the last would take minutes
    return {**ways, "the chapter's loop, 1,000": lambda: loop(probs, targets, torch.linspace(0, 1, 1000))}


def compare(
    probs:Tensor, # (n, n_classes)
    targets:Tensor, # bool (n, n_classes)
):
    "Stop unless all who claim to be exact agree, and no grid beats the exact best."
    own, one = best_thresholds(probs, targets), best_threshold(probs, targets, "accuracy")
    assert torch.equal(own.scores, streamed(probs, targets, look=True).scores)
    assert one.score >= loop(probs, targets) - 1e-6      # their mean is a float32
    few = slice(0, min(probs.shape[1], 4 if len(probs) > 500_000 else 80))
    for theirs in (scikit_learn(probs[:, few].numpy(), targets[:, few].numpy()),
                   torchmetrics_exact(probs[:, few], targets[:, few].to(torch.int32))):
        np.testing.assert_allclose(own.scores[few], theirs, rtol=1e-6)


def timed(
    way, # a function
    number:int=1, # calls
)->float: # seconds a call
    "How long a call takes; the garbage collector is off, as in timeit."
    gc.disable()
    start = time.perf_counter()
    for _ in range(number): way()
    gc.enable()
    return (time.perf_counter() - start) / number


def medians(
    ways:dict, # name to function
    repeats:int, # how many turns each gets
    patience:float=10., # seconds: who has taken longer gets no more turns
)->dict: # name to seconds
    "All in turn, several times over; in a turn as many calls as fit into 0.05 s; the median time of each."
    first = {name: timed(way) for name, way in ways.items()}
    times = {name: [] for name in ways}
    for _ in range(repeats):
        gc.collect()
        for name, way in ways.items():
            if sum(times[name]) > patience: continue  # slow: once or twice is enough to see how slow
            times[name].append(timed(way, max(1, int(0.05 / first[name]))))
    return {name: statistics.median(taken) for name, taken in times.items()}


def extra_memory(
    way, # a function
): # megabytes at its peak beyond what was there before; None where Linux isn't
    "What a call needs beside its inputs."
    status = Path("/proc/self/status")
    if not status.exists(): return None
    def line(name): return next(int(s.split()[1]) for s in status.read_text().splitlines() if s.startswith(name))
    gc.collect()
    before = line("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    way()
    return (line("VmHWM") - before) / 1024


def table(
    n:int, # rows
    n_classes:int, # columns
    repeats:int, # how often each is called
)->str: # Markdown
    "One size: time with one thread and with all, beside scikit-learn's or argsort's."
    probs, targets = simulated(n, n_classes)
    all_threads, ways = torch.get_num_threads(), peers(probs, targets)
    memory = {name: extra_memory(way) for name, way in ways.items() if name.startswith("ours")}
    compare(probs, targets)
    measured = {}
    for threads in sorted({1, all_threads}):
        torch.set_num_threads(threads)
        measured[threads] = medians(ways, repeats)
    one, many = measured[1], measured[all_threads]
    ours = one["ours: F1, each class"]
    lines = [f"### {n:,} x {n_classes}", "",
             f"| | one thread | times ours (F1, each class) | {all_threads} threads | extra memory |", "|---|---|---|---|---|"]
    for name in ways:
        extra = f"{memory[name]:.0f} MB" if memory.get(name) is not None else ""
        lines.append(f"| {name} | {one[name] * 1e3:.1f} ms | {one[name] / ours:.2f} | {many[name] * 1e3:.1f} ms | {extra} |")
    return "\n".join(lines) + "\n"


def growth(
    sizes:list, # numbers of rows
    n_classes:int=10, # columns
)->dict: # name to a list of seconds
    "Time against the number of rows, on one thread."
    torch.set_num_threads(1)
    found = {}
    for n in sizes:
        probs, targets = simulated(n, n_classes)
        ways = peers(probs, targets)
        wanted = [name for name in ways if "1,000" not in name and "reading" not in name]
        for name, seconds in medians({name: ways[name] for name in wanted}, 5 if n < 3e6 else 3).items():
            found.setdefault(name, []).append((n, seconds))
    return found


def slope(
    points:list, # pairs (rows, seconds)
    least:int=10_000, # rows from which it is looked at
)->float:
    "How time grows: 1 is in proportion to the rows."
    logs = np.log([pair for pair in points if pair[0] >= least])
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0]) if len(logs) > 1 else math.nan


def draw(
    found:dict, # from `growth`
    path:Path, # a PNG
):
    "Time against rows, both on scales of powers of ten."
    import matplotlib
    matplotlib.use("agg")
    from matplotlib import pyplot as plt
    ax = plt.subplots(figsize=(7, 4), dpi=100, layout="constrained")[1]
    for name, points in found.items():
        ax.loglog(*zip(*points), "o-" if name.startswith("ours") else "s--", markersize=4, label=name)
    ax.set(xlabel="rows, 10 classes", ylabel="seconds, one thread")
    ax.legend(fontsize=8, frameon=False, bbox_to_anchor=(1, 0.5), loc="center left")
    ax.figure.savefig(path)


def main():
    "Measure, print, and write."
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="without 1,000,000 x 100 and ten million rows")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder for table and plot")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    all_threads = torch.get_num_threads()
    args.out.mkdir(parents=True, exist_ok=True)
    text = ""
    for n, n_classes, repeats in [(5_000, 20, 15), (100_000, 80, 7)] + [(1_000_000, 100, 3)] * (not args.quick):
        torch.set_num_threads(all_threads)
        text += table(n, n_classes, repeats) + "\n"
        print(text[text.rindex("###"):], flush=True)
    found = growth([10 ** k for k in range(3, 7 if args.quick else 8)])
    rows = [f"| {name} | {slope(points):.2f} |" for name, points in found.items()]
    text += "\n".join(["### Growth from 10,000 rows on", "", "| | slope in log-log |", "|---|---|", *rows]) + "\n"
    print(text[text.rindex("###"):])
    (args.out / "thresholds.md").write_text(text, encoding="utf-8")
    draw(found, args.out / "thresholds.png")
    print(f"written to {args.out}")


if __name__ == "__main__": main()
