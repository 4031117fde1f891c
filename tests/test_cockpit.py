"The cockpit: what a hand moves in a real browser, compared with what the library computes, to the last count."
import base64
import io
import json
import re
import shutil
import warnings

import numpy as np
import pytest
import torch
from browser import get, grave, kernel_page, low_contrast, set_slider, sideways, wait_drawn
from conftest import refuses, save_gallery
from PIL import Image
from test_imports import loaded

from multilabel.classifier import load_classifier
from multilabel.cockpit import (METRICS, _BEST, _COUNTING, _CUTS, _KNOWLEDGE, _SCORES, _SHAPES, _thumbnail,
                                changed_answers, sorted_sides, threshold_explorer)
from multilabel.cuts import ExpectedCost, count_score
from multilabel.datasets import CLASSES, draw_scene
from multilabel.metrics import UndefinedScore, confusion_counts
from multilabel.thresholds import best_threshold, best_thresholds, threshold_curve

ROOT = "threshold-explorer"
NAMES = ("tp", "fp", "fn", "tn")


def simulated(n=200, n_classes=4, dtype=np.float32, seed=0):
    "Scores that are often right, and targets; some scores are tied."
    rng = np.random.default_rng(seed)
    targets = rng.random((n, n_classes)) < np.resize([.4, .3, .2, .05], n_classes)
    probs = 1 / (1 + np.exp(-rng.normal(-1.2, 1.2, (n, n_classes)) - 2.2 * targets))
    probs[::3] = probs[::3].round(2)
    return probs.astype(dtype), targets


def tensors(probs, targets): return torch.from_numpy(probs), torch.from_numpy(targets)


def counts(probs, targets, thresholds):
    "tp, fp, fn, tn of each class, by the library."
    thresholds = torch.as_tensor(thresholds, dtype=torch.float64)
    tn, fp, fn, tp = confusion_counts(*tensors(probs, targets), thresholds).flatten(1).T
    return torch.stack([tp, fp, fn, tn], dim=1).tolist()


def shown_counts(page, key):
    return [int(get(page, f"{name}-{key}").text_content().replace(",", "")) for name in NAMES]


def shown_thresholds(page, dtype=np.float32):
    "The line to copy, as the numbers that it stands for."
    return np.array(json.loads(get(page, "code").inner_text().split("=")[1]), dtype=dtype)


def check_rows(page, probs, targets, thresholds):
    "All rows, and the corners of the histogram."
    want = counts(probs, targets, thresholds)
    for k, row in enumerate(want): assert shown_counts(page, k) == row, k
    if len(want) > 1: assert shown_counts(page, "all") == np.sum(want, axis=0).tolist()
    name = get(page, "selected").inner_text()
    corner = [int(re.sub(r"\D", "", get(page, f"corner-{name}").text_content())) for name in NAMES]
    chosen = [shown_counts(page, k) for k in range(len(want))
              if get(page, f"select-{k}").inner_text() == name] or [shown_counts(page, "all")]
    assert corner == chosen[0]


# ---- The engine: the page's own JavaScript beside the library, on all sorts of scores

