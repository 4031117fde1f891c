"The browsers: what a hand filters, turns and corrects in a real browser, beside what Python finds; and what is saved."
import csv
import io
import itertools
import json
import re

import numpy as np
import pandas as pd
import pytest
import torch
import traitlets
from browser import get, grave, kernel_page, low_contrast, set_slider, sideways, wait_drawn
from conftest import refuses, save_gallery, save_turned
from PIL import Image
from test_imports import loaded

import multilabel.cli as cli
from multilabel.browsers import (KINDS, ORDERS, Answers, PointBrowser, PredictionBrowser, _small_jpeg, count_pictures,
                                 find_pictures, find_points, point_browser, prediction_browser)
from multilabel.classifier import surest_mistakes
from multilabel.datasets import CLASSES, draw_scene
from multilabel.metrics import predicted_present
from multilabel.tables import label_table, point_table, three_parts

ROOT, POINTS = "prediction-browser", "point-browser"
FILTERS = list(itertools.product([-1, 0, 3], KINDS, ORDERS, ["all", "empty", "corrected"]))


def simulated(n=200, n_classes=4, dtype=np.float32, seed=0):
    "Scores that are often right, some of them tied, and targets."
    rng = np.random.default_rng(seed)
    targets = rng.random((n, n_classes)) < np.resize([.4, .3, .2, .1], n_classes)
    probs = 1 / (1 + np.exp(-rng.normal(-1.2, 1.5, (n, n_classes)) - 2.4 * targets))
    probs[::3] = probs[::3].round(1)
    return probs.astype(dtype), targets


def plain(row, height=48, width=64):
    "A picture of its own color for each number: quick to draw."
    return Image.new("RGB", (width, height), (row * 37 % 256, row * 11 % 256, 90))


def made(n=200, images=plain, **settings):
    "A prediction browser, its scores and its targets."
    probs, targets = simulated(n)
    names = [f"p{i:05}.jpg" for i in range(n)]
    return prediction_browser(probs, targets, images, CLASSES, **{"names": names, **settings}), probs, targets


def made_points(n=40, images=plain, seed=0, height=48, width=64, **settings):
    rng = np.random.default_rng(seed)
    points = (rng.random((n, 2)) * [height, width]).round(1)
    preds = points + rng.normal(0, 3, (n, 2))
    names = [f"f{i:03}.png" for i in range(n)]
    return point_browser(preds, points, images, **{"names": names, **settings}), preds, points


def shown_rows(page):
    "Numbers of the pictures in the grid, in order."
    return [int(one.get_attribute("data-row")) for one in get(page, "cover").all()]


def open_drawn(open_live, widget, test=ROOT, **settings):
    page = open_live(widget, **settings)
    page.wait_for_selector(f"[data-test={test}][data-drawn]")
    return page


def act(page, do, test=ROOT):
    "Do something and wait for the redrawing; then for Python to have heard of it."
    wait_drawn(page, do, test)
    page.wait_for_timeout(60)


def by_hand(answers, thresholds, selected, kind, order, among):
    "The pictures of a filter, one by one."
    probs, targets = answers
    cuts = np.broadcast_to(np.asarray(thresholds, dtype=probs.dtype), probs.shape[1])
    found = []
    for row in np.flatnonzero(among):
        columns = range(probs.shape[1]) if selected < 0 else [selected]
        says = {k: (bool(targets[row, k]), bool(probs[row, k] > cuts[k])) for k in columns}
        fits = {k: {"mistakes": a != b, "missed": a and not b, "false alarms": b and not a, "right": a == b, "all": True}[kind]
                for k, (a, b) in says.items()}
        if not (all if kind == "right" else any)(fits.values()): continue
        far = [abs(float(probs[row, k]) - float(cuts[k])) for k in columns if fits[k]]
        found.append(({"surest": -max(far), "nearest": min(far), "given": 0}[order], int(row)))
    return [row for _, row in sorted(found)]


# ---- The search, without a page

@pytest.mark.parametrize("dtype,thresholds", [(np.float32, .5), (np.float64, [.2, .6, .4, .9]), (np.float32, .3)])
def test_every_filter_is_what_a_loop_finds(dtype, thresholds):
    probs, targets = simulated(150, dtype=dtype)
    answers, among = Answers(probs, targets, thresholds), np.arange(150) % 3 > 0
    for selected, kind, order in itertools.product([-1, 0, 2], KINDS, ORDERS):
        for some in (None, among):
            want = by_hand((probs, targets), thresholds, selected, kind, order, np.ones(150) if some is None else some)
            assert find_pictures(answers, selected, kind, order, some).tolist() == want
            counts = count_pictures(answers, selected, kind, some)
            assert counts["kinds"][kind] == len(want) == counts["classes"][selected + 1]


def test_named_is_what_the_library_calls_predicted():
    probs, targets = simulated(3000)
    for thresholds in (.3, .1, [.1, .2, .3, .7]):   # 0.1 and 0.3 as float32 lie on the other side of those in float64
        got = Answers(probs, targets, thresholds).named
        assert np.array_equal(got, predicted_present(torch.from_numpy(probs), torch.tensor(thresholds)).numpy())


def test_the_order_is_that_of_surest_mistakes():
    probs, targets = simulated(500)
    table = surest_mistakes(torch.from_numpy(probs), torch.from_numpy(targets), .5, CLASSES, most=10**6)
    found, far = find_pictures(Answers(probs, targets)), dict(zip(table.picture[::-1], (table.prob - .5).abs()[::-1]))
    assert sorted(found) == sorted(far)
    assert np.allclose([far[row] for row in found], sorted(far.values(), reverse=True), atol=1e-7)


def test_points_by_distance():
    errors = np.random.default_rng(0).random(100).round(1)
    for order, over in itertools.product(["worst", "best", "given"], [0, .3, 2]):
        key = {"worst": lambda i: (-errors[i], i), "best": lambda i: (errors[i], i), "given": lambda i: i}[order]
        assert find_points(errors, order, over).tolist() == sorted(np.flatnonzero(errors >= over), key=key)


