"""Make README.md from nbs/index.ipynb.

    python tools/readme.py
"""
import re
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

ROOT = Path(__file__).resolve().parent.parent
DIRECTIVE = re.compile(r"^#\s*\|.*\n", re.MULTILINE)


def readme(
    index:Path, # the notebook index.ipynb
)->str:
    "The notebook as Markdown: hidden cells dropped, and links to its neighbors made links from the top folder."
    nb = nbformat.read(index, as_version=4)
    nb.cells = [c for c in nb.cells if not re.match(r"#\s*\|\s*hide\b", c.source)]
    for cell in nb.cells:
        if cell.cell_type != "code": continue
        cell.source = DIRECTIVE.sub("", cell.source)
        cell.outputs = [o for o in cell.outputs if o.output_type == "stream"]  # what is printed, no tables of progress
    nb.metadata["language_info"] = {"name": "python"}  # cleaning drops it, and the code's fence names it
    text, _ = MarkdownExporter().from_notebook_node(nb)
    text = re.sub(r"(\]\()(?!https?:|#)([\w./-]+)\)", r"\1nbs/\2)", text)
    text = text.replace("(nbs/../", "(")
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return f"<!-- Made from nbs/index.ipynb by tools/readme.py: edit the notebook. -->\n\n{text}\n"


if __name__ == "__main__":
    (ROOT / "README.md").write_text(readme(ROOT / "nbs" / "index.ipynb"), encoding="utf-8")
