"Decision cards: right counts, right words, no promise of what isn't known, pages that stand alone."
import itertools
import math
import re
import warnings
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import confusion_matrix, f1_score

from multilabel.cards import (MEANINGS, ROWS, DecisionCard, Outcome, card_figure, cards_frame,
                              cards_html, cards_page, decision_cards, digits_needed, neighbors,
                              next_ones, outcome_at, share_of, small_png, staircase, tally, trade)
from multilabel.cuts import COUNT_METRICS, ExpectedCost
from multilabel.thresholds import best_thresholds
from multilabel.uncertainty import analytic_intervals, bootstrap_intervals, cross_fit

CLASSES = ["pen", "pencil", "eraser", "book"]


def simulate(n, seed=0, shares=(.4, .35, .25, .04)):
    rng = torch.Generator().manual_seed(seed)
    present = torch.rand(n, len(shares), generator=rng) < torch.tensor(shares)
    logits = 3 * (present.float() - .5) + 1.5 * torch.randn(n, len(shares), generator=rng)
    return torch.sigmoid(logits - 1), present.int()


@pytest.fixture(scope="module")
def table(): return simulate(400)


@pytest.fixture(scope="module")
def cards(table): return decision_cards(*table, CLASSES, n_resamples=100)


def outcome(found, missed, wrong, left_out, threshold=.5):
    return Outcome(threshold, found, missed, wrong, left_out, .5)


# Counts

@pytest.mark.parametrize("threshold", [0., .1, .31, .5, .9, 1.])
def test_an_outcome_counts_as_scikit_learn_does(table, threshold):
    probs, present = table[0][:, 0], table[1][:, 0] == 1
    o = outcome_at(probs, present, threshold)
    tn, fp, fn, tp = confusion_matrix(present, probs > threshold, labels=[False, True]).ravel()
    assert (o.found, o.missed, o.wrong, o.left_out) == (tp, fn, fp, tn)
    assert (o.positives, o.others, o.named) == (tp + fn, fp + tn, tp + fp)
    assert all(type(count) is int for count in o[1:5])
    assert o.score == pytest.approx(f1_score(present, probs > threshold))


def test_neighbors_against_brute_force():
    rng = torch.Generator().manual_seed(3)
    for case in range(200):
        n = int(torch.randint(1, 12, (), generator=rng))
        probs = torch.randint(0, 6, (n,), generator=rng).float() / 5
        present = torch.rand(n, generator=rng) < .5
        threshold, step = torch.rand((), generator=rng).item(), (.1, .5, 1.)[case % 3]
        now = int((probs > threshold).sum())
        move = max(1, round(step * now))
        can = sorted({int((probs > t).sum()) for t in [0., *probs.tolist()]})
        above, below = [c for c in can if c > now], [c for c in can if c < now]
        more, fewer = neighbors(probs, present, threshold, step=step)
        assert (more is None) == (not above) and (fewer is None) == (not below)
        if above: assert more.named == min([c for c in above if c >= now + move], default=max(above))
        if below: assert fewer.named == max(c for c in below if c <= now - move)
        for o in (more, fewer):
            if o is not None: assert o[:5] == outcome_at(probs, present, o.threshold)[:5]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_staircase_is_exact_and_its_best_is_the_best(dtype):
    probs, targets = simulate(300, seed=5)
    probs = probs.to(dtype)
    for k in range(4):
        curve = staircase(probs[:, k], targets[:, k] == 1)
        assert curve.scores.nan_to_num(0).max() == best_thresholds(probs, targets).scores[k]
        assert (curve.thresholds.diff() >= 0).all() and curve.thresholds[-1] == 1
        for t, score in list(zip(curve.thresholds.tolist(), curve.scores.tolist()))[::40]:
            near = [outcome_at(probs[:, k].double(), targets[:, k] == 1, min(max(t + e, 0), 1)).score
                    for e in (-1e-9, 0, 1e-9)]
            assert score in near or math.isnan(score)


def test_staircase_of_many_stays_small_and_keeps_the_extremes():
    probs, targets = simulate(50_000, seed=6)
    curve = staircase(probs[:, 0], targets[:, 0] == 1)
    assert len(curve.scores) < 2500
    assert curve.scores.nan_to_num(0).max() == best_thresholds(probs, targets).scores[0]
    flat = staircase(probs[:, 0], torch.ones(50_000, dtype=torch.bool), "precision")
    assert len(flat.scores) > 0