@pytest.mark.parametrize("kwargs, words", [
    (dict(probs=np.full((3, 2), 1.2)), ["probs", "[0, 1]", "1.2"]), (dict(probs=np.ones((3, 2), int)), ["probs", "int"]),
    (dict(probs=np.full((3, 2), np.nan)), ["probs", "nan"]), (dict(probs=np.zeros((0, 2))), ["probs", "(0, 2)"]),
    (dict(targets=[[0, 1]]), ["targets", "(1, 2)"]), (dict(targets=np.full((3, 2), 2)), ["targets", "0 or 1", "2"]),
    (dict(images="folder"), ["images", "folder"]), (dict(images=None), ["images", "None"]),
    (dict(images=[plain(0)]), ["images", "3", "1"]), (dict(classes=["a"]), ["classes", "2"]), (dict(classes="ab"), ["classes", "'ab'"]),
    (dict(thresholds=1.5), ["thresholds", "1.5"]), (dict(thresholds=[.5] * 3), ["thresholds", "2"]),
    (dict(thresholds="half"), ["thresholds"]), (dict(thresholds=[[.5, .5]]), ["thresholds", "(1, 2)"]), (dict(thresholds=True), ["thresholds"]),
    (dict(names=["a"]), ["names", "3", "1"]), (dict(thumbnail=5), ["thumbnail", "5"]), (dict(page_size=0), ["page_size", "0"]),
    (dict(page_size=True), ["page_size"])])
def test_what_the_prediction_browser_refuses(kwargs, words):
    good = dict(probs=np.full((3, 2), .4), targets=np.ones((3, 2)), images=[plain(i) for i in range(3)], classes=["a", "b"])
    prediction_browser(**good)
    refuses(lambda: prediction_browser(**{**good, **kwargs}), *words)


@pytest.mark.parametrize("kwargs, words", [
    (dict(preds=[[1, np.inf]] * 3), ["preds", "finite", "inf", "(0, 1)"]), (dict(points=np.ones((3, 3))), ["points", "(3, 3)"]),
    (dict(points=np.ones((2, 2))), ["points", "3", "2"]), (dict(preds=[["a", "b"]] * 3), ["preds"]), (dict(preds=np.ones((3, 2), bool)), ["preds", "bool"]),
    (dict(preds=np.ones((0, 2)), points=np.ones((0, 2))), ["preds", "(0, 2)"]), (dict(images=[plain(0)]), ["images", "3", "1"]),
    (dict(names=["a"]), ["names", "3"]), (dict(thumbnail=None), ["thumbnail", "None"])])
def test_what_the_point_browser_refuses(kwargs, words):
    good = dict(preds=[[1, 2]] * 3, points=np.ones((3, 2), int), images=[plain(i) for i in range(3)])
    point_browser(**good)
    refuses(lambda: point_browser(**{**good, **kwargs}), *words)


def test_no_point_in_a_picture_that_cannot_be_read(open_page):
    widget = point_browser(np.array([[1., 2.], [40., 50.]]), np.array([[3., 4.], [45., 60.]]), ["gone.png", plain(1)])
    refuses(lambda: setattr(widget, "corrections", [[0, 0., 0.]]), "picture 0", "can't be read", error=(ValueError, traitlets.TraitError))
    page = open_page(widget.page())
    page.wait_for_selector(f"[data-test={POINTS}][data-drawn]")
    states = []
    for cover in get(page, "cover").all():
        cover.click()
        states.append((get(page, "title").inner_text(), get(page, "take").is_disabled(), get(page, "typed-row").is_disabled()))
    assert {state[1:] for state in states} == {(True, True), (False, False)}


def test_what_the_state_refuses():
    widget, _, _ = made(9)
    bad = (ValueError, traitlets.TraitError)
    for name, got, words in [("selected", 4, ["selected", "3", "4"]), ("kind", "odd", ["odd"]), ("order", "worst", ["worst"]), ("pictures", "x", ["x"]),
                             ("corrections", [[9, 0]], ["corrections", "9"]), ("corrections", [[0, 4]], ["[[0, 4]]"]), ("corrections", [3], ["[3]"]),
                             ("thresholds", [.5], ["thresholds", "4"]), ("thresholds", [.5, .5, .5, 2.], ["thresholds"])]:
        refuses(lambda: setattr(widget, name, got), *words, error=bad)
    for kind, content, words in [("page", dict(selected=9, kind="all", order="given", pictures="all", corrections=[], page=0, size=5), ["selected", "9"]),
                                 ("page", dict(selected=0, kind="all", order="given", pictures="corrected", corrections=[[77, 0]], page=0, size=5), ["corrections", "77"]),
                                 ("picture", {"row": 9}, ["row", "8", "9"]), ("picture", {"row": -1}, ["row"]), ("fly", {}, ["fly"])]:
        refuses(lambda: widget.reply(kind, content), *words)
    points, _, _ = made_points(5)
    for got, words in [([[0, 49., 3.]], ["inside", "49", "height 48"]), ([[0, 1., 1.], [0, 2., 2.]], ["once"]), ([[5, 1., 1.]], ["5 pictures"]),
                       ([[0, float("nan"), 1.]], ["inside"]), ([[0, 1.]], ["[0, 1.0]"])]:
        refuses(lambda: setattr(points, "corrections", got), "corrections", *words, error=bad)
    widget.corrections = [[3, 1], [0, 2], [3, 1]]
    assert widget.corrections == [[0, 2], [3, 1]]


