"What the tests of widgets share: a page in Chromium, where an error or a request to another host fails."
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import nbformat
import numpy as np
import pytest

PAGE = ("<!doctype html><html lang='en'{theme}><head><meta charset='utf-8'><title>widget</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'></head><body>{body}</body></html>")
HOME = "http://multilabel.test/"   # answered by the test itself: nothing leaves the machine
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


def chromium():
    "Path of the browser: MULTILABEL_CHROMIUM, else the `chromium` that is installed. None without one."
    return os.environ.get("MULTILABEL_CHROMIUM") or shutil.which("chromium")


def browser_or_skip():
    "Playwright's module and the browser's path; whoever lacks one is told which."
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is missing")
    path = chromium()
    if not path: pytest.skip("the program chromium is missing (or name one in MULTILABEL_CHROMIUM)")
    return playwright, path


@contextmanager
def open_browser():
    "A Chromium without a window."
    playwright, path = browser_or_skip()
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=QUIET + ["--no-sandbox"] * root)
        try: yield browser
        finally: browser.close()


@contextmanager
def open_page(browser, html=None, url=None, width=1280, height=900, dark=False, theme=None, hosts=(), bridge=None,
              **context):
    """A page that shows an HTML text or an address. On leaving, errors on the console fail the test.

    So does a request to another host than the address's own and `hosts`. `theme` is what the page says itself in
    data-theme, `dark` what the system asks for; `bridge` holds Python functions that the page may call, by name.
    Other settings go to Playwright's `new_context`."""
    own = {urlsplit(url or HOME).netloc, *hosts}
    place = browser.new_context(viewport={"width": width, "height": height},
                                color_scheme="dark" if dark else "light", **context)
    page, wrong = place.new_page(), []

    def answer(route):
        if url is None and route.request.url == HOME:
            text = PAGE.format(theme=f" data-theme='{theme}'" if theme else "", body=html)
            return route.fulfill(body=text, content_type="text/html; charset=utf-8")
        if urlsplit(route.request.url).netloc in own and url: return route.continue_()
        if route.request.url.startswith(("data:", "blob:")): return route.continue_()
        if urlsplit(route.request.url).path == "/favicon.ico": return route.fulfill(status=204)
        wrong.append(f"a request to {route.request.url}")
        route.abort()

    place.route("**/*", answer)
    for name, function in (bridge or {}).items(): page.expose_function(name, function)
    page.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda e: wrong.append(f"error: {e}"))
    page.set_default_timeout(10_000)
    try:
        page.goto(url or HOME)
        yield page
        assert not wrong, "\n".join(wrong)
    finally: place.close()


LIVE = """<div id='live'></div><style>%(style)s</style><script type='module'>%(script)s
class LiveModel extends StillModel {  // tells the widget in Python what is set, and asks it
  constructor(start) { super(start); this.still = false; this.changed = {}; }
  set(name, value) { super.set(name, value); this.changed[name] = value; }
  async save_changes() {
    const changed = JSON.stringify(this.changed);
    this.changed = {};
    await window.pythonSet(changed);
  }
  async send(message) {
    for (const [content, buffers] of unpack(await window.pythonAsk(JSON.stringify(message)))) {
      (this.heard['msg:custom'] || []).slice().forEach((hear) => hear(content, buffers));
    }
  }
}
window.model = new LiveModel(%(data)s);
front.render({ model: window.model, el: document.getElementById('live') });
</script>"""


