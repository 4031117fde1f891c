"""Fail unless the package is what the notebooks export, the notebooks are clean, and README.md is index.ipynb.

    python tools/check.py

Works on a scratch copy, so nothing in the checkout changes.
"""
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ["nbs", "multilabel", "tools", "settings.ini", "pyproject.toml", "setup.py", "README.md"]


def copy_of_checkout(
    folder:Path, # an empty folder
):
    "Copy what exporting and cleaning read and write."
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy(source, folder / name)


def run(
    command:list, # a program of this environment and its arguments
    folder:Path, # where it runs
):
    "Run one of nbdev's commands in the scratch copy, with its own copy of the package first."
    bin_dir = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_dir}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode: sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def files_in(
    folder:Path, # a folder
    pattern:str, # a glob
)->set:
    "Paths below a folder, relative to it."
    return {p.relative_to(folder) for p in folder.rglob(pattern) if "__pycache__" not in p.parts
            and ".ipynb_checkpoints" not in p.parts}


def different(
    name:str, # a folder or a file of the checkout
    scratch:Path, # the copy
    pattern:str="*", # which files of a folder
)->list:
    "Files that are missing on one side, or that differ."
    if (ROOT / name).is_file():
        return [] if filecmp.cmp(ROOT / name, scratch / name, shallow=False) else [name]
    ours, theirs = files_in(ROOT / name, pattern), files_in(scratch / name, pattern)
    same = {p for p in ours & theirs if filecmp.cmp(ROOT/name/p, scratch/name/p, shallow=False)}
    return sorted(str(Path(name) / p) for p in (ours | theirs) - same)


def main():
    "Run the three checks."
    with tempfile.TemporaryDirectory() as tmp:
        scratch = Path(tmp).resolve()
        copy_of_checkout(scratch)
        run(["nbdev-clean"], scratch)
        unclean = different("nbs", scratch, "*.ipynb")
        for path in (scratch / "multilabel").glob("*.py"):
            if path.name != "__init__.py": path.unlink()
        run(["nbdev-export"], scratch)
        stale = different("multilabel", scratch, "*.py")
        run([sys.executable, "tools/readme.py"], scratch)
        old_readme = different("README.md", scratch)
    for what, names in [("not clean (run make export)", unclean), ("README is not index.ipynb (run make export)", old_readme),
                        ("not what the notebooks export (run make export)", stale)]:
        if names: print(f"{what}: {', '.join(names)}", file=sys.stderr)
    if unclean or stale or old_readme: sys.exit(1)
    print("exports in sync, notebooks clean, README made from index.ipynb")


if __name__ == "__main__":
    main()
