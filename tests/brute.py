"What the tests of thresholds share: tables full of corner cases, and scores in exact fractions."
import math
import warnings
from fractions import Fraction

import torch
from hypothesis import strategies as st

from multilabel.cuts import ExpectedCost
from multilabel.metrics import UndefinedScore

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
TARGET_DTYPES = [torch.bool, torch.uint8, torch.int64, torch.float32, torch.float64]


def corner_values(dtype):
    "Both ends, subnormals, neighbors without a number between, and numbers around one half."
    info = torch.finfo(dtype)
    tiny = info.smallest_normal * info.eps   # the smallest subnormal
    just_below = 1 - info.eps / 2
    return [0.0, 1.0, tiny, 2 * tiny, 3 * tiny, info.smallest_normal, 0.5, 0.5 + info.eps / 2, 0.5 + info.eps,
            0.5 - info.eps / 4, 0.25, 0.75, just_below, just_below - info.eps / 2, 0.125, 0.875]


@st.composite
def cases(draw, max_rows=7, max_classes=3):
    "Probabilities and targets with ties everywhere, in any dtype and memory layout."
    dtype = draw(st.sampled_from(DTYPES))
    n, n_classes = draw(st.integers(1, max_rows)), draw(st.integers(1, max_classes))
    anything = st.floats(0, 1)
    value = draw(st.sampled_from([st.sampled_from(corner_values(dtype)), st.sampled_from([0.25, 0.5, 0.75]),
                                  anything, st.just(draw(anything))]))   # the last: all are equal
    cells = n * n_classes
    probs = torch.tensor(draw(st.lists(value, min_size=cells, max_size=cells)), dtype=torch.float64).to(dtype)
    bit = draw(st.sampled_from([st.booleans(), st.just(True), st.just(False)]))
    targets = torch.tensor(draw(st.lists(bit, min_size=cells, max_size=cells)))
    probs, targets = probs.reshape(n, n_classes), targets.reshape(n, n_classes)
    targets = targets.to(draw(st.sampled_from(TARGET_DTYPES)))
    return draw(layouts)(probs), draw(layouts)(targets)


def transposed(x): return x.T.contiguous().T


def strided(x):
    wide = torch.zeros(2 * x.shape[0], 3 * x.shape[1], dtype=x.dtype)
    wide[::2, ::3] = x
    return wide[::2, ::3]


layouts = st.sampled_from([lambda x: x, transposed, strided])


def quietly(function, *args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedScore)
        return function(*args)


def exact_score(metric, tp, fp, fn, tn):
    "The textbook's formulas on Python integers, None for 0/0; Matthews' correlation alone is a rounded number."
    p, n = tp + fn, fp + tn
    if isinstance(metric, ExpectedCost):
        return -(Fraction(metric.miss) * fn + Fraction(metric.false_alarm) * fp) / (p + n)
    if metric == "mcc":
        below = p * n * (tp + fp) * (fn + tn)
        return (tp * tn - fp * fn) / math.sqrt(below) if below else None
    if metric in ("youden", "balanced_accuracy"):
        if not (p and n): return None
        recall, specificity = Fraction(tp, p), Fraction(tn, n)
        return recall + specificity - 1 if metric == "youden" else (recall + specificity) / 2
    if metric[1:].replace(".", "").isdigit():
        b = Fraction(metric[1:]) ** 2
        above, below = (1 + b) * tp, (1 + b) * tp + b * fn + fp
    else: above, below = {"accuracy": (tp + tn, p + n), "precision": (tp, tp + fp), "recall": (tp, p)}[metric]
    return Fraction(above) / below if below else None