@pytest.mark.parametrize("values", [[0., 1.], [0., 0.], [1., 1.], [.5, .5], [0., .3, 1.]])
def test_staircase_at_the_ends(values):
    probs = torch.tensor(values)
    curve = staircase(probs, torch.arange(len(values)) % 2 == 0, "accuracy")
    assert len(curve.thresholds) == len(curve.scores) and len(curve.scores) % 2 == 0
    assert curve.thresholds[0] == 0 and curve.thresholds[-1] == 1


# Words

CASES = [
    ((88, 32, 15, 265), (102, 18, 24, 256), "Lowering the threshold from 0.50 to 0.31 finds 14 more "
     "of the 120 images that have it and names 9 more wrongly."),
    ((0, 5, 0, 9), (5, 0, 0, 9), "finds all 5 images that have it, where 0.50 finds none, and not one "
     "more is named wrongly."),
    ((0, 5, 0, 9), (3, 2, 1, 8), "finds 3 of the 5 images that have it, where 0.50 finds none, and "
     "names 1 more wrongly."),
    ((0, 2, 0, 9), (2, 0, 1, 8), "finds both images that have it, where 0.50 finds none, and names 1 "
     "more wrongly."),
    ((0, 1, 0, 9), (1, 0, 2, 7), "finds the one image that has it and names 2 more wrongly."),
    ((3, 2, 0, 9), (3, 2, 4, 5), "names 4 more wrongly and finds no more."),
    ((3, 2, 0, 0), (4, 1, 0, 0), "finds 1 more of the 5 images that have it."),
    ((0, 0, 1, 8), (0, 0, 2, 7), "names 1 more wrongly."),
    ((3, 2, 1, 8), (3, 2, 1, 8), "changes no answer."),
    ((1000, 500, 0, 9000), (1200, 300, 1500, 7500), "finds 200 more of the 1,500 images that have it "
     "and names 1,500 more wrongly."),
]


@pytest.mark.parametrize("before, after, said", CASES)
def test_trade_downward(before, after, said):
    assert trade(outcome(*before), outcome(*after, threshold=.31)).endswith(said)


@pytest.mark.parametrize("before, after, said", [
    ((14, 6, 9, 80), (12, 8, 3, 86), "Raising the threshold from 0.50 to 0.70 names 6 fewer wrongly and "
     "finds 2 fewer of the 20 images that have it."),
    ((14, 6, 9, 80), (14, 6, 8, 81), "names 1 fewer wrongly and loses none that it found."),
    ((14, 6, 9, 80), (13, 7, 9, 80), "finds 1 fewer of the 20 images that have it, and not one fewer is "
     "named wrongly."),
    ((14, 6, 9, 80), (0, 20, 0, 89), "names 9 fewer wrongly and finds none of the 20 images that have "
     "it, where 0.50 finds 14."),
    ((1, 0, 9, 80), (0, 1, 0, 89), "names 9 fewer wrongly and misses the one image that has it."),
])
def test_trade_upward(before, after, said):
    assert trade(outcome(*before), outcome(*after, threshold=.7)).endswith(said)


def test_staying_is_said():
    assert trade(outcome(1, 1, 1, 1), outcome(1, 1, 1, 1)) == "The threshold stays at 0.50."


@pytest.mark.parametrize("counts, said", [
    ((102, 18, 24, 256), "It finds 102 of the 120 images that have it (85%) and misses 18. "
     "It names 24 of the 280 others wrongly (9%)."),
    ((3, 4, 0, 3), "It finds 3 of the 7 images that have it and misses 4. It names none of the 3 others "
     "wrongly."),
    ((7, 0, 3, 0), "It finds all 7 images that have it. It names all 3 others wrongly."),
    ((0, 7, 1, 0), "It finds none of the 7 images that have it. It names the one image without it."),
    ((1, 0, 0, 1), "It finds the one image that has it. It leaves out the one image without it."),
    ((0, 1, 0, 5), "It misses the one image that has it. It names none of the 5 others wrongly."),
    ((4, 1, 0, 0), "It finds 4 of the 5 images that have it and misses 1. No image is without it, so none "
     "can be named wrongly."),
    ((0, 0, 2, 1998), "None of the 2,000 images has it. It names 2 of the 2,000 others wrongly (under 1%)."),
])
def test_tally(counts, said): assert tally(outcome(*counts)) == said


