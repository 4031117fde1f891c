"What the search looks through: each section of each page, in one script that a page opened as a file can load."
import json
import re
from pathlib import Path

from bs4 import BeautifulSoup

DROPPED = ".explorer, .headerlink, img, svg, table.dataframe, table.fastprogress, .output.stream"


def words(
    node, # of a page
)->str: # its text in one line
    "The text of a node."
    return re.sub(r"\s+", " ", node.get_text(" " if node.name in ("dl", "table", "tr") else "")).strip()


def sections(
    path:Path, # of a page
)->list: # [anchor, heading, text] of each section
    "A page's sections, each without those inside it."
    text = path.read_text(encoding="utf-8")
    text = text[text.find("<article"):text.find("</article>")]
    text = re.sub(r"<(script|style|noscript)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r"<pre.*?</pre>", lambda found: f"<pre>{re.sub('<[^>]+>', '', found[0])}</pre>", text, flags=re.DOTALL)
    body = BeautifulSoup(text, "html.parser")
    for node in body.select(DROPPED): node.decompose()
    for node in body.select("p, li, pre, td, dd, dt, th, h1, h2, h3, math"): node.insert_after(" ")
    found = []
    for section in reversed(body.find_all("section", id=True)):  # the inner ones first
        heading = section.find(["h1", "h2", "h3", "h4"])
        title = words(heading) if heading else ""
        if heading: heading.decompose()
        found.insert(0, [section["id"], title, words(section)])
        section.decompose()
    return found


def index(
    folder:Path, # of the book
)->list: # [address, page's title, [[anchor, heading, text], ...]]
    "All pages but sources and the search itself, chapters first."
    pages = [p for p in sorted(folder.rglob("*.html")) if p.parent.name != "source" and p.name != "search.html"]
    pages.sort(key=lambda p: (p.parent != folder, not p.name[0].isdigit(), p.name))
    found = []
    for path in pages:
        parts = sections(path)
        if parts: found.append([path.relative_to(folder).as_posix(), parts[0][1], parts])
    return found


def write_index(
    folder:Path, # of the book
):
    "Write `_static/search-index.js`."
    text = json.dumps(index(folder), ensure_ascii=False, separators=(",", ":"))
    (folder / "_static" / "search-index.js").write_text(f"window.bookIndex={text};\n", encoding="utf-8")