def test_tensors_frames_and_torch_free_imports():
    probs, targets = simulated(20)
    images = [torch.zeros(3, 8, 8)] * 20
    one = prediction_browser(torch.from_numpy(probs), torch.from_numpy(targets).int(), images, CLASSES, torch.tensor([.2, .3, .4, .5]))
    two = prediction_browser(pd.DataFrame(probs), pd.DataFrame(targets), [np.zeros((8, 8, 3), np.uint8)] * 20, CLASSES, one.thresholds)
    assert isinstance(one, PredictionBrowser) and one.thresholds == two.thresholds and not one.saves
    assert one.thresholds == torch.tensor([.2, .3, .4, .5]).tolist()
    assert np.array_equal(one._answers.named, two._answers.named)
    assert isinstance(point_browser(torch.ones(2, 2), torch.ones(2, 2), images[:2]), PointBrowser)
    assert loaded("import multilabel.browsers", "torch", "fastai", "pandas", "matplotlib") == []


def test_pictures_of_all_kinds(tmp_path):
    for name in save_gallery(tmp_path / "all"):
        data, size = _small_jpeg(tmp_path / "all" / name, 64)
        small = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
        assert size == [20, 32] and small.shape == (20, 32, 3), name
        if re.match("rgb|turned|cmyk|alpha.webp", name): assert small[15, 4].argmax() == 2 and small[3, 4].argmax() == 0, name
        assert small[16, 28].min() > 150, name   # white below on the right: deep and clear ones too
    large = save_turned(tmp_path / "big.jpg", np.zeros((300, 500, 3), np.uint8), 6)
    data, size = _small_jpeg(large, 100)
    assert size == [300, 500] and Image.open(io.BytesIO(data)).size == (100, 60)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n half")
    assert _small_jpeg(tmp_path / "broken.png", 64) == (b"", [1, 1]) == _small_jpeg("gone.png", 64)


# ---- The prediction browser in a browser

def test_each_filter_shows_what_python_finds(open_live):
    widget, probs, targets = made(200)
    page = open_drawn(open_live, widget)
    answers = Answers(probs, targets)

    def check(selected=-1, kind="mistakes", order="surest", among=None):
        want, counts = find_pictures(answers, selected, kind, order, among), count_pictures(answers, selected, kind, among)
        assert shown_rows(page) == want[:18].tolist()
        for name in KINDS: assert get(page, f"kind-{name.replace(' ', '-')}").inner_text().split()[-1] == str(counts["kinds"][name])
        options = [one.split("(")[1][:-1] for one in get(page, "selected").locator("option").all_text_contents()]
        assert list(map(int, options)) == counts["classes"]
        where = get(page, "where").inner_text()
        assert where == (f"1\u2013{min(18, len(want))} of {len(want)} picture{'s' * (len(want) != 1)}" if len(want) else "no picture is left")
        assert get(page, "stage").is_visible() == bool(len(want))

    check()
    for kind in KINDS[1:]:
        act(page, lambda: get(page, f"kind-{kind.replace(' ', '-')}").click())
        check(kind=kind)
        assert widget.kind == kind and get(page, f"kind-{kind.replace(' ', '-')}").get_attribute("aria-pressed") == "true"
    act(page, lambda: get(page, "selected").select_option("2"))
    check(2, "all")
    act(page, lambda: get(page, "order").select_option("nearest"))
    check(2, "all", "nearest")
    act(page, lambda: get(page, "kind-right").click())
    act(page, lambda: get(page, "pictures").select_option("empty"))
    empty = ~targets.any(1)
    check(2, "right", "nearest", empty)
    act(page, lambda: get(page, "kind-missed").click())   # without a label nothing is missed
    check(2, "missed", "nearest", empty)
    assert get(page, "where").inner_text() == "no picture is left" and shown_rows(page) == []
    act(page, lambda: setattr(widget, "kind", "all") or page.evaluate("model.set('kind', 'all')"))   # Python turns it
    check(2, "all", "nearest", empty)
    act(page, lambda: get(page, "pictures").select_option("corrected"))
    check(2, "all", "nearest", np.zeros(200, bool))


def test_a_still_page_searches_as_python_does(open_page):
    widget, probs, targets = made(80)
    widget.corrections = [[3, 0], [3, 1], [40, 2]]
    page = open_page(widget.page())
    page.wait_for_selector(f"[data-test={ROOT}][data-drawn]")
    script = re.search(r'<script type="module">(.*?)const place', widget.page(), re.S).group(1)
    asked = [dict(zip(("selected", "kind", "order", "pictures"), one), corrections=widget.corrections, page=page_, size=7)
             for one in FILTERS for page_ in (0, 1)]
    inside = widget.shown_state()["still_pictures"]["items"]
    assert len(inside) == 80
    got = page.evaluate("([asked, items]) => { const module_ = (() => { " + script +
                        " return searchStill; })(); const state = { still_pictures: { items, pictures: items.map((one) => one.row) },"
                        " classes: ['a', 'b', 'c', 'd'] }; return asked.map((one) => module_({ get: (name) => state[name] }, one)"
                        ").map(({ content, buffers }) => ({ ...content, items: content.items.map((one) => one.row), buffers })); }",
                        [asked, inside])
    for one, found in zip(asked, got):
        content, _ = widget.reply("page", one)
        rows = [item["row"] for item in content.pop("items")]
        assert found.pop("buffers") == found.pop("items") == rows and found == content, one


def test_a_still_page_filters_and_marks_without_a_kernel(open_page):
    widget, probs, targets = made(150)
    html = widget.page()
    assert len(html) < 900_000
    page = open_page(html, width=375)
    page.wait_for_selector(f"[data-test={ROOT}][data-drawn]")
    assert "Some of the 150 pictures" in get(page, ROOT).inner_text() and get(page, "download").is_hidden()
    inside = {item["row"] for item in widget.shown_state()["still_pictures"]["items"]}
    for kind in [*KINDS[1:], KINDS[0]]:
        act(page, lambda: get(page, f"kind-{kind.replace(' ', '-')}").click())
        want = [row for row in find_pictures(widget._answers, kind=kind) if row in inside]
        assert shown_rows(page) == want[:18] and want
    act(page, lambda: get(page, "wrong-1").click())
    assert get(page, "corrected").inner_text().endswith("1 label corrected in 1 picture")
    act(page, lambda: get(page, "pictures").select_option("corrected"))
    assert len(shown_rows(page)) == 1
    act(page, lambda: get(page, "wrong-1").click())
    assert "No label" in get(page, "corrected").inner_text() and sideways(page) == 0


