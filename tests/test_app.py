"The app: what it refuses, who may come in, what a browser shows, and what it says when something ends."
import contextlib
import http.cookiejar
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from multiprocessing.connection import Client, Listener
from pathlib import Path

import numpy as np
import pytest
import torch
from browser import get, grave, open_page, sideways
from conftest import four_quarters, refuses, save_gallery, save_turned
from PIL import Image
from test_imports import HEAVY, loaded

from multilabel import app as a
from multilabel.adapters import scores_frame
from multilabel.classifier import load_classifier
from multilabel.datasets import CLASSES, stationery
from multilabel.models import make_model, write_model
from multilabel.regression import load_points

SHOTS = Path(__file__).resolve().parent.parent / "runs" / "screenshots"
MAIN = [sys.executable, "-c", "from multilabel.cli import main; main()"]


# What an app is made of: networks with random weights, some desks, scores that are drawn.

def random_model(folder, kind):
    torch.manual_seed(3)
    settings = {"kind": kind, "arch": "small", "n_out": 4, "size": [48, 48], "mean": [.5] * 3, "std": [.25] * 3,
                "scores": {}, "classes": CLASSES, "thresholds": [.5, .45, .5, .55]}
    if kind == "points":
        settings["n_out"] = 2
        del settings["classes"], settings["thresholds"]
    network = make_model("small", settings["n_out"], points=kind == "points")
    with torch.no_grad():  # answers that differ from picture to picture
        for weights in network[1].parameters(): weights.mul_(4)
    return write_model(folder, network, settings)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    "Folders: classifier (with its scores), points, and the desks' images."
    root = tmp_path_factory.mktemp("app")
    models = {kind: random_model(root / kind, kind) for kind in ("classifier", "points")}
    desks = stationery(root / "desks", n_train=1, n_valid=24, n_test=24, size=48, seed=2)
    rng = np.random.RandomState(0)
    rows = [line.split(",") for line in (desks / "labels.csv").read_text().splitlines()[1:]]
    for part in ("valid", "test"):
        names, truth = zip(*[(r[0], [c in r[1].split() for c in CLASSES]) for r in rows if r[2] == part])
        probs = torch.sigmoid(torch.tensor(rng.randn(len(truth), 4) + 3 * np.array(truth) - 1.5)).float()
        frame = scores_frame(probs, torch.tensor(truth).int(), CLASSES, names)
        frame.to_csv(models["classifier"] / f"scores_{part}.csv", index=False)
    return {**models, "images": desks / "images"}


@pytest.fixture(scope="module")
def models(parts): return a.Models(parts["classifier"], parts["points"])


def encoded(array=None, kind="PNG", **kwargs):
    buffer = io.BytesIO()
    Image.fromarray(four_quarters(40, 64) if array is None else array).save(buffer, kind, **kwargs)
    return buffer.getvalue()


def png_that_says(width, height):
    data = encoded()
    start = data.index(b"IHDR")
    import zlib
    head = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + data[start + 12:start + 17]
    return data[:start] + head + zlib.crc32(head).to_bytes(4, "big") + data[start + 21:]


REFUSED = {  # name: (content, what the sentence says)
    "empty.png": (b"", "is empty"), "large.jpg": (b"\xff\xd8\xff" + bytes(a.MAX_BYTES), "too large: 20.0 MB"),
    "text.jpg": (b"no picture at all", "no picture that can be read here"),
    "page.png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture that can be read here"),
    "sound.webp": (b"RIFF\x24\x00\x00\x00WAVEfmt ", "no picture that can be read here"),
    "desk.jpg": (encoded(), "mislabelled: a PNG by its content, a JPEG by its name"),
    "desk.png": (encoded(kind="JPEG"), "mislabelled: a JPEG by its content, a PNG by its name"),
    "bomb.png": (png_that_says(30_000, 30_000), "too many pixels"),
    "wide.png": (png_that_says(50_000_001, 1), "too many pixels"),
    "bomb.gif": (b"GIF89a\xff\xff\xff\xff\x00\x00\x00" + b",\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;", "too many pixels"),
    "cut.png": (encoded()[:-30], "is broken"), "head.png": (a.STARTS["PNG"] + b"\x00" * 40, "is broken")}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_before_it_is_decoded(name, monkeypatch):
    content, words = REFUSED[name]
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("decoded"))
    said = refuses(lambda: a.check_picture(content, f"../{name}"), words, error=a.UploadError)
    assert said.startswith(name) and said.endswith(".")


