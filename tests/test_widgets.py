"Widgets: what is shown in a real browser beside what the library computes, and what Python sees of it."
import io
import math
import re

import numpy as np
import pytest
import torch
import traitlets
from browser import get, low_contrast, set_slider, shown, sideways, wait_drawn
from conftest import refuses
from PIL import Image
from test_imports import loaded

from multilabel.activations import sigmoid, softmax
from multilabel.datasets import CLASSES, SceneDials, draw_scene, stationery
from multilabel.losses import binary_cross_entropy, binary_cross_entropy_with_logits
from multilabel.widgets import (DRAWING, STYLE, _LOSSES, DataMaker, LossExplorer, Movable, data_maker, front_end,
                                loss_explorer)


def losses(logits, present, by_hand=False):
    "The loss of each class and the gradient of their mean, by the library and PyTorch's autograd."
    x = torch.tensor(logits, dtype=torch.float32 if by_hand else torch.float64, requires_grad=True)
    targets = torch.tensor(present, dtype=x.dtype)
    each = (binary_cross_entropy(sigmoid(x), targets, reduction="none") if by_hand else
            binary_cross_entropy_with_logits(x, targets, reduction="none"))
    each.mean().backward()
    return each.detach().tolist(), x.grad.tolist()


def same(got, want, digits=3):
    "Equal as shown, inf and nan too."
    if not math.isfinite(want): return got == want or (math.isnan(got) and math.isnan(want))
    return abs(got - want) <= .51 * 10**-digits


def check_shown(page, logits, present):
    "Every number of the loss explorer is the library's."
    x = torch.tensor(logits, dtype=torch.float64)
    each, slopes = losses(logits, present)
    hand, hand_slopes = losses(logits, present, by_hand=True)
    for i in range(len(logits)):
        assert float(get(page, f"field-{i}").input_value()) == logits[i]
        assert get(page, f"present-{i}").is_checked() == present[i]
        assert same(shown(page, f"sigmoid-{i}"), sigmoid(x)[i].item())
        assert same(shown(page, f"softmax-{i}"), softmax(x)[i].item())
        assert same(shown(page, f"loss-{i}"), each[i])
        assert same(shown(page, f"gradient-{i}"), slopes[i])
        assert same(shown(page, f"loss-{i}-note"), hand[i], 2)   # float32's last bits may differ
        if "by hand" in get(page, f"gradient-{i}-note").inner_text():
            assert same(shown(page, f"gradient-{i}-note"), hand_slopes[i])
        else: assert abs(hand_slopes[i] - slopes[i]) < .01
    assert same(shown(page, "loss"), sum(each) / len(each), 4)
    assert same(shown(page, "hand-loss"), sum(hand) / len(hand), 2)
    fine = math.isfinite(sum(hand))
    assert get(page, "verdict").inner_text().startswith("\u2713" if fine else "\u26a0")


START, THERE = [2., -1., .5, -3.], [True, False, True, False]


def test_the_loss_explorer_starts_with_what_it_was_given(open_page):
    check_shown(open_page(loss_explorer().page()), START, THERE)
    other = open_page(loss_explorer([-.1, 4, 0, 19, -19], [1, 1, 0, 0, 1], list("abcde")).page())
    check_shown(other, [-.1, 4, 0, 19, -19], [True, True, False, False, True])
    assert get(other, "desk").is_hidden()   # nobody draws classes of one's own


def test_by_keyboard(open_page):
    page, logits = open_page(loss_explorer().page()), list(START)
    get(page, "present-0").focus()
    page.keyboard.press("Tab")
    for key, by in [("ArrowRight", .1), ("ArrowLeft", -.1), ("ArrowUp", .1), ("ArrowUp", .1)]:
        wait_drawn(page, lambda: page.keyboard.press(key), "loss-explorer")
        logits[0] = round(logits[0] + by, 1)
        check_shown(page, logits, THERE)
    for key, to in [("Home", -20.), ("End", 20.)]:
        wait_drawn(page, lambda: page.keyboard.press(key), "loss-explorer")
        check_shown(page, [to, *logits[1:]], THERE)
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("-7.25")
    check_shown(page, [-7.25, *logits[1:]], THERE)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")   # the next class's tick
    check_shown(page, [-7.25, *logits[1:]], [True, True, True, False])