def test_ten_thousand_drawn_while_one_looks(open_live):
    drawn = []

    def desk(row):
        drawn.append(row)
        return draw_scene(np.random.RandomState(row), 48)[0]

    widget, probs, targets = made(10_000, desk)
    asked, answer = [], widget.answer_page
    widget.answer_page = lambda content: asked.append(content["page"]) or answer(content)
    page = open_drawn(open_live, widget)
    act(page, lambda: get(page, "kind-all").click())
    want = find_pictures(widget._answers, kind="all")
    assert get(page, "where").inner_text() == "1\u201318 of 10,000 pictures" and shown_rows(page) == want[:18].tolist()
    page.wait_for_timeout(400)
    for number in (1, 2, 3):   # each is there before it's asked for
        assert number in asked
        act(page, lambda: get(page, "next").click())
        assert shown_rows(page) == want[18 * number:][:18].tolist() and widget.page_number == number
        page.wait_for_timeout(400)
    act(page, lambda: set_slider(page, "jump", 556))
    assert shown_rows(page) == want[-10:].tolist() and get(page, "where").inner_text() == "9,991\u201310,000 of 10,000 pictures"
    assert get(page, "next").get_attribute("aria-disabled") == "true"
    get(page, "next").dispatch_event("click")   # there is no next one
    page.wait_for_timeout(100)
    assert widget.page_number == 555
    before = len(asked)
    page.evaluate("""async () => { for (let n = 20; n < 60; n++) {   // a hand that drags on and on
        model.set("page_number", n); await new Promise((done) => setTimeout(done, 4)); } }""")
    page.wait_for_function(f"document.querySelector('[data-test=cover]').dataset.row === '{want[59 * 18]}'")
    assert len(asked) - before < 20   # only the last of those that wait is asked for
    assert len(set(drawn)) < 1500
    act(page, lambda: get(page, "kind-missed").click())   # another filter begins at its first page
    assert widget.page_number == 0 and shown_rows(page) == find_pictures(widget._answers, kind="missed")[:18].tolist()


def test_walking_by_keyboard(open_live):
    widget, _, _ = made(200)
    page = open_drawn(open_live, widget)
    rows, title = shown_rows(page), get(page, "title")
    wide = page.evaluate("""() => { const tops = [...document.querySelectorAll('.br-grid > li')].map((one) => one.offsetTop);
        return tops.filter((top) => top === tops[0]).length; }""")
    get(page, "cover").first.focus()
    at = 0
    for key, by in [("ArrowRight", 1), ("ArrowRight", 1), ("ArrowLeft", -1), ("ArrowDown", wide), ("ArrowUp", -wide), ("End", 16), ("Home", -17)]:
        page.keyboard.press(key)
        at += by
        assert title.inner_text() == f"p{rows[at]:05}.jpg"
        assert page.evaluate("document.activeElement.dataset.row") == str(rows[at])
        assert [one.get_attribute("tabindex") for one in get(page, "cover").all()].count("0") == 1
    page.keyboard.press("ArrowLeft")   # before the first there's nothing
    assert widget.page_number == 0
    page.keyboard.press("End")
    act(page, lambda: page.keyboard.press("ArrowRight"))   # over the edge
    second = shown_rows(page)
    assert widget.page_number == 1 and second != rows and page.evaluate("document.activeElement.dataset.row") == str(second[0])
    act(page, lambda: page.keyboard.press("ArrowLeft"))
    assert shown_rows(page) == rows and page.evaluate("document.activeElement.dataset.row") == str(rows[-1])
    act(page, lambda: page.keyboard.press("PageDown"))
    assert shown_rows(page) == second and page.evaluate("document.activeElement.dataset.row") == str(second[0])


def test_marks_by_mouse_and_keyboard(open_live):
    widget, probs, targets = made(200)
    seen = []
    widget.observe(lambda change: seen.append(change.new), "corrections")
    page = open_drawn(open_live, widget)
    row = shown_rows(page)[0]
    (k, *_) = np.flatnonzero(widget._answers.kinds["mistakes"][row]).tolist()
    word = "missed" if targets[row, k] else "false alarm"
    chip, stage = get(page, f"chip-{row}-{k}"), get(page, f"answer-{k}")
    assert word in chip.inner_text() and word in stage.inner_text()
    act(page, chip.click)
    assert widget.corrections == [[row, k]] and chip.get_attribute("aria-pressed") == "true"
    assert "corrected: " + ("not labeled" if targets[row, k] else "labeled") in stage.inner_text()
    assert ("left out" if targets[row, k] else "found") in stage.inner_text()   # the model was right after all
    assert (widget.corrected() != targets).sum() == 1 and widget.corrected()[row, k] != targets[row, k]
    get(page, "wrong-0").focus()
    for turn in range(4):   # from class to class by Tab, a press of Space each
        act(page, lambda: page.keyboard.press("Space"))
        page.keyboard.press("Tab")
    assert widget.corrections == [[row, other] for other in range(4) if other != k]
    assert get(page, "corrected").inner_text().endswith("3 labels corrected in 1 picture")
    act(page, lambda: page.evaluate("model.set('corrections', [])"))   # Python takes them back
    assert chip.get_attribute("aria-pressed") == "false" and word in chip.inner_text()
    assert seen[0] == [[row, k]] and shown_rows(page)[0] == row   # the picture stays where it is


def test_corrected_pictures_can_be_looked_at(open_live):
    widget, probs, targets = made(200)
    page = open_drawn(open_live, widget)
    first, second = shown_rows(page)[:2]
    act(page, lambda: page.locator(f"[data-test^=chip-{first}-]").first.click())
    act(page, lambda: page.locator(f"[data-test^=chip-{second}-]").first.click())
    act(page, lambda: get(page, "pictures").select_option("corrected"))
    act(page, lambda: get(page, "kind-all").click())
    assert sorted(shown_rows(page)) == sorted([first, second])
    act(page, lambda: page.locator(f"[data-test^=chip-{first}-][aria-pressed=true]").click())
    assert sorted(shown_rows(page)) == sorted([first, second])   # nothing vanishes under the hand
    act(page, lambda: get(page, "kind-mistakes").click())
    assert shown_rows(page) == [second]