def test_what_is_let_through(tmp_path):
    for kind, end in [("JPEG", "jpg"), ("JPEG", "JPEG"), ("PNG", "Png"), ("GIF", "gif"), ("WEBP", "webp"), ("PNG", "")]:
        assert a.check_picture(encoded(kind=kind), f"a.{end}") == (kind, 64, 40)
    for name in save_gallery(tmp_path / "all"):
        if not name.endswith(".tif"): a.check_picture((tmp_path / "all" / name).read_bytes(), name)


def test_a_name_is_shown_short_and_without_its_folder():
    said = refuses(lambda: a.check_picture(b"", "C:\\users\\me\\" + "x" * 300 + ".png"), "is empty", error=a.UploadError)
    assert len(said) < 70 and "users" not in said


def test_damage_is_a_sentence_or_an_answer_and_never_a_crash(models):
    rng, refused = np.random.RandomState(0), 0
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        whole = encoded(kind=kind)
        for _ in range(40):
            content = bytearray(whole[:rng.randint(8, len(whole) + 1)])
            for place in rng.randint(0, len(content), rng.randint(0, 4)): content[place] = rng.randint(256)
            try: models.predict(bytes(content), f"a.{kind.lower()}", "classifier")
            except a.UploadError as e: refused += len(str(e)) > 20
    assert refused > 80


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "PNG"])
def test_half_a_file_is_cut_short(models, kind):
    content = encoded(np.random.RandomState(0).randint(0, 255, (90, 90, 3), dtype=np.uint8), kind)
    refuses(lambda: models.predict(content[:len(content) // 2], f"a.{kind.lower()}", "classifier"), "a." + kind.lower(),
            error=a.UploadError)


def test_answers_are_the_librarys_and_pictures_stand_upright(models, parts, tmp_path):
    classifier, points = load_classifier(parts["classifier"]), load_points(parts["points"])
    for number in range(1, 9):
        path = save_turned(tmp_path / f"{number}.png", four_quarters(), number)
        answer, small = models.predict(path.read_bytes(), path.name, "classifier")
        said = classifier.predict(path)
        assert answer["probs"] == said.probs[0].tolist() and answer["labels"] == said.labels[0]
        assert Image.open(io.BytesIO(small)).size == (32, 20) == (answer["width"], answer["height"])
        assert models.predict(path.read_bytes(), path.name, "points")[0]["point"] == points.predict(path).points[0].tolist()


def test_keeping_thresholds_writes_the_folder_and_counts_at_once(tmp_path, parts):
    import shutil
    folder = shutil.copytree(parts["classifier"], tmp_path / "model")
    models = a.Models(folder)
    assert models.keep([.1, .2, .3, .4])["thresholds"] == pytest.approx([.1, .2, .3, .4])
    np.testing.assert_allclose(load_classifier(folder).thresholds, [.1, .2, .3, .4], rtol=1e-6)
    before = (folder / "model.json").read_bytes()
    for wrong in ([.1], [.1, .2, .3, 2], [.1, .2, .3, float("nan")], ["a"] * 4, [True] * 4):
        refuses(lambda: models.keep(wrong), "threshold in [0, 1]", error=a.UploadError)
    assert (folder / "model.json").read_bytes() == before


def test_strangers_and_nonsense_are_not_heard(models, monkeypatch):
    monkeypatch.setenv(a.KEY, "ab" * 32)
    listener = Listener(authkey=bytes.fromhex("ab" * 32))
    threading.Thread(target=a.answer_sessions, args=(models, listener), daemon=True).start()
    for first in (b"[]", b"not json", b"{}", b'{"ask": "predict"}'):
        with Client(listener.address, authkey=bytes.fromhex("ab" * 32)) as line:
            line.send_bytes(first)
            line.send_bytes(b"")
            with contextlib.suppress(EOFError): assert "error" in json.loads(line.recv_bytes())
    with socket.socket(socket.AF_UNIX) if isinstance(listener.address, str) else socket.socket() as raw:
        raw.connect(listener.address)
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert a.ask_models(listener.address, {"ask": "about"})[0]["classes"] == CLASSES
    monkeypatch.setenv(a.KEY, "cd" * 32)
    refuses(lambda: a.ask_models(listener.address, {"ask": "about"}), "multilabel app", error=a.ModelGone)


def test_a_session_is_light():
    assert loaded("import multilabel.app", "torch", *(name for name in HEAVY if name not in ("PIL", "fastcore"))) == []


def test_without_voila_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(a, "find_spec", lambda name: None)
    refuses(a.run_app, 'pip install "multilabel[app]"', error=a.AppError)


def say(*words, **kwargs):
    return subprocess.run([*MAIN, "app", *map(str, words)], capture_output=True, text=True, timeout=60, **kwargs)


def test_what_cannot_be_served_is_a_sentence(parts, tmp_path):
    for words, said in [((), "multilabel demo"), ((tmp_path,), "no model folder"), (("--port", 0), "--port: want 1"),
                        ((parts["points"], "--points-model", parts["classifier"]), "want one model of points"),
                        ((parts["classifier"], "--images", tmp_path / "no"), "--images")]:
        done = say(*words, cwd=tmp_path)
        assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr, (words, done.stderr)


# The app itself, once for all that follows.

class Running:
    "An app in a process of its own."
    def __init__(self, parts, home, *words):
        home.mkdir()
        self.home = home  # a short path: sockets lie in it
        env = {**os.environ, "TMPDIR": str(home), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
        program = [*MAIN, "app", parts["classifier"], "--points-model", parts["points"], "--images", parts["images"],
                   "--port", "18866", *words]
        self.process = subprocess.Popen(list(map(str, program)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env=env, start_new_session=True)
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("open http"): break
        else: pytest.fail("".join(self.said))
        self.url = self.said[-1].split()[1]
        self.base, _, self.token = self.url.partition("?token=")

    def visitor(self, token=True):
        "Something like a browser: it keeps cookies."
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        if token: self.page = opener.open(self.url, timeout=60).read().decode()
        self.cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
        return opener

    def kernels(self):
        "Session's id to process id."
        found = {}
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                match = re.search(rb"kernel-([\w-]{36})\.json", path.read_bytes())
                if match and str(self.home).encode() in path.read_bytes(): found[match[1].decode()] = int(path.parent.name)
        return found

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try: self.said += self.process.communicate(timeout=20)[0]
        finally: self.process.kill()


@pytest.fixture(scope="module")
def running(parts):
    if not a.find_spec("voila"): pytest.skip("the package voila is missing")
    with tempfile.TemporaryDirectory(prefix="ml-") as folder:
        app = Running(parts, Path(folder) / "t")
        yield app
        app.end()
        assert not app.kernels() and not list(app.home.glob("ml-app-*")), "nothing is left behind"
        said = "".join(app.said)  # a kernel that is ended may still complain of its closed lines
        assert not any(ours in said for ours in ("write_error", "multilabel/", "multilabel\\")), said


def status(opener, url, method="GET", data=None, **headers):
    try: return opener.open(urllib.request.Request(url, data, headers, method=method), timeout=20).status
    except urllib.error.HTTPError as e: return e.code


def test_without_the_token_there_is_a_door_and_no_session(running):
    assert len(running.token) == 48 and running.base.startswith("http://127.0.0.1:")
    stranger = running.visitor(token=False)
    for place in ("", "?token=wrong", "alive/00000000-0000-0000-0000-000000000000"):
        with pytest.raises(urllib.error.HTTPError) as refused: stranger.open(running.base + place, timeout=20)
        assert refused.value.code == 403 and "The token, please" in refused.value.read().decode()
    assert not running.kernels()


def test_the_page_holds_no_code_and_names_no_other_host(running):
    answer = running.visitor().open(running.url, timeout=60)
    text, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert "import page" not in text and "multilabel.app" not in text and "Traceback" not in text
    assert not set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}", text.replace("http://www.w3.org", "")))
    assert "default-src 'self'" in policy and "http" not in policy


def test_no_other_doors(running):
    visitor, alone = running.visitor(), re.search(r'"kernelId": "([\w-]+)"', running.page)[1]
    for place in ("api/contents", "api/terminals", "api/sessions", "api/kernels", "terminals/websocket/1", "tree", "lab",
                  "voila/tree", "voila/files/app.ipynb", "voila/files/app.json", "voila/render/app.ipynb", "app.ipynb",
                  "files/app.json", "voila/api/contents", "voila/static/../../app.json", "api/me", "logout"):
        assert status(visitor, running.base + place) in (400, 403, 404, 405), place
    assert status(visitor, running.base + "api/kernels", "POST", b"{}") in (403, 404, 405)
    # Without the second secret nothing is ended, by whichever door.
    assert status(visitor, running.base + f"voila/api/shutdown/{alone}", "POST", b"") == 403
    assert status(visitor, running.base + f"api/kernels/{alone}", "DELETE") == 403
    assert json.load(visitor.open(running.base + f"alive/{alone}")) == {"alive": True}
    assert status(visitor, running.base, Host="example.org:18866") == 403, "another name for this address"


def connect(running, kernel, protocol="v1.kernel.websocket.jupyter.org", **more):
    "A websocket to a session, as the page opens it; `more` differs from that."
    import websocket
    asked = {"cookie": running.cookies, "origin": running.base[:-1], "timeout": 10, **more}
    place = running.base.replace("http", "ws") + f"api/kernels/{kernel}/channels"
    return websocket.create_connection(place, subprotocols=[protocol] if protocol else None, **asked)


def test_code_from_the_page_is_not_run(running, tmp_path):
    import websocket
    from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
    visitor = running.visitor()
    kernel, proof = re.search(r'"kernelId": "([\w-]+)"', running.page)[1], tmp_path / "proof"
    wrong = [{"cookie": None}, {"cookie": "_xsrf=1"}, {"origin": "http://example.org"}, {"protocol": None}]
    for one in wrong:  # no token, a made-up cookie, another page of the same browser, a protocol that hangs Voila
        with pytest.raises(websocket.WebSocketBadStatusException): connect(running, kernel, **one)
    line = connect(running, kernel)
    def ask(kind, channel="shell", **content):
        header = {"msg_id": f"{kind}-{time.time()}", "msg_type": kind, "session": "test", "username": "", "version": "5.3"}
        line.send_binary(serialize_msg_to_ws_v1([json.dumps(part).encode() for part in (header, {}, {}, content)], channel))
    code = f"open({str(proof)!r}, 'w').close()"
    ask("execute_request", code=code, silent=False, store_history=False, user_expressions={}, allow_stdin=False)
    ask("execute_request", "control", code=code, silent=True)
    ask("complete_request", code="import o", cursor_pos=8)
    ask("kernel_info_request")
    heard = []
    while "kernel_info_reply" not in heard: heard.append(json.loads(deserialize_msg_from_ws_v1(line.recv())[1][0])["msg_type"])
    line.close()
    assert not {"execute_reply", "execute_input", "complete_reply", "error"} & set(heard) and not proof.exists()
    assert status(visitor, running.base + f"alive/{kernel}") == 200


# In a browser.

@pytest.fixture(scope="module")
def look(running, browser):
    "Open the app as a visitor does: errors on the console and requests to other hosts fail."
    @contextlib.contextmanager
    def visit(**kwargs):
        with open_page(browser, url=running.url, **kwargs) as page:
            get(page, "upload").wait_for()
            yield page
    return visit


def choose(page, *files):
    "Files through ipywidgets' upload button; a file is a path, or (name, content)."
    with page.expect_file_chooser() as chooser: get(page, "upload").click()
    pairs = [(f.name, f.read_bytes()) if isinstance(f, Path) else f for f in files]
    chooser.value.set_files([{"name": name, "mimeType": "", "buffer": content} for name, content in pairs])


def files_in(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and "kernel-" not in p.name}


DROP = """([event, name, bytes, more]) => {  // a file with so many more zeros, dropped or pasted
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes), new ArrayBuffer(more)], name));
  const made = event === "drop" ? new DragEvent(event, { dataTransfer: data, bubbles: true, cancelable: true })
    : new ClipboardEvent(event, { clipboardData: data, bubbles: true });
  document.querySelector('[data-test="drop"]').dispatchEvent(made); }"""


def test_pictures_are_answered_as_the_library_does(look, running, parts):
    paths = sorted(parts["images"].iterdir())[:3]
    said = load_classifier(parts["classifier"]).predict(paths)
    with look() as page:
        assert get(page, "upload").inner_text() == "Choose pictures"
        before = files_in(running.home)
        choose(page, *paths)
        get(page, "answer").nth(2).wait_for()
        assert files_in(running.home) == before, "nothing is written to disk"
        for i in range(3):
            card = get(page, "answer").nth(2 - i)  # newest first
            assert get(card, "file").inner_text() == paths[i].name
            words = get(card, "said").inner_text().replace(" and ", ", ").split(", ")
            assert words == (said.labels[i] or ["Nothing that it knows"])
            shown = [text.split("\n") for text in get(card, "bar").all_inner_texts()]
            assert [s[0] for s in shown] == CLASSES
            for line, p, threshold in zip(shown, said.probs[i].tolist(), said.thresholds.tolist()):
                words = " ".join(line[1:])
                assert words.startswith(f"{p:.2f}") and f"{'above' if p > threshold else 'below'} {threshold:.2f}" in words
        get(page, "kind-points").check()
        choose(page, paths[0])
        get(page, "cross").wait_for()
        row, col = (float(get(page, "cross").get_attribute(f"data-{name}")) for name in ("row", "col"))
        assert [row, col] == pytest.approx(load_points(parts["points"]).predict(paths[0]).points[0].tolist())
        page.wait_for_timeout(100)
        assert not get(page, "busy").inner_text()


def test_what_is_no_good_picture_gets_its_sentence(look):
    sent = {name: REFUSED[name] for name in ("text.jpg", "desk.jpg", "bomb.png", "cut.png")}
    noise = encoded(np.random.RandomState(0).randint(0, 255, (90, 90, 3), dtype=np.uint8), "JPEG")
    sent["half.jpg"] = (noise[:len(noise) // 2], "cut short")
    with look() as page:
        choose(page, *[(name, content) for name, (content, _) in sent.items()], ("good.png", encoded()))
        get(page, "answer").wait_for()
        texts = get(page, "refused").all_inner_texts()
        for name, (_, words) in sent.items():
            assert [text for text in texts if name in text and words.split(":")[0] in text], (name, texts)
        assert len(texts) == len(sent)
        page.evaluate(DROP, ["drop", "huge.png", [], a.MAX_BYTES + 1])
        get(page, "refused").get_by_text("huge.png is too large: 20.0 MB").wait_for()


def test_more_than_a_dozen_are_left_for_the_next_time(look):
    with look() as page:
        choose(page, *[(f"{i}.png", encoded()) for i in range(14)])
        get(page, "answer").nth(9).wait_for()
        assert get(page, "refused").count() == 2 and "one too many" in get(page, "refused").first.inner_text()


def test_dropped_pasted_and_photographed(look):
    with look() as page:
        for event, name in (("drop", "dropped.png"), ("paste", "pasted.png")):
            page.evaluate(DROP, [event, name, list(encoded()), 0])
            get(page, "file").get_by_text(name).wait_for()
        page.evaluate("""() => { navigator.mediaDevices.getUserMedia = async () => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
            setInterval(() => canvas.getContext("2d").fillRect(0, 0, 64, 48), 50);
            return canvas.captureStream(20); }; }""")
        get(page, "camera").click()
        page.wait_for_function("document.querySelector('video').videoWidth === 64")
        get(page, "shoot").click()
        get(page, "file").get_by_text("camera.jpg").wait_for()
        get(page, "close-camera").click()
        assert get(page, "camera").evaluate("node => node === document.activeElement")
        page.evaluate("""() => { navigator.mediaDevices.getUserMedia =
            async () => { throw new DOMException("", "NotAllowedError"); }; }""")
        get(page, "camera").click()
        get(page, "fault").get_by_text("not allowed").wait_for()


def test_everything_by_keyboard(look):
    with look() as page:
        chosen = []
        page.on("filechooser", lambda one: chosen.append(one))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "app-skip"
        page.keyboard.press("Tab")
        for key, name in (("ArrowRight", "thresholds"), ("End", "data"), ("ArrowRight", "try"), ("ArrowLeft", "data"), ("Home", "try")):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.dataset.page") == name
            assert get(page, f"panel-{name}").is_visible() and page.url.endswith(f"#{name}")
        assert "token" not in page.url
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.dataset.test") == "kind-classifier"
        page.keyboard.press("ArrowRight")
        assert get(page, "kind-points").is_checked()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.dataset.test") == "upload"
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
        assert chosen, "Enter opens the choice of files"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        get(page, "cross").wait_for()


def test_every_tab_has_its_widget(look):
    with look() as page:
        for name in ("thresholds", "mistakes", "data"):
            get(page, f"tab-{name}").click()
            panel = get(page, f"panel-{name}")
            panel.locator(".multilabel-widget").wait_for()
            assert get(page, "panel-try").is_hidden() and not panel.locator(".app-wait").is_visible()
            assert panel.locator(".multilabel-widget").bounding_box()["width"] > 600


@pytest.mark.parametrize("width,dark", [(1280, False), (375, True), (375, False), (1280, True)])
def test_narrow_and_dark_with_pictures_kept(look, parts, width, dark):
    SHOTS.mkdir(parents=True, exist_ok=True)
    with look(width=width, height=900, dark=dark) as page:
        choose(page, *sorted(parts["images"].iterdir())[2:4], ("notes.jpg", b"no picture"))
        get(page, "answer").nth(1).wait_for()
        for name in a.PAGES:
            get(page, f"tab-{name}").click()
            get(page, f"panel-{name}").locator(".multilabel-widget").first.wait_for()
            page.wait_for_timeout(250)
            assert sideways(page) == 0, name
            page.screenshot(path=SHOTS / f"app-{name}-{width}-{'dark' if dark else 'light'}.png", full_page=True)


@pytest.mark.parametrize("width,dark", [(1280, False), (375, True)])
def test_axe_finds_nothing_serious(look, parts, width, dark):
    with look(width=width, height=900, dark=dark) as page:
        choose(page, *sorted(parts["images"].iterdir())[2:4], ("notes.jpg", b"no picture"))
        get(page, "answer").nth(1).wait_for()
        for name in a.PAGES:
            get(page, f"tab-{name}").click()
            get(page, f"panel-{name}").locator(".multilabel-widget").first.wait_for()
            page.wait_for_timeout(250)
            assert grave(page) == [], name


def test_a_session_that_ended_says_so_and_the_next_one_works(look, running):
    before = set(running.kernels())
    with look() as page:
        (mine,) = set(running.kernels()) - before
        assert get(page, "over").is_hidden()
        os.kill(running.kernels()[mine], signal.SIGKILL)
        get(page, "over").wait_for()
        assert "session has ended" in get(page, "over").inner_text()
        get(page, "over").get_by_role("button").click()
        get(page, "draw").click()
        get(page, "answer").wait_for()
    assert mine not in running.kernels()


def test_a_closed_window_ends_its_session(browser, running):
    before, page = set(running.kernels()), browser.new_page()  # without a route: what is sent last passes none
    page.goto(running.url)
    get(page, "upload").wait_for()
    mine = set(running.kernels()) - before
    assert len(mine) == 1
    page.goto("about:blank")
    for _ in range(80):
        if not mine & set(running.kernels()): break
        page.wait_for_timeout(100)
    else: pytest.fail("the session goes on")
    page.close()


def test_a_model_that_died_is_told(look, running):  # the last: nothing works after it
    with look() as page:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                stat = (path.parent / "stat").read_text().rpartition(")")[2].split()
                if int(stat[1]) == running.process.pid and b"serve_models" in path.read_bytes():
                    os.kill(int(path.parent.name), signal.SIGKILL)
        get(page, "draw").click()
        get(page, "refused").wait_for()
        assert "The model doesn't answer" in get(page, "refused").inner_text()