def test_by_mouse(open_page):
    page = open_page(loss_explorer().page())
    box = get(page, "logit-2").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * .5125, middle)   # the knob, at 0.5
    page.mouse.down()
    seen = []
    for part in (.6, .75, .9):
        wait_drawn(page, lambda: page.mouse.move(box["x"] + box["width"] * part, middle), "loss-explorer")
        seen.append(float(get(page, "logit-2").input_value()))
        check_shown(page, [2., -1., seen[-1], -3.], THERE)
    page.mouse.up()
    assert seen == sorted(seen) and seen[-1] > 12
    get(page, "present-2").click()
    check_shown(page, [2., -1., seen[-1], -3.], [True, False, False, False])


def test_at_200_the_loss_by_hand_breaks_and_the_one_on_logits_holds(open_page):
    page = open_page(loss_explorer().page())
    get(page, "field-1").fill("200")
    check_shown(page, [2., 200., .5, -3.], THERE)
    assert shown(page, "hand-loss") == math.inf and math.isnan(shown(page, "gradient-1-note"))
    assert shown(page, "loss-1") == 200 and shown(page, "gradient-1") == .25
    get(page, "present-1").check()
    check_shown(page, [2., 200., .5, -3.], [True, True, True, False])
    get(page, "field-1").fill("-200")
    check_shown(page, [2., -200., .5, -3.], [True, True, True, False])
    assert shown(page, "hand-loss") == math.inf
    get(page, "field-1").fill("2000")   # out of bounds: nothing moves
    assert shown(page, "loss-1") == 200


@pytest.mark.parametrize("name, logits", [("zero", [0, 0, 0, 0]), ("right", [6, -6, 6, -6]), ("wrong", [-6, 6, -6, 6]),
                                          ("two-hundred", [2, 200, .5, -3])])
def test_settings(open_page, name, logits):
    page = open_page(loss_explorer().page())
    get(page, f"set-{name}").click()
    check_shown(page, logits, THERE)


def test_javascript_and_autograd_agree_on_a_thousand_logits(open_page):
    page, rng = open_page("<p>nothing</p>"), np.random.RandomState(0)
    logits = np.concatenate([rng.uniform(-20, 20, 900), rng.normal(0, 1e-3, 50),
                             [0., 14.9, 16.7, 17., 40., 90., 100., 103., 200., 1000.]])
    logits = np.concatenate([logits, -logits]).astype(np.float32).astype(float).tolist()
    call = "(xs) => {" + _LOSSES + "return xs.map(([x, is]) => [onLogits(x, is), byHand(x, is, xs.length)]" \
        ".flatMap((a) => [a.loss, a.gradient].map(String))); }"
    for present in (True, False):
        found = page.evaluate(call, [[x, present] for x in logits])
        got = torch.tensor([[float(v.replace("Infinity", "inf")) for v in row] for row in found], dtype=torch.float64)
        each, slopes = losses(logits, [present] * len(logits))
        want = torch.tensor([each, [g * len(logits) for g in slopes]], dtype=torch.float64).T
        torch.testing.assert_close(got[:, :2], want, rtol=1e-12, atol=1e-14)
        each, slopes = losses(logits, [present] * len(logits), by_hand=True)
        want = torch.tensor([each, [g * len(logits) for g in slopes]], dtype=torch.float64).T
        got[:, 3] *= len(logits)
        # One bit of exp decides where a probability is rounded, so near 16 the two may take neighboring values.
        torch.testing.assert_close(got[:, 2:], want, rtol=.02, atol=1e-6, equal_nan=True)
        far = torch.tensor(logits).abs() < 8
        torch.testing.assert_close(got[far, 2:], want[far], rtol=4e-4, atol=1e-6)


def test_the_desk_shows_what_is_ticked(open_page):
    page = open_page(loss_explorer().page())
    assert get(page, "desk").get_attribute("alt") == "A desk with pen, eraser"
    for i in (0, 2): get(page, f"present-{i}").click()
    page.wait_for_function("document.querySelector('[data-test=desk]').alt.endsWith('none of the classes')")
    assert get(page, "desk").evaluate("(node) => node.decode().then(() => node.naturalWidth)") == 128


def test_two_of_one_kind_on_a_page_are_two(open_page):
    page = open_page(loss_explorer().page() + loss_explorer().page())
    assert get(page, "loss-explorer").count() == 2
    get(page, "field-0").first.fill("5")
    assert [get(page, "field-0").nth(i).input_value() for i in (0, 1)] == ["5", "2"]


