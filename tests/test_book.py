"The book: built once, read as files, then in a real browser, opened as files too: no server, no network, no Python."
import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from browser import get, grave, open_page, shown, sideways, wait_drawn

ROOT = Path(__file__).resolve().parent.parent
for _ in ("book", "tools"): sys.path.insert(0, str(ROOT / _))
for _ in ("sphinx", "myst_nb", "furo", "latex2mathml"):
    pytest.importorskip(_, reason=f"the package {_}, which builds the book, is missing")

import explorers  # noqa: E402  the book's own modules
import links  # noqa: E402
import reference  # noqa: E402
import walk  # noqa: E402

from multilabel.activations import sigmoid, softmax  # noqa: E402
from multilabel.cuts import ExpectedCost  # noqa: E402
from multilabel.losses import binary_cross_entropy_with_logits  # noqa: E402
from multilabel.metrics import confusion_counts  # noqa: E402
from multilabel.thresholds import best_thresholds  # noqa: E402

FIVE = ["index.html", "17_trust_plots.html", "explorers.html", "reference/thresholds.html", "formulas.html"]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    "The book, built; a warning or a broken link fails."
    out = tmp_path_factory.mktemp("book") / "site"
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "book.py"), "--out", str(out)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def text_of(book, name): return (book / name).read_text(encoding="utf-8")


# ---- As files

def test_every_notebook_is_a_chapter_in_order(book):
    home = text_of(book, "index.html")
    places = [home.index(f'href="{path.stem}.html"') for path in walk.notebooks()]
    assert places == sorted(places)
    for path in walk.notebooks():
        page = text_of(book, f"{path.stem}.html")
        assert re.search(rf"<h1>{re.escape(walk.title_of(walk.nbformat.read(path, 4)))}<", page), path
        assert not re.search(r"#\s?\|\s?(export|hide|default_exp|book)", page) and "nbdev_export" not in page
    for _, part in walk.PARTS: assert f">{part}<" in home


def test_outputs_are_those_committed(book):
    page = text_of(book, "01_losses.html")
    assert "negative log-likelihood of pen: 0.3538" in page and page.count("<img") >= 4
    for path in book.glob("[0-9]*.html"):
        for image in links.read(path).images:
            if "_images/" in image["src"]: assert len(image["alt"]) > 8 and int(image["width"]) > 0, (path.name, image)


def test_links_hold_and_nobody_else_is_asked(book):
    assert links.broken(book) == []


def test_the_checker_sees_what_is_broken(tmp_path):
    (tmp_path / "style.css").write_text("a { background: url(https://a.example/b.png) } @import 'gone.css';")
    (tmp_path / "other.html").write_text("<p id=here>")
    (tmp_path / "page.html").write_text(
        "<link rel=stylesheet href=style.css><script src='//cdn.example/x.js'></script><a href=gone.html>a</a>"
        "<a href='other.html#here'>b</a><a href='other.html#there'>c</a><a href='https://a.example'>d</a>"
        "<i id=a></i><i id=a></i><style>@font-face { src: url(//a.example/f.woff2) }</style><img src='data:,' alt=''><img src='data:,b'>")
    said = "\n".join(links.broken(tmp_path))
    for words in ["loads //cdn.example/x.js", "gone.html leads nowhere", "other.html#there leads to no such anchor",
                  "anchor a is there twice", "https://a.example/b.png", "gone.css, which isn't there", "//a.example/f.woff2",
                  "data:,b has no alternative text"]:
        assert words in said, words
    assert len(said.splitlines()) == 8


def test_the_reference_has_every_name_with_its_source(book):
    for module in reference.modules():
        page, source = text_of(book, f"reference/{module}.html"), text_of(book, f"source/{module}.html")
        for name in importlib.import_module(f"multilabel.{module}").__all__:
            section = page[page.index(f'<section id="{name}">'):]
            line = int(re.search(rf'href="\.\./source/{module}\.html#L-(\d+)"', section).group(1))
            assert f'id="L-{line}"' in source and f"/multilabel/{module}.py#L{line}-" in section
            first = (ROOT / "multilabel" / f"{module}.py").read_text(encoding="utf-8").splitlines()[line - 1]
            assert name in first or first.startswith("@"), (name, first)


def test_the_reference_says_what_the_comments_say(book):
    page = re.sub(r"<[^>]+>", "", text_of(book, "reference/thresholds.html"))
    assert "best_thresholds(probs, targets, metric='f1', tie='nearest')" in re.sub(r"&#39;", "'", page)
    assert "probabilities in [0,1], (n, n_classes): a float tensor, array or data frame" in page
    fields = re.sub(r"<[^>]+>", " ", text_of(book, "reference/datasets.html"))
    assert "share of pictures with none of the classes, in [0,1]" in fields


def test_equations_are_mathml(book):
    page = text_of(book, "formulas.html")
    assert page.count("<math ") > 20 and "<mfrac>" in page and "$" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"\\[a-z]+", re.sub(r"<(script|annotation).*?</\1>", "", page, flags=re.DOTALL))