def test_thresholds_that_python_moves(open_live):
    widget, probs, targets = made(200)
    page = open_drawn(open_live, widget)
    widget.thresholds = [.2, .3, .8, .9]
    act(page, lambda: page.evaluate("model.set('thresholds', [.2, .3, .8, .9])"))
    assert shown_rows(page) == find_pictures(Answers(probs, targets, [.2, .3, .8, .9]))[:18].tolist()


def test_the_stage_gets_the_large_picture(open_live):
    widget, _, _ = made(30, lambda row: plain(row, 400, 900), thumbnail=64)
    page = open_drawn(open_live, widget)
    page.wait_for_function("document.querySelector('[data-test=large]').naturalWidth === 640")
    assert get(page, "large").evaluate("node => node.naturalHeight") == 284
    assert get(page, "cover").first.locator("img").evaluate("node => node.naturalWidth") == 64
    get(page, "cover").nth(3).click()
    page.wait_for_function("document.querySelector('[data-test=large]').naturalWidth === 640")


def test_what_cannot_be_read_or_drawn(open_live, tmp_path):
    plain(1).save(tmp_path / "good.png")
    paths = [tmp_path / ("good.png" if i % 2 else f"gone{i}.png") for i in range(6)]
    probs, targets = simulated(6)
    widget = prediction_browser(probs, targets, paths, CLASSES)
    widget.kind, widget.order = "all", "given"
    page = open_drawn(open_live, widget)
    assert [("can't be read" in one.inner_text()) for one in get(page, "cover").all()] == [True, False] * 3
    assert get(page, "large").is_hidden()
    get(page, "cover").nth(1).click()
    assert get(page, "large").is_visible()

    closed = []

    def from_archive(row):
        if closed: raise ValueError("the archive of pictures is closed")
        return plain(row)
    widget = prediction_browser(*simulated(200), from_archive, CLASSES)
    page = open_drawn(open_live, widget)
    page.wait_for_timeout(200)
    closed.append(True)
    widget._small.clear()
    act(page, lambda: get(page, "kind-all").click())
    assert "the archive of pictures is closed" in get(page, "notice").inner_text() and shown_rows(page)
    closed.clear()
    act(page, lambda: get(page, "kind-right").click())
    assert get(page, "notice").is_hidden() and shown_rows(page) == find_pictures(widget._answers, kind="right")[:18].tolist()


def test_names_are_text(open_live):
    probs, targets = simulated(5, 2)
    odd = "<img src=x onerror=alert(1)>"
    widget = prediction_browser(probs, targets, plain, [odd, "b & c"], names=[f"{odd}{i}" for i in range(5)])
    widget.kind = "all"
    page = open_drawn(open_live, widget)
    assert get(page, "title").inner_text().startswith(odd) and odd in get(page, "answer-0").inner_text()
    assert page.locator("img[src=x]").count() == 0
    assert "</script" not in widget.page().split('<script type="module">')[1].split("</script>")[0]


def test_with_many_classes_mistakes_come_first(open_live):
    probs, targets = simulated(30, 20)
    widget = prediction_browser(probs, targets, plain, [f"c{k:02}" for k in range(20)])
    page = open_drawn(open_live, widget)
    row = shown_rows(page)[0]
    names = page.locator(".br-answer > b").all_text_contents()
    wrong = sorted(np.flatnonzero(widget._answers.kinds["mistakes"][row]), key=lambda k: -widget._answers.far[row, k])
    assert [int(name[1:]) for name in names[:len(wrong)]] == wrong and len(names) == 20
    cards = page.locator(".br-card")
    chips = [one.get_attribute("data-test") for one in cards.first.locator(".br-chip").all()]
    assert chips == [f"chip-{row}-{name[1:].lstrip('0') or 0}" for name in names[:5]] and "more above" in cards.first.inner_text()
    assert sideways(page) == 0


# ---- Saving

def read_by_train(monkeypatch, command, *args):
    "The table that the command would train on: all of its reading, none of its training."
    from typer.testing import CliRunner
    seen = []
    monkeypatch.setattr(cli, "_train", lambda out, kind, fit, *rest: seen.append(fit.args[0]))
    done = CliRunner().invoke(cli.app, [command, *map(str, args)])
    assert done.exit_code == 0 and len(seen) == 1, done.output
    return seen[0]


@pytest.fixture
def files(tmp_path):
    "Sixty pictures in two folders, a table of them with splits and more, and a browser of some."
    probs, targets = simulated(60)
    names = [f"{'ab'[i % 2]}/p {i:02}, ü.png" for i in range(60)]
    for folder in "ab": (tmp_path / "images" / folder).mkdir(parents=True)
    for i, name in enumerate(names): plain(i, 8, 8).save(tmp_path / "images" / name)
    labels = [" ".join(c for c, there in zip(CLASSES, row) if there) for row in targets]
    frame = pd.DataFrame({"fname": names, "labels": labels, "split": np.resize(["train", "train", "valid", "test"], 60), "who": "me, \"I\""})
    frame.to_csv(tmp_path / "labels.csv", index=False)
    widget = prediction_browser(probs, targets, [tmp_path / "images" / name for name in names], CLASSES)
    widget.corrections = [[row, k] for row in find_pictures(widget._answers)[:9].tolist() for k in range(4)
                          if widget._answers.kinds["mistakes"][row, k]]
    return tmp_path, widget, frame


