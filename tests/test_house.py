"The repository itself: README, settings, and which room may import which."
import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import multilabel

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "nbs").glob("[0-9]*.ipynb"))
sys.path.insert(0, str(ROOT / "tools"))


def settings():
    parser = configparser.ConfigParser(delimiters=["="])
    parser.read(ROOT / "settings.ini", encoding="utf-8")
    return parser["DEFAULT"]


def exported_module(notebook):
    return ROOT / "multilabel" / f"{notebook.stem.split('_', 1)[1]}.py"


def rooms_imported(module):
    "Names of our rooms that a module imports, anywhere in it."
    tree = ast.parse(module.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("multilabel")):
            name = (node.module or "").removeprefix("multilabel").lstrip(".")
            found |= {name} if name else {a.name for a in node.names}
    return found


def test_version_is_the_same_everywhere():
    assert multilabel.__version__ == settings()["version"]


def test_pyproject_holds_no_metadata():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "[project]" not in text and "[tool.nbdev]" in text


def test_readme_is_the_index():
    from readme import readme
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == readme(ROOT / "nbs" / "index.ipynb")


def test_readme_links_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert link.startswith("http") or (ROOT / link).exists(), link


def test_readme_code_runs_as_printed(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1)
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_room_imports_only_rooms_above_it(notebook):
    order = [n.stem.split("_", 1)[1] for n in NOTEBOOKS]
    room = notebook.stem.split("_", 1)[1]
    above = set(order[:order.index(room)])
    assert rooms_imported(exported_module(notebook)) <= above


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_has_outputs_but_no_trace_of_a_machine(notebook):
    assert notebook.stat().st_size < 150 * 1024
    nb = nbformat.read(notebook, as_version=4)
    text = "".join(str(o) for c in nb.cells if c.cell_type == "code" for o in c.outputs)
    assert text and not re.search(r"/home/|/root|/work/|/Users/|/tmp/|Traceback", text)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_exported_parameter_is_explained(notebook):
    from fastcore.docments import docments
    import importlib
    module = importlib.import_module(f"multilabel.{exported_module(notebook).stem}")
    for name in module.__all__:
        symbol = getattr(module, name)
        if not callable(symbol) or getattr(symbol, "__module__", None) != module.__name__: continue
        assert symbol.__doc__, f"{name} has no docstring"
        if isinstance(symbol, type): continue
        notes = docments(symbol, returns=False)
        missing = [p for p, note in notes.items() if not note and p not in ("self", "kwargs", "args")]
        assert not missing, f"{name}: no comment beside {missing}"


def test_too_old_a_python_is_named(monkeypatch, capsys):
    import env
    monkeypatch.setattr(env.sys, "version_info", (3, 8, 1))
    with pytest.raises(SystemExit) as e: env.check_python()
    assert e.value.code == 1
    assert "Python 3.8 is too old" in capsys.readouterr().err


def test_a_full_disk_is_named(monkeypatch, capsys):
    import env
    monkeypatch.setattr(env.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 10**9})())
    with pytest.raises(SystemExit): env.check_disk(str(ROOT))
    assert "disk is too full" in capsys.readouterr().err


def test_oldest_stack_takes_each_lower_bound():
    import env
    wanted = env.requirements(settings(), oldest=True)
    assert "nbdev==2.4.14" in wanted and "execnb<0.2" in wanted
    assert not [w for w in wanted if ">=" in w]
