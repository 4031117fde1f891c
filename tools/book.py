"""Make the book: the notebooks as a website, with a reference, explorers that need no Python, and a search.

    python tools/book.py                  into runs/book; open runs/book/index.html
    python tools/book.py --out FOLDER     into another folder, which is replaced

Nothing is executed: outputs are shown as they are committed. Ends with status 1 where Sphinx warns, where a link
inside the book is broken, or where a page would ask another host for something.
"""
import argparse
import io
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
for _ in (BOOK, ROOT): sys.path.insert(0, str(_))
os.environ.setdefault("MPLBACKEND", "agg")


def write_source(
    folder:Path, # an empty folder
):
    "All that Sphinx reads: chapters, pages written by hand, a page for each module."
    import reference
    import walk
    walk.write_chapters(folder)
    for name in ("images", *os.listdir(BOOK / "pages")):
        source = ROOT / "nbs" / name if name == "images" else BOOK / "pages" / name
        if source.is_dir(): shutil.copytree(source, folder / name)
        else: (folder / name).write_text(walk.turn_links(source.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copy(ROOT / "CONTRIBUTING.md", folder / "contributing.md")
    (folder / "license.md").write_text(f"# License\n\n```text\n{(ROOT / 'LICENSE').read_text(encoding='utf-8')}```\n", encoding="utf-8")
    (folder / "reference").mkdir()
    pages = "\n".join(reference.modules())
    (folder / "reference" / "index.md").write_text(
        "# Reference\n\nWhat each module exports, by the comments beside its parameters. Modules stand in the order of the "
        f"notebooks that build them.\n\n```{{toctree}}\n:hidden:\n:titlesonly:\n\n{pages}\n```\n\n```{{reference-index}}\n```\n", encoding="utf-8")
    for module in reference.modules():
        text = f"# {module}\n\n```{{module-reference}} {module}\n```\n"
        (folder / "reference" / f"{module}.md").write_text(text, encoding="utf-8")


def run_sphinx(
    source:Path, # from `write_source`
    out:Path, # where the website goes
    scratch:Path, # for what Sphinx keeps
)->list: # warnings
    "Build, and collect what Sphinx warns about."
    from sphinx.application import Sphinx
    said = io.StringIO()
    app = Sphinx(source, BOOK, out, scratch, "html", status=None, warning=said, freshenv=True)
    app.build()
    return [line for line in said.getvalue().splitlines() if line.strip()]


def make(
    out:Path, # folder of the website; replaced
)->list: # what is wrong, in sentences
    "The whole way."
    import index
    import links
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch).resolve()
        source, built = scratch / "source", scratch / "site" / "book"  # myst-nb writes beside `built`
        source.mkdir()
        write_source(source)
        wrong = run_sphinx(source, built, scratch / "kept")
        for name in (".buildinfo", "objects.inv", ".doctrees"): (built / name).unlink(missing_ok=True)
        index.write_index(built)
        (built / ".nojekyll").touch()  # folders whose names begin with _ are served too
        wrong += links.broken(built)
        if out.exists(): shutil.rmtree(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(built, out)
    return wrong


def main():
    "The command."
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "book", help="folder of the website")
    out, start = parser.parse_args().out.resolve(), time.perf_counter()
    if out.exists() and not (out / ".nojekyll").exists() and any(out.iterdir()):
        sys.exit(f"{out}: is there, and isn't a book: name another folder")
    wrong = make(out)
    if wrong: sys.exit("\n".join([*wrong, f"{len(wrong)} things are wrong with the book in {out}"]))
    n, seconds = len(list(out.rglob("*.html"))), time.perf_counter() - start
    print(f"{n} pages in {seconds:.0f} s: open {out / 'index.html'}")


if __name__ == "__main__":
    main()