def test_saved_labels_are_what_train_reads(files, monkeypatch):
    folder, widget, frame = files
    path = widget.save(folder / "new" / "all.csv")
    table = label_table(path, folder / "images", classes=CLASSES)
    assert table.frame.fname.tolist() == frame.fname.tolist()
    assert torch.equal(table.targets(), torch.from_numpy(widget.corrected()).float())
    table = read_by_train(monkeypatch, "train", path, folder / "images", "--classes", ",".join(CLASSES))
    assert torch.equal(table.targets(), torch.from_numpy(widget.corrected()).float())
    path = widget.save(folder / "split.csv", into=folder / "labels.csv")
    table = read_by_train(monkeypatch, "train", path, folder / "images", "--classes", ",".join(CLASSES))
    assert torch.equal(table.targets(), torch.from_numpy(widget.corrected()).float())
    assert table.frame.split.tolist() == three_parts(label_table(folder / "labels.csv", folder / "images", classes=CLASSES)).frame.split.tolist()


def test_only_what_was_corrected_changes(files):
    folder, widget, frame = files
    marked = sorted({row for row, _ in widget.corrections})
    after = pd.read_csv(widget.save(folder / "after.csv", into=folder / "labels.csv"), keep_default_na=False)
    changed = (after != frame).any(axis=1)
    assert np.flatnonzero(changed).tolist() == marked and (after.drop(columns="labels") == frame.drop(columns="labels")).all(None)
    only = pd.read_csv(widget.save(folder / "only.csv", only=True), keep_default_na=False)
    assert list(only) == ["fname", "labels"] and only.fname.tolist() == frame.fname[marked].tolist()
    both = pd.read_csv(widget.save(folder / "both.csv", only=True, into=folder / "labels.csv"), keep_default_na=False)
    assert (both.to_numpy() == after.iloc[marked].to_numpy()).all() and list(both) == list(frame)
    widget.save(folder / "labels.csv", into=folder / "labels.csv")   # over itself
    assert (folder / "labels.csv").read_bytes() == (folder / "after.csv").read_bytes()
    assert sorted(path.name for path in folder.glob("*")) == ["after.csv", "both.csv", "images", "labels.csv", "only.csv"]
    widget.corrections = []
    assert widget.save(folder / "none.csv", only=True).read_text() == "fname,labels\n"


def test_other_columns_separators_and_labels_of_others(files):
    folder, widget, frame = files
    other = frame.rename(columns={"fname": "Datei", "labels": "Marken"})
    other["Marken"] = [";".join([*cell.split(), "cup"]) for cell in frame.labels]   # a class that the browser doesn't know
    other.to_csv(folder / "other.csv", index=False)
    path = widget.save(folder / "o.csv", into=folder / "other.csv", sep=";", fname_col="Datei", label_col="Marken")
    table = label_table(path, folder / "images", "Datei", "Marken", ";", classes=[*CLASSES, "cup"])
    assert torch.equal(table.targets()[:, :4], torch.from_numpy(widget.corrected()).float()) and table.targets()[:, 4].all()


def test_what_saving_refuses(files):
    folder, widget, frame = files
    refuses(lambda: widget.save(folder), "path", "folder", error=OSError)
    refuses(lambda: widget.save(folder / "x.csv", into=folder / "gone.csv"), "gone.csv", error=OSError)
    refuses(lambda: widget.save(folder / "x.csv", into=folder / "labels.csv", fname_col="file"), "into", "file", "fname")
    frame.iloc[::-1].assign(labels="").to_csv(folder / "wrong.csv", index=False)
    assert any(widget._answers.present[row, k] for row, k in widget.corrections)
    refuses(lambda: widget.save(folder / "x.csv", into=folder / "wrong.csv"), "into", "same table")
    frame[frame.index != widget.corrections[0][0]].to_csv(folder / "less.csv", index=False)
    refuses(lambda: widget.save(folder / "x.csv", into=folder / "less.csv"), "into", "no row", frame.fname[widget.corrections[0][0]])
    refuses(lambda: widget.save(folder / "x.csv", sep="e"), "sep", "'e'", "pen")
    (folder / "long.csv").write_text("fname,labels\na,b,c\n")
    refuses(lambda: widget.save(folder / "x.csv", into=folder / "long.csv"), "into", "too many")
    probs, targets = simulated(3)
    refuses(lambda: prediction_browser(probs, targets, plain, CLASSES).save(folder / "x.csv"), "names")
    for names, words in [(["a", "b", "a"], ["'a'", "2"]), (["a", "", "c"], ["''", "1"]), (["a", " b", "c"], ["' b'"])]:
        refuses(lambda: prediction_browser(probs, targets, plain, CLASSES, names=names).save(folder / "x.csv"), "names", *words)
    assert not (folder / "x.csv").exists()


def test_a_download_holds_what_is_marked(open_live, files):
    folder, widget, frame = files
    page = open_drawn(open_live, widget, accept_downloads=True)
    row = shown_rows(page)[0]
    act(page, lambda: page.locator(f"[data-test^=chip-{row}-]").first.click())
    for button, only in (("download", False), ("download-only", True)):
        with page.expect_download() as got: get(page, button).click()
        assert got.value.suggested_filename == "labels_corrected.csv"
        got.value.save_as(folder / "got.csv")
        assert (folder / "got.csv").read_bytes() == widget.save(folder / "want.csv", only=only).read_bytes()
    without = open_drawn(open_live, prediction_browser(*simulated(4), plain, CLASSES))
    assert get(without, "download").is_hidden()


# ---- Points

def center_of(page, name="handle"):
    box = get(page, name).locator(".br-ring").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def check_stage(page, point, pred, digits=.06):
    "The stage says this point, and how far it is from the prediction."
    for name, x in zip(("row", "column"), point): assert abs(float(get(page, f"typed-{name}").input_value()) - x) < digits
    assert abs(float(get(page, "error").inner_text()) - np.hypot(*(np.array(point) - pred))) < digits + .05