def test_code_leads_to_the_reference(book):
    page = text_of(book, "04_thresholds.html")
    assert 'href="reference/cuts.html#ExpectedCost"' in page and 'id="made-best_thresholds"' in page
    assert '../04_thresholds.html#made-best_thresholds' in text_of(book, "reference/thresholds.html")


def test_where_an_explorer_goes():
    made = "#| hide_input\nx = data_maker(zoom=2)\nx.figure()"
    assert walk.explorer_of(made) == "data_maker" and walk.explorer_of("x.logits = y\nx.figure()") is None
    assert walk.explorer_of("#| book: loss_explorer\nanything()") == "loss_explorer"
    with pytest.raises(ValueError, match="want one of loss_explorer"): walk.explorer_of("#| book: los_explorer\n1")


def test_texts_for_pictures():
    assert walk.shorten("# A title\n\nLook at [this](x.ipynb), `x`. **Predict:** how many?") == "Look at this, x. Predict: how many?"
    assert walk.shorten("One. " * 100) == " ".join(["One."] * 44)


# ---- In a browser

@pytest.fixture
def visit(book, browser):
    "visit(name, width=375): a page, opened as a file; an error or a foreign request fails."
    from contextlib import ExitStack
    with ExitStack() as stack:
        yield lambda name, **settings: stack.enter_context(open_page(browser, url=(book / name).as_uri(), **settings))


def test_no_page_scrolls_sideways(book, visit):
    page, wide = visit("index.html", width=1440), []
    sources = sorted(book.glob("source/*.html"), key=lambda path: path.stat().st_size)
    for path in sorted(set(book.rglob("*.html")) - set(sources[3:])):  # sources differ in nothing but their lines
        page.goto(path.as_uri(), wait_until="load")
        for width in (1440, 375):
            page.set_viewport_size({"width": width, "height": 900})
            if sideways(page): wide.append((path.relative_to(book).as_posix(), width, sideways(page)))
    assert not wide


def test_between_phone_and_wide_nothing_scrolls_sideways(visit):
    page = visit("22_cockpit.html")
    for width in range(320, 1760, 60):
        page.set_viewport_size({"width": width, "height": 900})
        assert sideways(page) == 0, width


def test_search_finds_words_and_names(visit):
    page = visit("01_losses.html")
    page.keyboard.press("/")
    page.keyboard.type("best_thresholds")
    first = page.locator(".book-results a").first
    assert "best_thresholds" in first.inner_text() and "reference/thresholds.html#best_thresholds" in first.get_attribute("href")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("squashes squeezes")
    assert page.locator(".book-status").inner_text() == "Nothing has \u201csquashes squeezes\u201d."
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("halfway neighbors")
    page.locator(".book-results mark").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "01_losses" not in url)
    assert "halfway" in page.locator("article").inner_text().lower()


def test_search_has_a_page(visit, book):
    page = visit("index.html")
    page.goto((book / "search.html").as_uri() + "?q=softmax")
    assert page.locator(".book-results li").count() > 5


def test_light_and_dark(visit):
    page = visit("04_thresholds.html", dark=False)
    paper = lambda: page.evaluate("getComputedStyle(document.body).backgroundColor")
    inks = [paper()]
    for _ in range(2):  # from what the system says to light or dark, and on
        page.locator(".theme-toggle:visible").first.click()
        inks.append(paper())
    assert "rgb(19, 21, 25)" in inks and inks[0] == "rgb(253, 253, 252)"
    assert page.evaluate("document.body.dataset.theme") in ("light", "dark")


def test_drawers_open_with_the_keyboard(visit):
    page = visit("04_thresholds.html", width=375)
    menu = page.get_by_role("button", name="Contents")
    menu.focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("aria-expanded") == "true"
    page.get_by_role("link", name="Calibration").wait_for()
    page.keyboard.press("Escape")
    assert menu.get_attribute("aria-expanded") == "false"


def in_explorer(name): return f"[data-explorer={name}]"


@pytest.mark.parametrize("name", ["explorers.html", "21_widgets.html"])
def test_the_loss_explorer_moves(visit, name):
    page, logits, there = visit(name, width=1000), [2., -1., .5, -3.], torch.tensor([1., 0., 1., 0.])
    get(page, "logit-0").focus()
    for key, by in [("ArrowRight", .1), ("ArrowRight", .1), ("ArrowLeft", -.1)]:
        wait_drawn(page, lambda: page.keyboard.press(key), "loss-explorer")
        logits[0] = round(logits[0] + by, 1)
    x = torch.tensor(logits, dtype=torch.float64)
    each = binary_cross_entropy_with_logits(x, there.double(), reduction="none")
    for i in range(4):
        for what, want in (("sigmoid", sigmoid(x)[i]), ("softmax", softmax(x)[i]), ("loss", each[i])):
            assert abs(shown(page, f"{what}-{i}") - want.item()) < 6e-4, (what, i)
    assert abs(shown(page, "loss") - each.mean().item()) < 6e-5