WIDGETS = {"loss-explorer": loss_explorer, "data-maker": data_maker}


@pytest.mark.parametrize("name", WIDGETS)
@pytest.mark.parametrize("width", [343, 768, 1440])
def test_nothing_scrolls_sideways(open_page, name, width):
    page = open_page(WIDGETS[name]().page(), width=width)
    assert sideways(page) == 0
    box = get(page, name).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["width"] <= 900
    page.evaluate("document.querySelector('.multilabel-widget').style.fontSize = '200%'")
    assert sideways(page) == 0


@pytest.mark.parametrize("name", WIDGETS)
@pytest.mark.parametrize("dark, theme", [(False, None), (True, None), (False, "dark"), (True, "light")])
def test_every_text_stands_out(open_page, name, dark, theme):
    page = open_page(WIDGETS[name]().page(), dark=dark, theme=theme)
    if name == "loss-explorer": get(page, "set-two-hundred").click()
    else: get(page, "setting-5").click()
    assert low_contrast(page, name) == []
    paper = get(page, name).evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (not dark if theme is None else theme == "light")


@pytest.mark.parametrize("name", WIDGETS)
def test_every_control_has_a_name(open_live, name):
    page = open_live(WIDGETS[name]())
    nameless = page.evaluate("""() =>
        [...document.querySelectorAll('input, select, button, [role=slider], img, svg[role=img]')]
        .filter((n) => n.checkVisibility()).filter((n) => !(n.labels && n.labels.length) && !n.textContent.trim()
        && !n.getAttribute('aria-label') && !n.alt).map((n) => n.outerHTML)""")
    assert nameless == []


def test_focus_and_the_filled_part_of_a_slider_are_seen(open_page):
    page = open_page(loss_explorer().page())
    track = get(page, "logit-0").evaluate("(node) => getComputedStyle(node).getPropertyValue('--track')")
    assert "gradient" in track and "55%" in track   # logit 2 of -20 to 20
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"


# The data maker

def scene_files(page):
    "The pictures that are shown, as arrays."
    read = "(node) => fetch(node.src).then((r) => r.arrayBuffer()).then((b) => [...new Uint8Array(b)])"
    return [np.asarray(Image.open(io.BytesIO(bytes(get(page, f"scene-{i}").evaluate(read))))) for i in range(10)]


def close(a, b):
    "Alike but for what JPEG loses."
    return np.abs(np.asarray(a, float) - np.asarray(b, float)).mean() < 8


def test_the_ten_are_the_first_ten_of_the_set(open_live, tmp_path):
    import csv
    dials = dict(zoom=2.5, covering=.8, wrong_labels=.4)
    maker = data_maker(seed=7, **dials)
    page = open_live(maker)
    page.wait_for_function("document.querySelector('[data-test=data-maker]').dataset.drawn")
    folder = stationery(tmp_path / "set", n_train=10, n_valid=0, n_test=0, seed=7, **dials)
    with open(folder / "labels.csv", newline="", encoding="utf-8") as file: rows = list(csv.DictReader(file))
    for i, (row, got) in enumerate(zip(rows, scene_files(page))):
        assert close(got, Image.open(folder / "images" / row["fname"]))
        said = get(page, f"labels-{i}").inner_text().replace("\u2715 no ", "not-").replace("\u2715 ", "").split()
        assert sorted(n for n in said if not n.startswith("not-") and n != "nothing") == sorted(row["labels"].split())
    assert get(page, "code").inner_text() == "stationery(seed=7, zoom=2.5, covering=0.8, wrong_labels=0.4)"


def test_dials_are_turned(open_live):
    maker = data_maker()
    page = open_live(maker)
    page.wait_for_function("document.querySelector('[data-test=data-maker]').dataset.drawn")
    wait_drawn(page, lambda: set_slider(page, "dial-zoom", 1.5), "data-maker")
    assert maker.dials["zoom"] == 1.5
    get(page, "dial-empty").focus()
    wait_drawn(page, lambda: page.keyboard.press("Home"), "data-maker")
    assert maker.dials["empty"] == 0 and shown_percent(page, "dial-empty-value") == 0
    wait_drawn(page, lambda: get(page, "dial-pair").select_option(label="pen and pencil"), "data-maker")
    assert maker.dials["pair"] == ("pen", "pencil")
    wait_drawn(page, lambda: get(page, "dial-objects").select_option(label="three"), "data-maker")
    assert get(page, "code").inner_text() == 'stationery(empty=0, objects=(0, 0, 1), pair=("pen", "pencil"), zoom=1.5)'
    turned = dict(empty=0, objects=(0, 0, 1), pair=("pen", "pencil"), zoom=1.5)
    first = draw_scene(np.random.RandomState([0, 0, 0]), 128, **turned)
    assert close(scene_files(page)[0], first[0])
    assert get(page, "labels-0").inner_text().split() == first[1]