def test_percentages_never_say_all_or_nothing_of_what_is_not():
    for whole in (1, 7, 20, 199, 1000, 10**6):
        for part in {0, 1, whole // 2, max(whole - 1, 0), whole}:
            said = share_of(part, whole)
            assert (said == "") == (whole < 20 or part in (0, whole))
            assert "(0%)" not in said and "(100%)" not in said


@pytest.mark.parametrize("thresholds, digits", [
    ([.31], 2), ([.004], 3), ([.4996], 4), ([.9999], 4), ([.311, .313], 3), ([.5, 0, 1], 2), ([.1, .1], 2),
    ([1e-9], 6)])
def test_digits(thresholds, digits): assert digits_needed(thresholds) == digits


def all_outcomes(positives, others, threshold):
    for found, wrong in itertools.product(range(positives + 1), range(others + 1)):
        yield outcome(found, positives - found, wrong, others - wrong, threshold)


def test_every_small_sentence_is_english():
    bad = re.compile(r"\b1 images|\b0 (more|fewer|of)\b|\bof the [01] |None\b(?! of)|nan|  | ,|\.\.| \.|{|}"
                     r"|\bone images|\b[02-9] image\b|both 2")
    for positives, others in itertools.product(range(4), range(4)):
        if positives + others == 0: continue
        for before in all_outcomes(positives, others, .5):
            for after in all_outcomes(positives, others, .3):
                if after.found < before.found or after.wrong < before.wrong: continue
                texts = [trade(before, after), trade(after._replace(threshold=.3), before), tally(after)]
                if after.named > before.named:
                    texts += [next_ones(before, after, None), next_ones(after, None, before)]
                for text in texts:
                    assert text.endswith(".") and text[0].isupper(), text
                    assert not bad.search(text) or text.startswith("None of the"), text


def test_next_ones():
    this = outcome(102, 18, 24, 256, .31)
    more, fewer = outcome(106, 14, 33, 247, .27), outcome(95, 25, 18, 262, .36)
    assert next_ones(this, more, fewer) == (
        "A little lower, at 0.27, it would name 13 more: 4 that have it and 9 that don't. "
        "A little higher, at 0.36, it would drop 13: 7 that have it and 6 that don't.")
    assert next_ones(this, outcome(102, 18, 27, 253, .3), None).endswith("name 3 more, none of which have it.")
    assert next_ones(this, outcome(103, 17, 26, 254, .3), None).endswith(
        "3 more: 1 that has it and 2 that don't.")
    assert next_ones(this, None, None) == ""


# Cards

def test_cards_hold_what_the_other_rooms_say(table, cards):
    best, fit = best_thresholds(*table), cross_fit(*table)
    ranges = bootstrap_intervals(*table, n_resamples=100)
    for i, card in enumerate(cards):
        assert card.name == CLASSES[i] and card.source == "chosen"
        assert card.this.threshold == best.thresholds[i].item() and card.this.score == best.scores[i]
        assert card.honest == fit.out_of_sample[i]
        assert card.threshold_range == (ranges.threshold_low[i], ranges.threshold_high[i])
        assert card.score_range == (ranges.score_low[i], ranges.score_high[i])
        assert card.confidence == .9 and card.outcomes["usual"].threshold == .5
        said = card.this.found - card.outcomes["usual"].found
        if said > 0: assert f"finds {said:,} more of the {card.this.positives:,}" in card.sentence
        assert str(card.this.found) in " ".join(card.notes)


def test_analytic_ranges_and_another_confidence(table):
    ranges = analytic_intervals(*table, confidence=.8)
    card = decision_cards(*table, intervals="analytic", confidence=.8)[1]
    assert card.threshold_range == (ranges.threshold_low[1], ranges.threshold_high[1])
    assert "(80% sure)" in " ".join(card.notes)


def test_nothing_is_promised_where_nothing_is_known(table):
    probs, targets = table[0], table[1].clone()
    targets[:, 3] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cards = decision_cards(probs, targets, CLASSES, n_resamples=20)
    book = cards[3]
    assert book.source == "shared" and book.curve is None and book.notes == []
    assert book.threshold_range is book.score_range is book.honest is None
    assert book.sentence.startswith("None of the 400 images has it, so nothing here says")
    assert "best here" not in book.to_frame().index
    row = cards_frame(cards).loc["book"]
    assert row[["threshold_low", "threshold_high", "score_low", "score_high", "honest_score"]].isna().all()
    html = cards_html([book])
    assert "sure" not in html and "elsewhere" not in html.lower()
    given = decision_cards(probs, targets, CLASSES, thresholds=.9, n_resamples=20)[3]
    assert "The threshold that was given, 0.90, names" in given.sentence and given.threshold_range is None


def test_given_thresholds_get_no_range_for_their_score(table):
    for thresholds in (.3, [.1, .2, .3, .5], torch.tensor([.1, .2, .3, .5]), np.array([.1, .2, .3, .5])):
        cards = decision_cards(*table, thresholds=thresholds, n_resamples=20)
        assert all(card.source == "given" and card.score_range is None and card.honest is None
                   for card in cards)
        assert cards[0].outcomes["best"].threshold == best_thresholds(*table).thresholds[0].item()
        assert "By themselves these images would choose" in " ".join(cards[0].notes)
        assert "if they chose the threshold" in cards[0].notes[-1]
    assert cards[3].sentence == "The threshold stays at 0.50." and "usual" not in cards[3].outcomes


def test_one_image_with_the_class_has_no_honest_score(table):
    targets = table[1].clone()
    targets[:, 3] = 0
    targets[7, 3] = 1
    card = decision_cards(table[0], targets, n_resamples=20)[3]
    assert card.honest is None and "for they chose the threshold" in card.notes[-1]
    assert "Only 1 image has it: another one or two could change everything here." in card.cautions


def test_cautions():
    few = outcome(3, 4, 1, 392)
    card = DecisionCard("book", "f1", "chosen", {"chosen": few}, None, (.1, .3), (.4, .5), None, .9)
    assert card.cautions == ["Only 7 images have it: another one or two could change everything here."]
    most = DecisionCard("book", "f1", "chosen", {"chosen": outcome(390, 9, 1, 0)})
    assert most.cautions == ["Only 1 image is without it: another one or two could change everything here."]
    many = outcome(100, 20, 10, 270, .3)
    wide = DecisionCard("book", "f1", "chosen", {"chosen": many}, None, (.1, .7), (.4, .7), None, .9)
    assert len(wide.cautions) == 2
    usual = many._replace(threshold=.5, score=.6)
    vain = DecisionCard("book", "f1", "chosen", {"chosen": many, "usual": usual}, honest=.55)
    assert vain.cautions == ["Tuning may not pay: on images that didn't choose it, F1 is 0.55, "
                             "and the usual 0.50 has 0.60."]
    assert DecisionCard("a", "f1", "chosen", {"chosen": many, "usual": usual}, honest=.65).cautions == []


@pytest.mark.parametrize("metric", [*COUNT_METRICS, "f3", ExpectedCost(5, 1),
                                    lambda tp, fp, fn, tn: (tp - fp) / (tp + fp + fn + tn)])
def test_every_metric_makes_cards(metric, table):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cards = decision_cards(*table, CLASSES, metric, n_resamples=20)
    assert len(cards_frame(cards)) == 4
    for card in cards:
        assert card.span > 0 and card.sentence
        text = " ".join([card.sentence, *card.notes, *card.cautions])
        assert "nan" not in text and "None" not in text


def test_a_function_may_be_called_like_anything(table, tmp_path):
    def f2_like(tp, fp, fn, tn): return tp / (tp + fp + fn)
    cards = decision_cards(*table, metric=f2_like, intervals=None, n_folds=None)
    text = cards_page(cards[0], tmp_path / "a.html").read_text(encoding="utf-8")
    assert "f2_like here" in text and "The score that the thresholds were chosen by." in text
    assert set(MEANINGS) - {"cost"} <= set(COUNT_METRICS)


@pytest.mark.parametrize("probs, targets", [
    ([[.3]], [[1]]), ([[.3]], [[0]]), ([[.7], [.2]], [[1], [1]]), ([[0.], [1.]], [[0], [1]]),
    ([[.5], [.5], [.5]], [[1], [0], [1]]), ([[1.], [1.]], [[1], [0]]), ([[0.], [0.]], [[1], [0]])])
@pytest.mark.parametrize("metric", ["f1", "precision", "recall", "youden", "mcc", "accuracy"])
def test_tiny_tables(probs, targets, metric):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        card = decision_cards(torch.tensor(probs), torch.tensor(targets), ["pen"], metric,
                              n_resamples=20)[0]
        html = card.html() if metric == "f1" else repr(card)
    assert "nan" not in re.sub(r'base64,[^"]*', "", html) and "pen" in html
    assert sum(card.this[1:5]) == len(probs)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_threshold_gives_the_counts_in_every_precision(dtype):
    probs, targets = simulate(300, seed=9)
    for i, card in enumerate(decision_cards(probs.to(dtype), targets, intervals=None)):
        column = probs[:, i].to(dtype)
        named = column > torch.tensor(card.this.threshold, dtype=dtype)
        assert card.this.found == int((named & (targets[:, i] == 1)).sum())
        assert card.this.score == best_thresholds(probs.to(dtype), targets).scores[i]


def test_arrays_and_data_frames(table):
    probs, targets = (part.numpy() for part in table)
    plain = decision_cards(*table, CLASSES, intervals=None)
    frame = pd.DataFrame(probs, columns=CLASSES)
    for made in (decision_cards(probs, targets, CLASSES, intervals=None),
                 decision_cards(frame, targets, intervals=None)):
        assert [card.name for card in made] == CLASSES
        assert [card.outcomes for card in made] == [card.outcomes for card in plain]
    assert decision_cards(*table, intervals=None, n_folds=None)[2].name == "class 2"


@pytest.mark.parametrize("wrong, kind, words", [
    (dict(classes=CLASSES[:3]), ValueError, "classes: want 4 different names, got 3"),
    (dict(classes=["a", "a", "b", "c"]), ValueError, "classes: want 4 different names"),
    (dict(classes="penc"), TypeError, "classes: want a list"),
    (dict(classes=4), TypeError, "classes: want a list"),
    (dict(thresholds=[.5] * 3), ValueError, r"thresholds: want a number or 4 of them.*shape \(3,\)"),
    (dict(thresholds=[[.5] * 4]), ValueError, "thresholds: want a number or 4"),
    (dict(thresholds=1.5), ValueError, "thresholds: .* got 1.5"),
    (dict(thresholds=[.5, .5, .5, math.nan]), ValueError, "thresholds: .* got nan"),
    (dict(thresholds="half"), TypeError, "thresholds: .* got 'half'"),
    (dict(thresholds=True), TypeError, "thresholds: .* got True"),
    (dict(metric="f-one"), ValueError, "metric: "),
    (dict(intervals="guess"), ValueError, "intervals: want 'bootstrap'"),
    (dict(confidence=1.5), ValueError, "confidence: "),
    (dict(n_resamples=0), ValueError, "n_resamples: "),
    (dict(n_folds=1), ValueError, "n_folds: want 2"),
    (dict(n_folds=2.5), TypeError, "n_folds: want a whole"),
    (dict(step=0), ValueError, "step: "),
    (dict(step="much"), TypeError, "step: "),
])
def test_wrong_arguments_are_named(table, wrong, kind, words):
    with pytest.raises(kind, match=words): decision_cards(*table, **wrong)


def test_wrong_tables_are_named(table):
    with pytest.raises(ValueError, match="probs: "): decision_cards(table[0] * 9, table[1])
    with pytest.raises(ValueError, match="targets: "): decision_cards(table[0], table[1] * 2)
    with pytest.raises(ValueError, match="targets: "): decision_cards(table[0], table[1][:5])


# Tables, figures, pages

def test_frames(cards):
    frame = cards[1].to_frame()
    assert frame.threshold.is_monotonic_increasing and set(frame.index) <= set(ROWS.values())
    whole = frame[["found", "missed", "wrong", "left_out"]].sum(axis=1)
    assert (whole == 400).all()
    table = cards_frame(cards)
    assert list(table.index) == CLASSES and (table.score >= table.honest_score).all()
    assert (table.threshold_low <= table.threshold).all() and (table.threshold <= table.threshold_high).all()


def test_figures_have_names_and_units(cards):
    figure = card_figure(cards[0])
    top, bottom = figure.axes
    assert top.get_xlabel() == "threshold on the probability" and top.get_ylabel() == "F1"
    assert bottom.get_xlabel() == "images" and figure.get_suptitle() == "pen"
    assert cards[0].figure().get_suptitle() == "pen" and card_figure(cards[0], title=False).get_suptitle() == ""
    widths = [int(bar.get_width()) for bar in bottom.patches]
    o, usual = cards[0].this, cards[0].outcomes["usual"]
    assert widths == [o.found, usual.found, o.missed, usual.missed, o.wrong, usual.wrong]


def test_a_name_with_dollars_and_backslashes_is_drawn(table):
    card = decision_cards(*table, ["$x_$\\frac", "b", "c", "d"], intervals=None, n_folds=None)[0]
    uri, width, height = small_png(card.figure())
    assert uri.startswith("data:image/png;base64,") and width > 400 < height and len(uri) < 25_000


class Page(HTMLParser):
    "Checks that tags are closed in order, and gathers pictures, links and text."
    EMPTY = {"meta", "img", "br", "link"}

    def __init__(self, text):
        super().__init__()
        self.open, self.pictures, self.links, self.ids, self.text = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in self.EMPTY: self.open.append(tag)
        if tag == "img": self.pictures.append(attrs)
        if tag == "a": self.links.append(attrs["href"])
        if "id" in attrs: self.ids.append(attrs["id"])

    def handle_endtag(self, tag): assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style": self.text.append(data)


def test_the_page_stands_alone(table, tmp_path):
    names = ["<script>alert(1)</script>", "pencil & \"co\"", "Radiergummi größer", "本"]
    cards = decision_cards(*table, names, n_resamples=20)
    path = cards_page(cards, tmp_path / "cards.html", title="Desks <i>", intro=["a < b"], footer="&")
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert path == tmp_path / "cards.html" and list(tmp_path.iterdir()) == [path]
    assert "<script" not in text and "<i>" not in text and "http" not in text and "url(" not in text
    assert set(names) <= {part.strip() for part in page.text} and "a < b" in page.text
    assert [f"#{i}" for i in page.ids] == page.links and len(page.links) == 4
    assert len(page.pictures) == 4
    for picture in page.pictures:
        assert picture["alt"].startswith("F1 against the threshold: 0.") and "None" not in picture["alt"]
        assert picture["src"].startswith("data:image/png;base64,")
    assert 'name="viewport"' in text and '<html lang="en">' in text and len(text) < 120_000


def test_pages_of_one_card_and_of_a_class_without_images(tmp_path):
    probs, targets = simulate(50, seed=2)
    targets[:, 1] = 0
    cards = decision_cards(probs, targets, CLASSES, n_resamples=20)
    page = Page(cards_page(cards[1], tmp_path / "one.html").read_text(encoding="utf-8"))
    assert "50 images, 1 class." in page.text
    assert page.pictures[0]["alt"] == "Bars of the images found, missed and named wrongly."


def test_wrong_cards_are_named(cards, table, tmp_path):
    fewer = decision_cards(table[0][:50], table[1][:50], intervals=None, n_folds=None)
    other = decision_cards(*table, metric="accuracy", intervals=None, n_folds=None)
    path = tmp_path / "cards.html"
    for wrong, kind in (([], TypeError), ("cards", TypeError), ([cards[0], 3], TypeError), (None, TypeError),
                        (cards + fewer, ValueError), (cards + other, ValueError)):
        for function in (cards_html, cards_frame, lambda it: cards_page(it, path)):
            with pytest.raises(kind, match="cards: want"): function(wrong)
    assert not path.exists()


def test_html_of_a_card_is_the_cell_output(cards):
    assert cards[0]._repr_html_() == cards[0].html() == cards_html(cards[0])
    assert repr(cards[0]).startswith("pen: ")
    page = Page(cards[0].html())
    assert "pen" in page.text and page.ids == []


def test_same_seed_same_page(table, tmp_path):
    def page(): return cards_page(decision_cards(*table, n_resamples=20, seed=4)[1], tmp_path / "a.html")
    texts = [page().read_bytes() for _ in range(2)]
    assert texts[0] == texts[1]