@pytest.mark.parametrize("height,width", [(300, 500), (500, 200), (48, 48)])
def test_a_point_is_dragged_to_a_pixel_of_the_picture(open_live, height, width):
    widget, preds, points = made_points(12, lambda row: plain(row, height, width), height=height, width=width, thumbnail=64)
    page = open_drawn(open_live, widget, POINTS)
    page.wait_for_timeout(200)
    row = find_points(np.hypot(*(preds - points).T))[0]
    check_stage(page, points[row], preds[row])
    picture = page.locator(".br-canvas svg").bounding_box()
    unit = max(height, width) / picture["width"]
    left = picture["x"] + (picture["width"] - width / unit) / 2
    top = picture["y"] + (picture["height"] - height / unit) / 2

    def place(point): return left + point[1] / unit, top + point[0] / unit
    assert np.allclose(center_of(page), place(points[row]), atol=1.5)
    grab = np.array(center_of(page)) + 4   # not quite in the middle: it doesn't jump
    page.mouse.move(*grab)
    page.mouse.down()
    goal = height * .3, width * .6
    for part in (.5, 1):
        page.mouse.move(*(grab + (np.array(place(goal)) - place(points[row])) * part))
    page.mouse.up()
    page.wait_for_timeout(100)
    ((number, *got),) = widget.corrections
    assert number == row and np.allclose(got, goal, atol=1.5 * unit + .1)
    check_stage(page, got, preds[row])
    assert np.allclose(center_of(page), place(goal), atol=2)
    target = height * .8, width * .25   # a click puts it there
    page.mouse.click(*place(target))
    page.wait_for_timeout(100)
    assert np.allclose(widget.corrections[0][1:], target, atol=1.5 * unit + .1)
    page.mouse.move(*center_of(page))   # out of the picture: it stays at the edge
    page.mouse.down()
    page.mouse.move(left - 90, top - 90)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert widget.corrections == [[row, 0, 0]]


def test_points_by_keyboard_and_by_typing(open_live):
    widget, preds, points = made_points(40)
    page = open_drawn(open_live, widget, POINTS)
    row = shown_rows(page)[0]
    at = np.array([20., 30.])
    get(page, "typed-row").fill("20")
    get(page, "typed-column").fill("30")
    page.wait_for_timeout(80)
    assert widget.corrections == [[row, 20, 30]]
    get(page, "handle").focus()
    for key, by in [("ArrowUp", (-1, 0)), ("ArrowRight", (0, 1)), ("Shift+ArrowDown", (10, 0)), ("Shift+ArrowLeft", (0, -10)), ("ArrowLeft", (0, -1))]:
        act(page, lambda: page.keyboard.press(key), POINTS)
        at += by
        assert widget.corrections == [[row, *at]]
        check_stage(page, at, preds[row])
        assert f"row {at[0]:.1f}, column {at[1]:.1f}" in get(page, "handle").get_attribute("aria-valuetext")
    for _ in range(5): page.keyboard.press("Shift+ArrowDown")
    page.wait_for_timeout(80)
    assert widget.corrections == [[row, 48, at[1]]]   # the lower edge
    get(page, "typed-row").fill("49")   # below it: nothing moves
    page.wait_for_timeout(80)
    assert widget.corrections == [[row, 48, at[1]]]
    act(page, lambda: get(page, "take").click(), POINTS)
    assert np.allclose(widget.corrections[0][1:], preds[row].clip(0, [48, 64]))
    assert get(page, "corrected").inner_text().endswith("1 point corrected")
    act(page, lambda: get(page, "undo").click(), POINTS)
    assert widget.corrections == [] and np.array_equal(widget.corrected(), points)
    check_stage(page, points[row], preds[row])


def test_points_worst_first_and_filtered(open_live):
    widget, preds, points = made_points(60)
    errors = np.hypot(*(preds - points).T)
    page = open_drawn(open_live, widget, POINTS)

    def check(order, over=0., among=None):
        want = find_points(errors, order, over, among)
        assert shown_rows(page) == want[:18].tolist()
        if len(want): assert get(page, "summary").inner_text() == (f"off by {np.median(errors[want]):.1f} px in the median, "
                                                                   f"{errors[want].max():.1f} px at most")
        texts = page.locator(".br-caption").all_text_contents()
        assert [float(text.split()[0]) for text in texts] == [float(f"{error:.1f}") for error in errors[want[:18]]]

    check("worst")
    for order in ("best", "given"):
        act(page, lambda: get(page, "order").select_option(order), POINTS)
        check(order)
    act(page, lambda: get(page, "over").fill("3.5"), POINTS)
    check("given", 3.5)
    act(page, lambda: get(page, "take").click(), POINTS)
    row = shown_rows(page)[0]
    act(page, lambda: get(page, "pictures").select_option("corrected"), POINTS)
    assert shown_rows(page) == [row] and "corrected" in page.locator(".br-caption").inner_text()
    act(page, lambda: get(page, "over").fill("1000"), POINTS)
    assert shown_rows(page) == [] and get(page, "stage").is_hidden()


def test_still_points(open_page):
    widget, preds, points = made_points(40)
    errors = np.hypot(*(preds - points).T)
    page = open_page(widget.page())
    page.wait_for_selector(f"[data-test={POINTS}][data-drawn]")
    for order in ("best", "given", "worst"):
        act(page, lambda: get(page, "order").select_option(order), POINTS)
        assert shown_rows(page) == find_points(errors, order)[:18].tolist()
    act(page, lambda: get(page, "next").click(), POINTS)
    assert shown_rows(page) == find_points(errors)[18:36].tolist()
    assert get(page, "summary").inner_text() == f"off by {np.median(errors):.1f} px in the median, {errors.max():.1f} px at most"
    row = shown_rows(page)[0]
    act(page, lambda: get(page, "take").click(), POINTS)
    check_stage(page, preds[row].clip(0, [48, 64]), preds[row])
    act(page, lambda: get(page, "over").fill("3"), POINTS)
    assert shown_rows(page) == find_points(errors, over=3)[:18].tolist()