def shown_percent(page, name): return int(get(page, name).inner_text().removesuffix("%"))


def test_another_ten_and_the_test_part(open_live):
    maker = data_maker()
    page = open_live(maker)
    wait_drawn(page, lambda: get(page, "again").click(), "data-maker")
    assert maker.seed == 1
    wait_drawn(page, lambda: set_slider(page, "dial-shift", 1), "data-maker")
    assert maker.part == "test"   # the only one that it changes
    page.wait_for_timeout(200)
    want = draw_scene(np.random.RandomState([1, 2, 3]), 128, shift=1.)[0]
    assert close(scene_files(page)[3], want)


def test_a_fast_hand_gets_the_last_one(open_live):
    maker = data_maker()
    page = open_live(maker)
    get(page, "dial-zoom").evaluate("""(node) => { for (let v = 5; v <= 30; v++) {
        node.value = v / 10; node.dispatchEvent(new Event('input', { bubbles: true })); } }""")
    page.wait_for_timeout(1500)
    assert maker.dials["zoom"] == 3
    assert close(scene_files(page)[1], draw_scene(np.random.RandomState([0, 0, 1]), 128, zoom=3)[0])


def test_without_a_kernel_some_settings_are_there(open_page):
    maker = data_maker(noise=.2)
    page = open_page(maker.page())
    assert get(page, "setting-0").inner_text() == "As given" and get(page, "dial-zoom").is_hidden()
    for i, setting in enumerate(maker.settings):
        wait_drawn(page, lambda: get(page, f"setting-{i}").focus() or page.keyboard.press("Enter"), "data-maker")
        assert get(page, f"setting-{i}").get_attribute("aria-pressed") == "true"
    assert get(page, "notice").is_hidden()
    part = 2 if setting["part"] == "test" else 0
    assert close(scene_files(page)[4], draw_scene(np.random.RandomState([0, part, 4]), 128, **setting["dials"])[0])


def test_dials_that_leave_no_place_are_named(open_live):
    page = open_live(data_maker(zoom=3., objects=(0, 0, 0, 1), empty=0.))
    page.wait_for_function("document.querySelector('[data-test=data-maker]').dataset.drawn")
    assert "found no place for" in get(page, "notice").inner_text()
    wait_drawn(page, lambda: set_slider(page, "dial-zoom", 1), "data-maker")
    assert get(page, "notice").is_hidden() and get(page, "labels-9").inner_text()


def test_an_error_of_python_is_shown(open_live):
    maker = data_maker()
    page = open_live(maker)
    page.wait_for_function("document.querySelector('[data-test=data-maker]').dataset.drawn")
    maker.answer_scenes = lambda content: 1 / 0
    wait_drawn(page, lambda: get(page, "again").click(), "data-maker")
    assert "ZeroDivisionError" in get(page, "notice").inner_text()
    del maker.answer_scenes
    wait_drawn(page, lambda: get(page, "again").click(), "data-maker")
    assert get(page, "notice").is_hidden()


# The base

class Doubled(Movable):
    "A widget that asks."
    _esm = front_end("""
function render({ model, el }) {
  const box = frame(el, "doubled", "Doubled"), out = tag("output", { "data-test": "out" }), says = notice();
  const hold = tag("div", {}), bytes = tag("output", { "data-test": "bytes" });
  const line = draggableLine({ label: "threshold", min: 0, max: 1, step: 0.01, value: model.get("x"), test: "line",
    onInput: (v) => change(model, { x: v }) });
  const stop = sized(hold, (width) => {
    const x = scale(0, 1, 30, width - 10), y = scale(0, 1, 100, 10);
    line.place({ x, top: 10, bottom: 100 });
    hold.replaceChildren(svg("svg", { width, height: 140 }, axes({ x, y, xLabel: "x", yLabel: "y" }), line.node));
  });
  const show = () => { line.set(model.get("x")); ask(model, "double", { x: model.get("x"), z: { b: 1, a: 2 } }).then(
    ({ content, buffers }) => { out.textContent = `${content.y} ${buffers[0].getUint8(1)}`; says.say(""); },
    (error) => says.say(error.message)).then(() => drawn(box)); };
  bytes.textContent = model.get("data").getFloat32(0, true);
  box.append(out, bytes, hold, says.node);
  const off = listen(model, ["x"], show);
  show();
  window.stopAll = () => { off(); stop(); };
}
export default { render };""")
    x = traitlets.Float(.5).tag(sync=True)
    data = traitlets.Bytes(np.float32([1.5]).tobytes()).tag(sync=True)

    def answer_double(self, content):
        if content["x"] > .8: raise ValueError("x: want at most 0.8")
        return {"y": 2 * content["x"]}, [b"\x01\xff"]

    def still_questions(self): return [("double", {"z": {"a": 2., "b": 1}, "x": x}) for x in (.25, .5)]


