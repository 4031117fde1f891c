"The package as it is built: what a wheel and an sdist hold."
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    "A wheel and an sdist, made with the setuptools that are installed: no network."
    out = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source") / "checkout"
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if names.returncode: pytest.skip("not a git checkout")
    for name in names.stdout.splitlines():
        if not (ROOT / name).is_file(): continue
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return out


def test_wheel_holds_every_room_and_nothing_else(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel: names = wheel.namelist()
    rooms = {f"multilabel/{p.name}" for p in (ROOT / "multilabel").glob("*.py")}
    assert {n for n in names if n.startswith("multilabel/")} == rooms
    assert not [n for n in names if n.startswith(("tests/", "nbs/", "tools/", "benchmarks/"))]


def test_wheel_knows_its_requirements_and_its_command(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(n for n in names if n.endswith("METADATA"))).decode()
        commands = wheel.read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert "Requires-Dist: torch>=" in metadata and "Requires-Dist: fastai>=" in metadata
    assert "multilabel = multilabel.cli:main" in commands.replace("multilabel=multilabel", "multilabel = multilabel")


def test_sdist_can_be_built_from_again(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist: names = {n.split("/", 1)[-1] for n in sdist.getnames()}
    assert {"settings.ini", "setup.py", "README.md", "pyproject.toml", "multilabel/losses.py"} <= names
