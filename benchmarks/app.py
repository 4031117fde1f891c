"""What twenty sessions of `multilabel app` take of memory, beside sessions that load the model themselves.

    python benchmarks/app.py            twenty sessions (about a minute on two cores)
    python benchmarks/app.py --quick    three

Each session builds all four pages, then all of them ask the model at once. PSS counts memory that processes share once.
Linux alone tells it.
"""
import argparse
import contextlib
import http.cookiejar
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import numpy as np
import torch
import websocket
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1

from multilabel.adapters import scores_frame
from multilabel.datasets import CLASSES, stationery
from multilabel.models import make_model, write_model

LIMIT = 4 * 2**30
ALONE = """import multilabel.app, sys
from multilabel.classifier import load_classifier
from multilabel.datasets import draw_scene
import numpy as np
load_classifier(sys.argv[1]).predict(draw_scene(np.random.RandomState(0), 256)[0])
print("ready", flush=True)
sys.stdin.read()"""


def make_parts(root):
    "A network with random weights, its scores, and the pictures."
    settings = {"kind": "classifier", "arch": "small", "n_out": 4, "size": [128, 128], "mean": [.5] * 3, "std": [.25] * 3,
                "scores": {}, "classes": CLASSES, "thresholds": [.5] * 4}
    folder = write_model(root / "model", make_model("small", 4), settings)
    desks = stationery(root / "desks", n_train=1, n_valid=100, n_test=100, size=64)
    rows = [line.split(",") for line in (desks / "labels.csv").read_text().splitlines()[1:]]
    for part in ("valid", "test"):
        names, truth = zip(*[(r[0], [c in r[1].split() for c in CLASSES]) for r in rows if r[2] == part])
        probs = torch.sigmoid(torch.tensor(np.random.RandomState(0).randn(len(truth), 4) + 3 * np.array(truth) - 1.5))
        scores_frame(probs.float(), torch.tensor(truth).int(), CLASSES, names).to_csv(folder / f"scores_{part}.csv", index=False)
    return folder, desks / "images"


def memory(pid):
    "Bytes that a process holds: (all that it sees, what is its own share of it)."
    found = dict(re.findall(r"(\w+): +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text()))
    return np.array([int(found["Rss"]), int(found["Pss"])]) * 1024


def family(pid):
    "A process and all that it started, by kind."
    parents, names = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(path.name)] = (path / "cmdline").read_bytes()
    found = {pid: "web server"}
    for _ in range(4):
        for child, parent in parents.items():
            if parent not in found or child in found: continue
            found[child] = "model" if b"serve_models" in names[child] else "session"
    return found


def session(url):
    "Open the page as a browser does; gives a function that asks the model and waits for the answer."
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    text = opener.open(url, timeout=120).read().decode()
    kernel, widgets = re.search(r'"kernelId": "([\w-]+)"', text)[1], re.findall(r'"model_id": "(\w+)"', text)
    assert len(widgets) == 4, f"{len(widgets)} pages"
    place = url.partition("?")[0].replace("http", "ws") + f"api/kernels/{kernel}/channels"
    line = websocket.create_connection(place, cookie="; ".join(f"{c.name}={c.value}" for c in jar), timeout=120,
                                       subprotocols=["v1.kernel.websocket.jupyter.org"])
    def draw():
        name = os.urandom(8).hex()
        header = {"msg_id": name, "msg_type": "comm_msg", "session": "bench", "username": "", "version": "5.3"}
        data = {"method": "custom", "content": {"id": name, "kind": "draw", "content": {}}}
        parts = (header, {}, {}, {"comm_id": widgets[0], "data": data})
        line.send_binary(serialize_msg_to_ws_v1([json.dumps(part).encode() for part in parts], "shell"))
        while True:
            content = json.loads(deserialize_msg_from_ws_v1(line.recv())[1][3]).get("data", {}).get("content", {})
            if content.get("id") == name and "kind" not in content: return
    return draw


def at_once(functions):
    "Call each in a thread; the seconds until each was done."
    seconds, start = [], time.perf_counter()
    def run(f):
        f()
        seconds.append(time.perf_counter() - start)
    threads = [threading.Thread(target=run, args=(f,)) for f in functions]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert len(seconds) == len(functions), "a session failed"
    return sorted(seconds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    n = 3 if parser.parse_args().quick else 20
    if not Path("/proc/self/smaps_rollup").exists():
        return print("not measured: only Linux tells what processes share")
    with tempfile.TemporaryDirectory(prefix="ml-") as tmp, contextlib.ExitStack() as stack:
        folder, images = make_parts(Path(tmp))
        peer = subprocess.Popen([sys.executable, "-c", ALONE, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        peer.stdout.readline()
        alone = memory(peer.pid)
        peer.communicate(b"")
        program = [sys.executable, "-c", "from multilabel.cli import main; main()", "app", folder, "--images", images]
        app = subprocess.Popen(list(map(str, program)), stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "TMPDIR": tmp})
        stack.callback(app.wait, 30)
        stack.callback(app.terminate)
        url = next((line.split()[1] for line in app.stdout if line.startswith("open http")), None)
        if not url: sys.exit("the app ended before it named its address")
        start = time.perf_counter()
        sessions = [session(url) for _ in range(n)]
        opened = (time.perf_counter() - start) / n
        asked = at_once(sessions)
        sums, counts = {}, {}
        for pid, kind in family(app.pid).items():
            with contextlib.suppress(OSError):
                sums[kind], counts[kind] = sums.get(kind, 0) + memory(pid), counts.get(kind, 0) + 1
    print(f"{'':14}{'processes':>10}{'RSS, MB':>10}{'PSS, MB':>10}")
    for kind in ("web server", "model", "session"):
        print(f"{kind:14}{counts[kind]:>10}{sums[kind][0] / 2**20:>10,.0f}{sums[kind][1] / 2**20:>10,.0f}")
    rss, pss = sum(sums.values())
    print(f"{'together':14}{sum(counts.values()):>10}{rss / 2**20:>10,.0f}{pss / 2**20:>10,.0f}")
    print(f"\na session that loads the model itself: {alone[0] / 2**20:,.0f} MB; {n} of them "
          f"{n * alone[0] / rss:.1f} times as much as this")
    print(f"a session opens in {opened:.1f} s; {n} ask at once: half are answered after {asked[n // 2]:.1f} s, all after {asked[-1]:.1f} s")
    assert counts["session"] == n
    if rss > LIMIT: sys.exit(f"{rss / 2**30:.2f} GB, want {LIMIT / 2**30:.0f} at most")


if __name__ == "__main__": main()