def test_asking_with_and_without_python(open_live, open_page):
    widget = Doubled()
    page = open_live(widget)
    page.wait_for_function("document.querySelector('[data-test=out]').textContent === '1 255'")
    assert get(page, "bytes").inner_text() == "1.5"
    get(page, "line").focus()
    wait_drawn(page, lambda: page.keyboard.press("End"), "doubled")
    assert widget.x == 1 and "want at most 0.8" in get(page, "notice").inner_text()
    still = open_page(Doubled().page())
    still.wait_for_function("document.querySelector('[data-test=out]').textContent === '1 255'")
    get(still, "line").focus()
    wait_drawn(still, lambda: still.keyboard.press("ArrowRight"), "doubled")
    assert "needs Python" in get(still, "notice").inner_text()


def test_a_line_is_dragged(open_live):
    widget = Doubled()
    page = open_live(widget, width=375)
    line, frame = get(page, "line"), get(page, "doubled").locator("svg").bounding_box()
    x = lambda value: frame["x"] + 30 + value * (frame["width"] - 40)
    page.mouse.move(x(.5), frame["y"] + 60)
    page.mouse.down()
    page.mouse.move(x(.25), frame["y"] + 90, steps=4)
    assert abs(widget.x - .25) <= .01 and float(line.get_attribute("aria-valuenow")) == widget.x
    page.mouse.move(-500, frame["y"], steps=2)   # held at the end
    assert widget.x == 0
    page.mouse.up()
    page.mouse.move(x(.7), frame["y"] + 60)      # let go of
    assert widget.x == 0
    line.focus()
    for key, want in [("PageUp", .1), ("ArrowRight", .11), ("ArrowDown", .1), ("End", 1), ("Home", 0), ("a", 0)]:
        page.keyboard.press(key)
        assert widget.x == want, key
    assert sideways(page) == 0


def test_the_base_refuses_and_answers():
    refuses(lambda: front_end(3), "parts", "int", error=TypeError)
    refuses(lambda: front_end("function render() {}"), "export default { render };", error=ValueError)
    refuses(lambda: front_end("export default { render };", "let a = 1;"), "last one", error=ValueError)
    widget, sent = Doubled(), []
    widget.send = lambda content, buffers=None: sent.append((content, buffers))
    widget._heard(widget, {"id": "1", "kind": "double", "content": {"x": .25}}, [])
    widget._heard(widget, {"id": "2", "kind": "double", "content": {"x": .9}}, [])
    widget._heard(widget, {"id": "3", "kind": "triple", "content": {}}, [])
    widget._heard(widget, {"id": "4", "kind": "double", "content": {}}, [])
    widget._heard(widget, "hello", [])
    widget._heard(widget, {"kind": "double"}, [])
    assert sent[0] == ({"id": "1", "content": {"y": .5}}, [b"\x01\xff"])
    assert sent[1][0] == {"id": "2", "error": "x: want at most 0.8"}
    assert "no answer to 'triple'" in sent[2][0]["error"] and sent[3][0]["error"] == "KeyError: 'x'"
    assert len(sent) == 4
    refuses(lambda: widget.figure(), "Doubled", error=NotImplementedError)
    assert widget.shown_state() == {"x": .5, "data": np.float32([1.5]).tobytes()}


def test_a_text_in_the_data_cant_end_the_script(open_page):
    widget = loss_explorer([1., 2.], [True, False], ["</script><b>bold", "<!--"])
    page = open_page(widget.page())
    assert page.locator("b").count() == 0 and "</script><b>bold" in get(page, "loss-explorer").inner_text()