def test_saved_points_are_what_train_points_reads(people, tmp_path, monkeypatch):
    source = people / "centers.csv"
    frame = pd.read_csv(source, float_precision="round_trip")
    points = frame[["row", "col"]].to_numpy()
    preds = (points + np.random.default_rng(0).normal(0, 2, points.shape)).astype(np.float32)
    widget = point_browser(preds, points, [people / "images" / name for name in frame.fname], list(frame.fname))
    widget.corrections = [[3, 12.3, 20.7], [9, 0, 48]]
    moved = widget.corrected()
    assert (moved != points).any(1).nonzero()[0].tolist() == [3, 9]
    table = point_table(widget.save(tmp_path / "all.csv"), people / "images")
    assert np.array_equal(table.frame[["row", "col"]], moved)
    path = widget.save(tmp_path / "into.csv", into=source)
    table = read_by_train(monkeypatch, "train-points", path, people / "images")
    assert np.array_equal(table.frame[["row", "col"]], moved)
    assert table.frame.group.tolist() == frame.person.tolist() and table.frame.split.tolist() == frame.split.tolist()
    before, after = (list(csv.reader(open(one, encoding="utf-8"))) for one in (source, path))
    assert [i - 1 for i, (a, b) in enumerate(zip(before, after)) if a != b] == [3, 9] and len(before) == len(after)
    only = pd.read_csv(widget.save(tmp_path / "only.csv", only=True))
    assert only.values.tolist() == [[frame.fname[3], 12.3, 20.7], [frame.fname[9], 0, 48]]
    frame.assign(row=frame.col, col=frame.row).to_csv(tmp_path / "swapped.csv", index=False)
    refuses(lambda: widget.save(tmp_path / "x.csv", into=tmp_path / "swapped.csv"), "into", "same table")
    single = point_browser(points.astype(np.float32), points.astype(np.float32), [plain(0)] * len(points), list(frame.fname))
    saved = pd.read_csv(single.save(tmp_path / "single.csv"))
    assert np.array_equal(saved[["row", "col"]].to_numpy(np.float32), points.astype(np.float32))
    assert "e-" not in (tmp_path / "single.csv").read_text() and len((tmp_path / "single.csv").read_text()) < 40 * len(points)


# ---- Looks, and with a kernel

@pytest.mark.parametrize("width,dark", [(375, False), (375, True), (1280, False), (1280, True)])
def test_narrow_wide_light_and_dark(open_page, width, dark):
    for test, widget in ((ROOT, made(60)[0]), (POINTS, made_points(40)[0])):
        page = open_page(widget.page(), width=width, dark=dark)
        page.wait_for_selector(f"[data-test={test}][data-drawn]")
        act(page, lambda: get(page, "wrong-0" if test == ROOT else "take").click(), test)
        assert sideways(page) == 0 and low_contrast(page, test) == []
    page = open_page(made(20)[0].page(), width=343)
    page.wait_for_selector(f"[data-test={ROOT}][data-drawn]")
    assert sideways(page) == 0


def test_axe_finds_nothing_serious(open_page):
    for test, widget in ((ROOT, made(60)[0]), (POINTS, made_points(40)[0])):
        page = open_page(widget.page())
        page.wait_for_selector(f"[data-test={test}][data-drawn]")
        act(page, lambda: get(page, "wrong-0" if test == ROOT else "take").click(), test)
        assert grave(page, f"[data-test={test}]") == []


def test_two_on_one_page(open_page):
    page = open_page(made(30)[0].page() + made_points(30)[0].page())
    for test in (ROOT, POINTS): page.wait_for_selector(f"[data-test={test}][data-drawn]")
    assert get(page, "cover").count() > 18


def test_figures():
    widget, probs, targets = made(60)
    widget.corrections = [[int(find_pictures(widget._answers)[0]), 0]]
    figure = widget.figure()
    titles = [ax.get_title() for ax in figure.axes]
    assert len(titles) == 10 and "corrected" in titles[0] and all("missed" in title or "false alarm" in title for title in titles[1:])
    widget.selected, widget.kind, widget.pictures = 0, "missed", "empty"
    refuses(widget.figure, "no picture is left")
    points, preds, labels = made_points(12)
    titles = [ax.get_title() for ax in points.figure().axes]
    assert titles == [f"{error:.1f} px" for error in sorted(np.hypot(*(preds - labels).T), reverse=True)[:10]]
    marks = points.figure().axes[0].lines
    row = find_points(points._errors)[0]
    assert np.allclose([marks[0].get_xdata()[0], marks[0].get_ydata()[0]], labels[row, ::-1], atol=1e-6)


KERNEL = """
import json, numpy as np
from pathlib import Path
from PIL import Image
from multilabel.browsers import prediction_browser
probs, targets = np.load("probs.npy"), np.load("targets.npy")
widget = prediction_browser(probs, targets, lambda i: Image.new("RGB", (64, 48), (i % 256, 90, 120)), list("abcd"), names=list(map(str, range(len(probs)))))
widget.observe(lambda change: Path("seen.json").write_text(json.dumps(change.new)), "corrections")
widget
"""


def test_through_a_kernel(browser, tmp_path):
    probs, targets = simulated(300)
    with kernel_page(browser, tmp_path, KERNEL, probs=probs, targets=targets) as page:
        page.wait_for_selector(f"[data-test={ROOT}][data-drawn]", timeout=120_000)
        answers = Answers(probs, targets)
        assert shown_rows(page) == find_pictures(answers)[:18].tolist()
        wait_drawn(page, lambda: get(page, "kind-false-alarms").click(), ROOT)
        wait_drawn(page, lambda: get(page, "next").click(), ROOT)
        rows = find_pictures(answers, kind="false alarms")[18:36].tolist()
        assert shown_rows(page) == rows
        get(page, "wrong-2").click()
        with page.expect_download() as got: get(page, "download-only").click()   # what was marked just now is in it
        got.value.save_as(tmp_path / "got.csv")
        assert (tmp_path / "got.csv").read_text().splitlines()[1].startswith(f"{rows[0]},")
        assert json.loads((tmp_path / "seen.json").read_text()) == [[rows[0], 2]]
