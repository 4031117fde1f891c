"What an import costs, seen in a new process."
import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ["fastai", "pandas", "matplotlib", "fastcore", "torchvision", "timm", "sklearn", "PIL"]


def loaded(code, *names):
    "Which of the modules are there after the code ran in a new process."
    code = f"import sys, json\n{code}\nprint(json.dumps([n for n in {list(names)!r} if n in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("room", ["activations", "losses", "metrics", "thresholds"])
def test_the_first_rooms_need_torch_alone(room):
    assert loaded(f"import multilabel.{room}", "torch", *HEAVY) == ["torch"]


def test_drawing_needs_no_torch_and_no_pandas():
    assert loaded("import multilabel.datasets", "torch", "fastai", "pandas", "matplotlib") == []


@pytest.mark.parametrize("room", ["widgets", "cockpit", "browsers", "app"])
def test_what_moves_needs_no_torch(room):
    "A session of the web app is a process of its own: twenty must fit."
    assert loaded(f"import multilabel.{room}", "torch", "torchvision", "fastai", "pandas", "matplotlib", "sklearn") == []


def test_help_is_quick_to_load():
    code = ("from multilabel.cli import app\nfrom typer.testing import CliRunner\n"
            "for args in ([], ['train'], ['train-points'], ['predict'], ['tune'], ['demo'], ['app']):\n"
            "    assert CliRunner().invoke(app, [*args, '--help']).exit_code == 0\n")
    assert loaded(code, "torch", "fastai", "pandas", "matplotlib") == []
    assert loaded("import multilabel", "torch", "fastai", "pandas", "matplotlib") == []


def test_the_command_is_installed():
    name = "multilabel.exe" if sys.platform == "win32" else "multilabel"
    assert (Path(sys.executable).parent / name).is_file()