def odd_scores(i, rng):
    n, n_classes = int(rng.choice([1, 2, 3, 10, 64, 65, 400, 2000])), int(rng.integers(1, 4))
    probs = rng.random((n, n_classes))
    if i % 6 == 1: probs = (probs * 4).round() / 4
    if i % 6 == 2: probs = probs**9
    if i % 6 == 3: probs = .5 + rng.integers(-3, 4, (n, n_classes)) * 2.**-25
    if i % 6 == 4: probs = rng.choice([0, 1, 1e-45, 5e-324, .5, np.nextafter(1, 0), np.float32(np.nextafter(1, 0))],
                                      (n, n_classes))
    targets = rng.random((n, n_classes)) < rng.choice([0, .03, .2, .5, 1], n_classes)
    return probs.astype([np.float32, np.float64][i // 6 % 2]), targets


ENGINE = "\n".join([_COUNTING, _SCORES, _CUTS, _BEST, _SHAPES, _KNOWLEDGE]) + """
const plain = (x) => Number.isFinite(x) ? x : String(x);
return cases.map((one) => {
  const bytes = Uint8Array.from(atob(one.scores), (c) => c.charCodeAt(0));
  const know = knowledge({ get: (name) => name === "scores" ? new DataView(bytes.buffer) : one[name] });
  const best = (k) => [know.best(k).threshold, plain(know.best(k).score), !!know.best(k).pooled];
  return { best: [...one.sizes.keys(), ALL].map(best), counts: one.tried.map((t) => {
    const { tp, fp, fn, tn } = countsAt(know.columns[0], t);
    return [tp, fp, fn, tn]; }) };
});"""


def engine(page, cases): return page.evaluate(f"(cases) => {{ {ENGINE} }}", cases)


def as_case(probs, targets, tried=(), **settings):
    scores, _ = sorted_sides(probs, targets)
    raw = b"".join(side.tobytes() for pair in scores for side in pair)
    return dict(scores=base64.b64encode(raw).decode(), n=len(probs), sizes=[len(pair[0]) for pair in scores],
                dtype=probs.dtype.name, tried=list(map(float, tried)), metric="f1", miss=1., false_alarm=1.) | settings


@pytest.fixture(scope="module")
def blank(browser):
    "One empty page for all that is only computed."
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("metric", [*METRICS, "f3"])
def test_best_thresholds_are_the_librarys(blank, metric):
    rng = np.random.default_rng(sum(map(ord, metric)))
    asked = []
    for i in range(36):
        probs, targets = odd_scores(i, rng)
        miss, alarm = map(float, rng.choice([0, .3, 1, 7], 2))
        asked.append((probs, targets, dict(metric=metric, miss=miss, false_alarm=alarm)))
    answers = engine(blank, [as_case(p, t, **s) for p, t, s in asked])
    for (probs, targets, prices), answer in zip(asked, answers):
        score = ExpectedCost(prices["miss"], prices["false_alarm"]) if metric == "cost" else metric
        both = tensors(probs, targets)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedScore)
            each, one = best_thresholds(*both, score), best_threshold(*both, score)
        found, scores = [t for t, *_ in answer["best"]], [float(s) for _, s, _ in answer["best"]]
        want_scores = [*each.scores.tolist(), one.score.item()]
        assert [p for *_, p in answer["best"]][:-1] == each.pooled.tolist() or targets.shape[1] == 1
        if metric == "mcc":   # PyTorch's square root isn't rounded to the last bit: ties may fall otherwise
            np.testing.assert_allclose(scores, want_scores, rtol=1e-14)
            for k, threshold in enumerate(found[:-1]):
                check_reached(probs, targets, k, threshold, each.scores[k].item())
        else:
            assert found == [*each.thresholds.tolist(), one.threshold.item()]
            np.testing.assert_array_equal(scores, want_scores)


def check_reached(probs, targets, k, threshold, score):
    column = slice(k, k + 1)
    here = counts(probs[:, column], targets[:, column], threshold)[0]
    got = count_score("mcc", [torch.tensor(count) for count in here]).item()
    np.testing.assert_allclose(got, score, rtol=1e-14)


def test_large_sorted_scores_agree_too(blank):
    probs, targets = simulated(60_000, 3)
    answer, = engine(blank, [as_case(probs, targets, metric="f2")])
    want = best_thresholds(*tensors(probs, targets), "f2")
    assert [t for t, *_ in answer["best"]][:3] == want.thresholds.tolist()
    assert [s for _, s, _ in answer["best"]][:3] == want.scores.tolist()
    assert answer["best"][3][0] == best_threshold(*tensors(probs, targets), "f2").threshold.item()


def test_counts_at_any_threshold_are_the_librarys(blank):
    rng = np.random.default_rng(5)
    asked = [odd_scores(i, rng) for i in range(24)]
    tried = []
    for probs, _ in asked:
        some = probs[:20, 0].astype(float)   # at a score, and a float64 below it
        tried.append(np.concatenate([[0, .5, 1, .1, .3], rng.random(8), some, np.nextafter(some, 0)]))
    answers = engine(blank, [as_case(*one, ts) for one, ts in zip(asked, tried)])
    for (probs, targets), ts, answer in zip(asked, tried, answers):
        for threshold, got in zip(ts, answer["counts"]):
            assert got == counts(probs[:, :1], targets[:, :1], threshold)[0], (threshold, probs.dtype)


def test_the_curve_passes_through_every_highest_score(blank):
    probs, targets = simulated(500, 1)
    columns = blank.evaluate(f"""(cases) => {{ {ENGINE.split("return cases")[0]}
      const one = cases[0], bytes = Uint8Array.from(atob(one.scores), (c) => c.charCodeAt(0));
      const know = knowledge({{ get: (name) => name === "scores" ? new DataView(bytes.buffer) : one[name] }});
      const x = (v) => 400 * v;
      x.range = [0, 400];
      const {{ low, high }} = outline(know.cutsAt(0), know.of(), x);
      return [[...low], [...high]]; }}""", [as_case(probs, targets)])
    curve = threshold_curve(*tensors(probs, targets), "f1")
    low, high = np.array(columns)
    for t, score in zip(curve.thresholds.tolist(), curve.scores.tolist()):
        at = round(400 * t)
        near = slice(max(0, at - 1), at + 2)
        assert low[near].min() <= score <= high[near].max()
    assert high.max() == curve.scores.max()


# ---- Moved as a person would

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slider_by_keyboard(open_page, dtype):
    probs, targets = simulated(dtype=dtype)
    page = open_page(threshold_explorer(probs, targets, CLASSES).page())
    check_rows(page, probs, targets, .5)
    get(page, "slider-2").focus()
    for _ in range(3): wait_drawn(page, lambda: page.keyboard.press("ArrowLeft"), ROOT)
    thresholds = shown_thresholds(page, dtype)
    np.testing.assert_allclose(thresholds, [.5, .5, .485, .5])
    assert get(page, "selected").inner_text() == "eraser"
    check_rows(page, probs, targets, thresholds)
    assert get(page, "slider-all-value").inner_text() == "differ"
    get(page, "slider-all").focus()
    wait_drawn(page, lambda: page.keyboard.press("Home"), ROOT)
    check_rows(page, probs, targets, 0.)
    assert get(page, "selected").inner_text() == "all classes"


def test_slider_by_mouse(open_page):
    probs, targets = simulated()
    page = open_page(threshold_explorer(probs, targets, CLASSES).page())
    box = get(page, "slider-1").bounding_box()
    wait_drawn(page, lambda: page.mouse.click(box["x"] + box["width"] * .25, box["y"] + box["height"] / 2), ROOT)
    thresholds = shown_thresholds(page)
    assert .1 < thresholds[1] < .35
    check_rows(page, probs, targets, thresholds)


def test_line_is_dragged_and_moved_by_keys(open_page):
    probs, targets = simulated()
    page = open_page(threshold_explorer(probs, targets, CLASSES).page())
    knob, chart = get(page, "line").locator("circle").bounding_box(), get(page, "chart").bounding_box()
    x, y = knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    wait_drawn(page, lambda: page.mouse.move(x - chart["width"] * .2, y + 60), ROOT)
    page.mouse.up()
    dragged = shown_thresholds(page)[0]
    assert abs(dragged - (.5 - chart["width"] * .2 / (chart["width"] - 52))) < .003
    check_rows(page, probs, targets, shown_thresholds(page))
    wait_drawn(page, lambda: page.keyboard.press("ArrowRight"), ROOT)
    np.testing.assert_allclose(shown_thresholds(page)[0], dragged + .001, atol=1e-6)
    wait_drawn(page, lambda: page.keyboard.press("End"), ROOT)
    assert shown_counts(page, 0)[:2] == [0, 0] and get(page, "line").get_attribute("aria-valuenow") == "1"


def test_typed_threshold(open_page):
    probs, targets = simulated()
    page = open_page(threshold_explorer(probs, targets, CLASSES).page())
    wait_drawn(page, lambda: get(page, "select-3").click(), ROOT)
    wait_drawn(page, lambda: get(page, "typed").fill("0.1234"), ROOT)
    np.testing.assert_allclose(shown_thresholds(page), [.5, .5, .5, .1234], rtol=1e-6)
    get(page, "typed").fill("7")   # no probability: nothing moves
    np.testing.assert_allclose(shown_thresholds(page), [.5, .5, .5, .1234], rtol=1e-6)
    check_rows(page, probs, targets, shown_thresholds(page))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_best_buttons(open_page, dtype):
    probs, targets = simulated(dtype=dtype, seed=2)
    page = open_page(threshold_explorer(probs, targets, CLASSES).page())
    for metric in ("f1", "accuracy", "mcc"):
        if metric != "f1": wait_drawn(page, lambda: get(page, "metric").select_option(metric), ROOT)
        both = tensors(probs, targets)
        each, one = best_thresholds(*both, metric), best_threshold(*both, metric)
        for k in range(4):
            assert float(get(page, f"best-{k}").get_attribute("data-threshold")) == each.thresholds[k].item()
            assert f"{each.scores[k]:.3f}" in get(page, f"best-{k}").inner_text()
        get(page, "best-each").click()
        assert shown_thresholds(page, dtype).tolist() == each.thresholds.tolist()
        check_rows(page, probs, targets, each.thresholds)
        get(page, "best-one").click()
        assert shown_thresholds(page, dtype).tolist() == [one.threshold.item()] * 4
        assert float(get(page, "best-all").get_attribute("data-now")) == pytest.approx(one.score.item(), rel=1e-14)
        check_rows(page, probs, targets, [one.threshold.item()] * 4)
        get(page, "back").click()
        assert shown_thresholds(page, dtype).tolist() == [.5] * 4
    get(page, "best-1").click()
    assert shown_thresholds(page, dtype)[1] == each.thresholds[1].item() and shown_thresholds(page, dtype)[0] == .5


def test_prices(open_page):
    probs, targets = simulated(seed=3)
    page = open_page(threshold_explorer(probs, targets, CLASSES).page())
    assert not get(page, "miss").is_visible()
    wait_drawn(page, lambda: get(page, "metric").select_option("cost"), ROOT)
    for miss, alarm in ((0, 2), (5, 1), (5, .25)):
        get(page, "miss").fill(str(miss))
        get(page, "false_alarm").fill(str(alarm))
        want = best_thresholds(*tensors(probs, targets), ExpectedCost(miss, alarm))
        get(page, "best-each").click()
        assert shown_thresholds(page).tolist() == want.thresholds.tolist()
        assert f"{-want.scores[0].item():.3f}"[:4] in get(page, "best-0").inner_text()
    before = shown_thresholds(page)
    get(page, "miss").fill("-3")   # no price: the best ones stay
    get(page, "best-each").click()
    assert shown_thresholds(page).tolist() == before.tolist()


def test_a_class_that_nobody_has(open_page):
    probs, targets = simulated()
    targets[:, 2] = False
    page = open_page(threshold_explorer(probs, targets, CLASSES).page())
    assert "nobody has it" in get(page, "note-2").inner_text() and not get(page, "note-1").is_visible()
    get(page, "best-each").click()
    with pytest.warns(UndefinedScore): want = best_thresholds(*tensors(probs, targets))
    assert want.pooled.tolist() == [False, False, True, False]
    assert shown_thresholds(page).tolist() == want.thresholds.tolist()
    check_rows(page, probs, targets, want.thresholds)


def test_scores_that_are_undefined(open_page):
    page = open_page(threshold_explorer(np.full((5, 2), .3), np.zeros((5, 2)), metric="recall").page())
    assert get(page, "score-0").inner_text() == "nan" and "nan" in get(page, "now").inner_text()
    get(page, "best-each").click()
    assert shown_counts(page, 0)[0] == 0


def test_one_class_alone(open_page):
    probs, targets = simulated(n_classes=1)
    page = open_page(threshold_explorer(probs, targets, ["pen"]).page())
    assert get(page, "slider-all").count() == 0 and not get(page, "best-one").is_visible()
    get(page, "best-each").click()
    assert shown_thresholds(page).tolist() == best_thresholds(*tensors(probs, targets)).thresholds.tolist()


def test_names_are_shown_as_they_are(open_page):
    probs, targets = simulated(n_classes=2)
    names = ["<b>pen</b>", "a class with a name that is much too long for any column, and goes on"]
    page = open_page(threshold_explorer(probs, targets, names).page(), width=375)
    assert get(page, "select-0").inner_text() == names[0] and sideways(page) == 0


# ---- Pictures that change sides

def test_changed_answers_by_hand_and_by_brute_force():
    probs, targets = simulated(300)
    scores, rows = sorted_sides(probs, targets)
    for before, now in (([.5] * 4, [.3, .7, .5, .01]), ([.2] * 4, [.25, .2, .1, .9])):
        found = changed_answers(scores, rows, before, now, [0, 1, 2, 3], most=10**6)
        old, new = (probs > np.array(t, dtype=np.float32) for t in (before, now))
        assert {(one["row"], one["k"]) for one in found} == {(i, k) for i, k in np.argwhere(old != new).tolist()}
        for one in found:
            place = one["row"], one["k"]
            assert one["prob"] == probs[place] and one["present"] == targets[place]
            assert one["right"] == (new[place] == targets[place]) and one["moved"]
        few = changed_answers(scores, rows, before, now, [0, 1, 2, 3], most=3)
        far = lambda one: (one["right"], abs(one["prob"] - now[one["k"]]))   # of equals any may be taken
        assert [far(x) for x in few] == [far(x) for right in (True, False)
                                         for x in [y for y in found if y["right"] == right][:3]]
    still = changed_answers(scores, rows, [.5] * 4, [.5] * 4, [1], most=4)
    distance = np.abs(probs[:, 1].astype(float) - .5)
    right = (probs[:, 1] > .5) == targets[:, 1]
    for side in (True, False):
        got = sorted(distance[one["row"]] for one in still if one["right"] == side)
        np.testing.assert_array_equal(got, np.sort(distance[right == side])[:4])


def desks(targets, size=48):
    return [draw_scene(np.random.RandomState(i), size, [c for c, there in zip(CLASSES, row) if there])[0]
            for i, row in enumerate(targets)]


def test_pictures_on_a_page_without_a_kernel(open_page):
    probs, targets = simulated(80)
    explorer = threshold_explorer(probs, targets, CLASSES, desks(targets), thumbnail=48)
    page = open_page(explorer.page())
    page.wait_for_selector(".te-groups[data-drawn]")
    assert "No answer changes sides" in get(page, "swing").inner_text()
    assert get(page, "right-pictures").locator("img").count() > 0
    wait_drawn(page, lambda: set_slider(page, "slider-0", .25), ROOT)
    page.wait_for_timeout(100)
    moved = (probs[:, 0] > np.float32(.25)) != (probs[:, 0] > .5)
    better = (moved & targets[:, 0]).sum()
    assert get(page, "swing").inner_text() == (f"{moved.sum()} answers change sides: {better} for the better, "
                                               f"{moved.sum() - better} for the worse")
    assert 0 < len(explorer.shown_state()["still_pictures"]["pictures"]) <= 96
    for kind, word in (("right", "found"), ("wrong", "wrong")):
        words = [one.get_attribute("data-said") for one in get(page, f"{kind}-pictures").locator("figure").all()]
        assert words and set(words) == {word}
    assert page.evaluate("[...document.images].every((one) => one.naturalWidth === 48)")


def test_thumbnails_of_what_folders_hold(tmp_path):
    for name in save_gallery(tmp_path / "all"):
        with Image.open(io.BytesIO(_thumbnail(str(tmp_path / "all" / name), 24))) as small:
            assert (small.format, small.size, small.mode) == ("JPEG", (24, 24), "RGB"), name
            if name.startswith("turned"):   # upright again: red, green / blue, white
                quarters = [small.getpixel(at) for at in ((4, 4), (19, 4), (4, 19))]
                assert [max(range(3), key=color.__getitem__) for color in quarters] == [0, 1, 2]
    array = np.zeros((20, 30, 3), dtype=np.uint8)
    assert _thumbnail(array, 24) == _thumbnail(array / 255, 24) == _thumbnail(torch.zeros(3, 20, 30), 24)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff and no more")
    for broken in (tmp_path / "broken.jpg", tmp_path / "none.png", "x", object()): assert _thumbnail(broken, 24) == b""


# ---- Keeping, and Python's side

def test_keep_in_a_folder(desk_model, tmp_path, desks):
    folder = shutil.copytree(desk_model, tmp_path / "desks")
    before = load_classifier(folder)
    probs, targets = simulated()
    explorer = threshold_explorer(probs, targets, keep=folder)
    assert explorer.classes == CLASSES and explorer.kept == before.thresholds.tolist() == explorer.thresholds
    best = best_thresholds(*tensors(probs, targets)).thresholds
    reply, _ = explorer.reply("keep", {"thresholds": best.tolist()})
    after = load_classifier(folder)
    assert torch.equal(after.thresholds, best) and explorer.kept == best.tolist()
    assert reply["said"] == "Kept in the folder desks."
    weights = [network.model.state_dict().values() for network in (before, after)]
    assert all(torch.equal(a, b) for a, b in zip(*weights))
    assert "macro_f1" not in after.settings["scores"]
    refuses(lambda: threshold_explorer(probs, targets, CLASSES[::-1], keep=folder), "classes", "pen", "in this order")
    refuses(lambda: threshold_explorer(probs, targets, keep=tmp_path), "no model folder")


def test_keep_in_a_learner(desk_learner):
    before = desk_learner.loss_func.thresh
    probs, targets = simulated()
    try:
        explorer = threshold_explorer(probs, targets, keep=desk_learner)
        assert explorer.thresholds == torch.as_tensor(before).tolist() and explorer.classes == CLASSES
        explorer.reply("keep", {"thresholds": [.1, .2, .3, .4]})
        torch.testing.assert_close(desk_learner.loss_func.thresh.cpu(), torch.tensor([.1, .2, .3, .4]))
    finally: desk_learner.loss_func.thresh = before


def test_keep_by_a_function():
    got = []
    probs, targets = simulated(dtype=np.float64)
    explorer = threshold_explorer(probs, targets, keep=got.append)
    explorer.reply("keep", {"thresholds": [.1, .2, .3, .4]})
    assert got[0].dtype == np.float64 and got[0].tolist() == [.1, .2, .3, .4] == explorer.kept
    for bad in ([.1], [.1, .2, .3, 1.4], [.1, .2, .3, float("nan")]):
        refuses(lambda: explorer.reply("keep", {"thresholds": bad}), "thresholds: want 4 numbers in [0, 1]")
    assert len(got) == 1
    def no(thresholds): raise OSError("the disk is full")
    failing = threshold_explorer(probs, targets, keep=no)
    sent = []
    failing.send = lambda content, buffers=None: sent.append(content)
    failing._heard(failing, {"id": "1", "kind": "keep", "content": {"thresholds": [.1] * 4}}, [])
    assert sent == [{"id": "1", "error": "the disk is full"}] and failing.kept == [.5] * 4
    refuses(lambda: threshold_explorer(probs, targets).reply("keep", {"thresholds": [.1] * 4}), "nobody")


def test_what_is_asked_of_python_can_be_sent():
    probs, targets = simulated(50)
    explorer = threshold_explorer(probs, targets, CLASSES, desks(targets))
    asked = {"before": [.5] * 4, "now": [.3] * 4, "classes": [0, 1, 2, 3], "most": 6}
    content, buffers = explorer.reply("changed", asked)
    assert json.loads(json.dumps(content)) == content and len(buffers) == len(content["items"]) > 6
    assert all(isinstance(one, bytes) and one for one in buffers)


def test_traits_are_checked():
    probs, targets = simulated()
    explorer = threshold_explorer(probs, targets, CLASSES)
    explorer.thresholds = [0, .25, 1, .5]
    assert explorer.thresholds == [0, .25, 1, .5]
    for name, bad in (("thresholds", [.5]), ("thresholds", [.5, .5, .5, -1]), ("selected", 4), ("metric", "auc")):
        refuses(lambda: setattr(explorer, name, bad), f"{name}: want")
    assert explorer.thresholds == [0, .25, 1, .5] and explorer.selected == 0 and explorer.metric == "f1"


@pytest.mark.parametrize("change, words", [
    (dict(probs=np.ones((3, 2)) * 1.5), ("probs", "[0, 1]", "1.5", "(0, 0)")),
    (dict(probs=np.full((3, 2), np.nan)), ("probs", "nan")),
    (dict(probs=np.ones((3, 2), dtype=int)), ("probs", "floats")),
    (dict(probs=np.ones(3)), ("probs", "(n, n_classes)")),
    (dict(probs=np.ones((0, 2))), ("probs", "(0, 2)")),
    (dict(probs=[["a"]]), ("probs", "numbers")),
    (dict(targets=np.ones((3, 1))), ("targets", "(3, 2)", "(3, 1)")),
    (dict(targets=np.full((3, 2), 2)), ("targets", "0 or 1", "2")),
    (dict(classes=["pen"]), ("classes", "2", "1")),
    (dict(images=["a.jpg"]), ("images", "3", "1")),
    (dict(metric="auc"), ("metric", "f1", "auc")),
    (dict(metric="f0"), ("metric", "f0")),
    (dict(metric=len), ("metric",)),
    (dict(keep=5), ("keep", "int")),
    (dict(thresholds=[.5]), ("thresholds", "2")),
    (dict(thresholds=1.5), ("thresholds", "[0, 1]")),
])
def test_wrong_inputs_are_named(change, words):
    good = dict(probs=np.full((3, 2), .4), targets=np.eye(3, 2))
    refuses(lambda: threshold_explorer(**(good | change)), *words)


def test_scores_come_as_people_have_them():
    import pandas as pd
    probs, targets = simulated()
    want = threshold_explorer(probs, targets)
    scores, there = tensors(probs, targets)
    for p, t in ((scores, there), (scores.clone().requires_grad_(), there.int()),
                 (pd.DataFrame(probs), pd.DataFrame(targets.astype(float))),
                 (np.asfortranarray(probs), targets.astype(int))):
        got = threshold_explorer(p, t)
        assert (got.scores, got.sizes, got.dtype) == (want.scores, want.sizes, "float32")
        assert got.classes == ["class 0", "class 1", "class 2", "class 3"]
    half = threshold_explorer(torch.from_numpy(probs).bfloat16(), targets)
    assert half.dtype == "float32" and len(half.scores) == 4 * probs.size


def test_metrics_by_name_beta_and_price():
    probs, targets = simulated()
    assert threshold_explorer(probs, targets, metric="f3").metrics[-1] == "f3"
    priced = threshold_explorer(probs, targets, metric=ExpectedCost(4, .5))
    assert (priced.metric, priced.miss, priced.false_alarm) == ("cost", 4, .5)


@pytest.mark.parametrize("selected, metric", [(0, "f1"), (-1, "cost"), (3, "recall")])
def test_figure_says_the_counts(selected, metric):
    probs, targets = simulated()
    explorer = threshold_explorer(probs, targets, CLASSES, metric=metric, thresholds=.4)
    explorer.selected = selected
    title = explorer.figure().axes[0].get_title()
    tp, fp, fn, tn = np.array(counts(probs, targets, .4))[[selected] if selected >= 0 else slice(None)].sum(0)
    assert f"{tp} found, {fn} missed, {fp} wrong" in title


def test_making_one_needs_no_torch():
    code = ("import numpy as np\nfrom multilabel.cockpit import threshold_explorer\n"
            "threshold_explorer(np.full((3, 2), .4), np.eye(3, 2), keep=print).page()")
    assert loaded(code, "torch", "fastai", "pandas", "matplotlib") == []


# ---- How it looks, and through a real kernel

@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_scrolls_sideways_and_all_can_be_read(open_page, width, dark):
    probs, targets = simulated(60)
    page = open_page(threshold_explorer(probs, targets, CLASSES, desks(targets), metric="cost", thumbnail=48).page(),
                     width=width, dark=dark)
    set_slider(page, "slider-1", .2)
    page.wait_for_timeout(200)
    assert sideways(page) == 0 and low_contrast(page, ROOT) == []


def test_axe_finds_nothing_serious(open_page):
    probs, targets = simulated(60)
    page = open_page(threshold_explorer(probs, targets, CLASSES, desks(targets), thumbnail=48).page())
    page.wait_for_selector(".te-groups[data-drawn]")
    assert grave(page, "[data-test=threshold-explorer]") == []


KERNEL = """
import json, numpy as np
from pathlib import Path
from PIL import Image
from multilabel.cockpit import threshold_explorer
probs, targets = np.load("probs.npy"), np.load("targets.npy")
def keep(thresholds): Path("kept.json").write_text(json.dumps(thresholds.tolist()))
images = [Image.new("RGB", (64, 48), (i % 256, 90, 120)) for i in range(len(probs))]
explorer = threshold_explorer(probs, targets, ["pen", "pencil", "eraser", "book"], images, keep=keep)
explorer.observe(lambda change: Path("seen.json").write_text(json.dumps(change.new)), "thresholds")
explorer
"""


def test_through_a_kernel(browser, tmp_path):
    probs, targets = simulated(300)
    with kernel_page(browser, tmp_path, KERNEL, probs=probs, targets=targets) as page:
        page.wait_for_selector(".te-groups[data-drawn]", timeout=120_000)
        wait_drawn(page, lambda: set_slider(page, "slider-0", .3), ROOT)
        page.wait_for_selector(".te-group h4:text-is('For the better')")
        rows = [int(one.get_attribute("data-row")) for one in get(page, "right-pictures").locator("figure").all()]
        want = changed_answers(*sorted_sides(probs, targets), [.5] * 4, [.3, .5, .5, .5], [0])
        assert rows == [one["row"] for one in want if one["right"]]
        get(page, "best-each").click()
        best = best_thresholds(*tensors(probs, targets)).thresholds.tolist()
        get(page, "keep").click()
        page.wait_for_function("document.querySelector('[data-test=said]').textContent.includes('Kept in keep')")
        for name in ("kept", "seen"): assert json.loads((tmp_path / f"{name}.json").read_text()) == best
        page.wait_for_function("document.querySelector('[data-test=swing]').textContent.startsWith('No answer')")