def test_a_page_asks_no_other_host():
    for widget in (loss_explorer(), data_maker(), Doubled()):
        assert set(re.findall(r"https?://[^\s\"'<>)]+", widget.page())) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in STYLE and "url(" not in STYLE and "import" not in re.sub(r"//.*", "", DRAWING)


# Python's side

def test_traits_go_both_ways(open_live):
    explorer = loss_explorer()
    page, heard = open_live(explorer), []
    explorer.observe(lambda change: heard.append(change["new"]), "logits")
    get(page, "field-3").fill("4")
    get(page, "present-3").click()
    assert explorer.logits == [2., -1., .5, 4.] and heard == [[2., -1., .5, 4.]]
    assert explorer.present == [True, False, True, True]
    page.evaluate("window.model.set('logits', [0, 1, 2, 3])")   # as when Python sets it
    check_shown(page, [0, 1, 2, 3], [True, False, True, True])


def test_wrong_inputs_are_named():
    refuses(lambda: loss_explorer(logits=[1, 2, 3]), "logits", "4 values", "got 3")
    refuses(lambda: loss_explorer(present=[True]), "present", "got 1")
    refuses(lambda: loss_explorer(logits=[1, 2, 3, math.nan]), "logits", "nan", "at 3")
    refuses(lambda: loss_explorer(logits=[1, 2, 3, math.inf]), "logits", "-1000 to 1000")
    refuses(lambda: loss_explorer(logits=["1", 2, 3, 4]), "logits", "'1'", error=TypeError)
    refuses(lambda: loss_explorer(present=[.5, 0, 1, 1]), "present", "0.5 at 0")
    refuses(lambda: loss_explorer([1], [1], ["pen"]), "classes", "2 to 8")
    refuses(lambda: data_maker(zom=1), "zom", "zoom", error=TypeError)
    refuses(lambda: data_maker(zoom=9), "zoom", "0.5 to 3", error=ValueError)
    refuses(lambda: data_maker(seed=-1), "seed", error=ValueError)
    refuses(lambda: data_maker(seed=1.5), "seed", error=TypeError)


def test_what_is_set_later_is_checked_too():
    explorer, maker = loss_explorer(), data_maker()
    refuses(lambda: setattr(explorer, "logits", [1., 2.]), "logits", "got 2")
    refuses(lambda: setattr(explorer, "logits", [1., 2., 3., math.nan]), "logits", "nan")
    refuses(lambda: setattr(explorer, "present", [True]), "present", "got 1")
    assert explorer.logits == START and explorer.present == THERE
    refuses(lambda: setattr(maker, "dials", {"zoom": 7}), "zoom")
    maker.dials = {"zoom": 1.}
    assert maker.dials["zoom"] == 1. and maker.dials["noise"] == SceneDials().noise


def test_tensors_and_arrays_are_taken():
    explorer = loss_explorer(torch.tensor([1., 2., 3., 4.]).tolist(), np.array([1, 0, 1, 0]))
    assert explorer.present == [True, False, True, False] and isinstance(explorer, LossExplorer)
    assert explorer.classes == CLASSES


def test_figures():
    figure = loss_explorer([2., -1., .5, -300.], [1, 0, 1, 0]).figure()
    bars, curves = figure.axes
    assert [round(p.get_height(), 3) for p in bars.patches[:4]] == [.881, .269, .622, 0.]
    dots = [line for line in curves.lines if line.get_marker() == "o"]
    want, _ = losses([2., -1., .5, -20.], [1, 0, 1, 0])
    assert [float(np.squeeze(d.get_ydata())) for d in dots] == pytest.approx(want)
    figure = data_maker(seed=3, zoom=2.).figure()
    assert len(figure.axes) == 10 and isinstance(data_maker(), DataMaker)
    picture, labels = draw_scene(np.random.RandomState([3, 0, 0]), 96, zoom=2.)
    assert np.array_equal(figure.axes[0].images[0].get_array(), np.asarray(picture))
    assert figure.axes[0].get_title() == (", ".join(labels) or "nothing")


def test_importing_and_showing_needs_no_torch():
    code = ("from multilabel.widgets import loss_explorer, data_maker\n"
            "assert loss_explorer().page() and data_maker().page()")
    assert loaded(code, "torch", "fastai", "pandas", "matplotlib") == []