@contextmanager
def open_live(browser, widget, **settings):
    "A page that shows a widget with Python behind it: each way goes through the page's JSON, as with a kernel."
    from multilabel.widgets import _STILL, _inline, _plain
    sent = []
    widget.send = lambda content, buffers=None: sent.append([content, list(buffers or [])])

    def python_ask(message):
        widget._heard(widget, json.loads(message), [])
        replies, sent[:] = _plain(sent), []
        return json.loads(json.dumps(replies))

    def python_set(changed):
        for name, value in json.loads(changed).items(): setattr(widget, name, value)

    data = _inline({"state": widget.shown_state(), "answers": []})
    script = widget._esm.replace("export default", "const front =") + _STILL
    html = LIVE % dict(style=widget._css, script=script, data=data)
    bridge = {"pythonAsk": python_ask, "pythonSet": python_set}
    with open_page(browser, html, bridge=bridge, **settings) as page: yield page


def get(page, name, within=""):
    "The node that a test looks at, by its data-test."
    return page.locator(f'{within} [data-test="{name}"]'.strip())


def shown(page, name):
    "The number that is shown there, as a float: inf and nan too."
    return float(get(page, name).inner_text().split()[-1].replace("\u2212", "-"))


def wait_drawn(page, act, test):
    "Do something, and wait until the widget says that it has redrawn."
    before = get(page, test).get_attribute("data-drawn")
    act()
    page.wait_for_function("([test, before]) => document.querySelector(`[data-test='${test}']`).dataset.drawn"
                           " !== before", arg=[test, before])


def set_slider(page, name, value):
    "Put a slider's value there as a hand does it, with one input event."
    get(page, name).evaluate("(node, value) => { node.value = value;"
                             " node.dispatchEvent(new Event('input', { bubbles: true })); }", value)


def sideways(page):
    "How many pixels the page is wider than its window: 0 where nothing scrolls sideways."
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


CONTRAST = """(root) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255); };
  const light = ([r, g, b]) => [r, g, b].map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = (node) => { for (; node; node = node.parentElement) {
      const color = rgba(getComputedStyle(node).backgroundColor); if (color[3] > .99) return color; }
    return [1, 1, 1, 1]; };
  const found = [];
  for (const node of root.querySelectorAll("*")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const hidden = !node.checkVisibility({ opacityProperty: true });
    if (!own || hidden || node.closest(".ml-hidden, :disabled, option")) continue;
    const style = getComputedStyle(node);
    const ink = light(rgba(node instanceof SVGElement ? style.fill : style.color)), paper = light(behind(node));
    const ratio = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)}: ${node.textContent.trim().slice(0, 40)}`);
  }
  return found;
}"""


def low_contrast(page, test):
    "Texts of a widget whose contrast with what is behind them is below 4.5."
    return get(page, test).evaluate(CONTRAST)


@contextmanager
def voila(folder, source):
    "Voila on a notebook of one cell that runs in a folder; its address."
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), folder / "one.ipynb")
    command = [sys.executable, "-m", "voila", "one.ipynb", "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    with open(folder / "voila.log", "w") as log:
        server, late = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log), time.monotonic() + 120
        try:
            while server.poll() is None and time.monotonic() < late:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1): break
                time.sleep(.25)
            else: raise RuntimeError(f"Voila doesn't listen:\n{(folder / 'voila.log').read_text()[-3000:]}")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            try: server.wait(20)
            except subprocess.TimeoutExpired: server.kill()


@contextmanager
def kernel_page(browser, folder, source, **arrays):
    "A page with the widget that a cell ends in, behind it a kernel in a folder where the arrays lie as .npy."
    pytest.importorskip("voila", reason="the package voila is missing")
    for name, array in arrays.items(): np.save(folder / f"{name}.npy", array)
    page = browser.new_page(accept_downloads=True)
    # Voila's own frame asks another host for icons; nothing here does.
    page.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
    try:
        with voila(folder, source) as address:
            page.goto(address, timeout=120_000)
            yield page
    finally: page.close()


def grave(page, part=None):
    "What axe calls serious or critical in a page, or in a part of it (a selector): (rule, the first node)."
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the package axe-playwright-python is missing")
    found = axe.Axe().run(page, part, {"preload": False, "resultTypes": ["violations"]}).response["violations"]
    return [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in ("serious", "critical")]