@pytest.mark.parametrize("name", ["explorers.html", "22_cockpit.html"])
def test_the_threshold_explorer_moves(visit, name):
    page, (_, probs, targets) = visit(name, width=375), explorers.desks()

    def check(thresholds):
        counts = confusion_counts(probs, targets, torch.tensor(thresholds, dtype=torch.float64)).flatten(1).tolist()
        for k, row in enumerate(counts):
            found = [int(get(page, f"{what}-{k}").text_content().replace(",", "")) for what in ("tn", "fp", "fn", "tp")]
            assert found == row, k

    check([.5] * 4)
    get(page, "line").focus()
    for key in ["ArrowLeft"] * 3 + ["ArrowRight"]: wait_drawn(page, lambda: page.keyboard.press(key), "threshold-explorer")
    now = float(get(page, "line").get_attribute("aria-valuenow"))
    assert now < .5
    check([.5, now, .5, .5])   # pencil is selected
    get(page, "metric").select_option("cost")
    get(page, "miss").fill("5")
    get(page, "miss").press("Enter")
    want = best_thresholds(probs, targets, ExpectedCost(miss=5.)).thresholds
    for k in range(4):
        wait_drawn(page, lambda: get(page, f"best-{k}").press("Enter"), "threshold-explorer")
        assert float(get(page, f"best-{k}").get_attribute("data-threshold")) == pytest.approx(want[k].item(), abs=1e-12)
    check(want.tolist())


def test_the_data_maker_shows_its_settings(visit):
    page, maker = visit("explorers.html", width=375), explorers.data_maker()
    get(page, "setting-1").focus()
    wait_drawn(page, lambda: page.keyboard.press("Enter"), "data-maker")
    setting = maker.settings[1]
    labels = maker.reply("scenes", {"dials": setting["dials"], "seed": 0, "part": setting["part"]})[0]["labels"]
    assert get(page, "setting-1").get_attribute("aria-pressed") == "true"
    for i, names in enumerate(labels):
        said = get(page, f"labels-{i}").inner_text()
        assert all(name in said for name in names) and page.locator(".dm-scenes img").nth(i).is_visible()


@pytest.mark.parametrize("name", ["explorers.html", "23_browsers.html"])
def test_the_prediction_browser_walks(visit, name):
    page, place, (probs, targets, _) = visit(name, width=375), in_explorer("prediction_browser"), explorers.tired_labels()
    sure = np.where((probs > .5) != (targets == 1), np.abs(probs - .5), 0).max(1)
    order = np.argsort(-sure, kind="stable")
    title = get(page, "title", place)
    assert title.inner_text() == f"desk_{order[0]:03}.jpg"
    get(page, "cover", place).first.focus()
    for row in order[1:3]:
        page.keyboard.press("ArrowRight")
        page.wait_for_function("([at, want]) => document.querySelector(at).textContent === want",
                               arg=[f"{place} [data-test=title]", f"desk_{row:03}.jpg"])
    get(page, "wrong-3", place).focus()
    page.keyboard.press("Enter")
    assert get(page, "wrong-3", place).get_attribute("aria-pressed") == "true"
    assert "1" in get(page, "corrected", place).inner_text()


def test_the_point_browser_moves(visit):
    page, place = visit("explorers.html", width=1000), in_explorer("point_browser")
    preds, centers, _ = explorers.swapped_centers()
    row = int(np.argmax(np.linalg.norm(preds - centers, axis=1)))
    off = lambda by: float(np.linalg.norm(preds[row] - centers[row] - [0, by]))
    error = lambda: float(re.search(r"[\d.]+", get(page, "error", place).inner_text())[0])
    assert error() == pytest.approx(off(0), abs=.051)
    get(page, "handle", place).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("([at, was]) => !document.querySelector(at).textContent.includes(was)",
                           arg=[f"{place} [data-test=error]", f"{off(0):.1f}"])
    assert error() == pytest.approx(off(1), abs=.051)


def test_an_explorer_follows_the_switch(visit):
    page = visit("explorers.html", dark=False)
    card = lambda: page.evaluate("getComputedStyle(document.querySelector('.multilabel-widget')).backgroundColor")
    before, seen = card(), set()
    for _ in range(2):
        page.locator(".theme-toggle:visible").first.click()
        seen.add(card())
    assert len(seen | {before}) == 2


@pytest.mark.parametrize("name", FIVE)
def test_axe_finds_nothing_serious(visit, name):
    for width, dark in ((375, True), (1440, False)):
        page = visit(name, width=width, dark=dark)
        page.wait_for_timeout(300)   # what fades in is there
        assert grave(page) == []


def test_pictures_of_the_book(visit):
    "Nothing to compare: they are kept to be looked at, in runs/screenshots."
    folder = ROOT / "runs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("index.html", "04_thresholds.html", "explorers.html"):
        for width, dark in ((375, True), (1440, False)):
            page = visit(name, width=width, dark=dark)
            path = folder / f"book-{Path(name).stem}-{width}-{'dark' if dark else 'light'}.png"
            page.screenshot(path=path)
            assert path.stat().st_size > 10_000
