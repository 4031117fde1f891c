"The notebooks as the book's chapters: what is hidden goes, links are turned, explorers and alternative texts come in."
import ast
import re
from pathlib import Path

import nbformat
import explorers

ROOT = Path(__file__).resolve().parent.parent
PARTS = [ # number of the first notebook, the part's name
    (0, "From sigmoid to thresholds"), (8, "Data and models"), (15, "Pictures and reports"),
    (20, "With other libraries"), (21, "To move by hand"), (25, "Without a notebook")]
HIDDEN = re.compile(r"\s*#\s*\|\s*hide\b")
DIRECTIVE = re.compile(r"^#\s*\|.*\n?", re.MULTILINE)
ASKED = re.compile(r"^#\s*\|\s*book\s*:\s*(\w+)\s*$", re.MULTILINE)
STILL = re.compile(r"^(\w+)\.figure\(\)\s*;?\s*$")


def notebooks()->list: # paths, in reading order
    "The numbered notebooks."
    return sorted((ROOT / "nbs").glob("[0-9]*.ipynb"))


def part_of(
    notebook:Path, # a numbered notebook
)->str: # the part's name
    "The part that a notebook belongs to."
    number = int(notebook.name.split("_")[0])
    return [name for first, name in PARTS if first <= number][-1]


def module_of(
    notebook:str, # name without its ending, such as "04_thresholds"
)->str: # such as "thresholds"
    "The module that a notebook exports."
    return notebook.split("_", 1)[1]


def title_of(
    nb, # a notebook
)->str: # the text of its first heading
    "What a notebook is called."
    return re.search(r"^# (.+)$", nb.cells[0].source, re.MULTILINE).group(1).strip()


def explorer_of(
    source:str, # of a code cell, its directives included
)->str: # a name in `explorers.EXPLORERS`, or None
    """The explorer that stands in the place of a cell's still figure.

    Either a line `#| book: NAME` says it, or the cell makes it and ends in `.figure()`: `e = NAME(...)`, `e.figure()`."""
    asked = ASKED.search(source)
    if asked:
        if asked.group(1) in explorers.EXPLORERS: return asked.group(1)
        raise ValueError(f"#| book: {asked.group(1)}: want one of {', '.join(explorers.EXPLORERS)}")
    still = STILL.match(source.strip().split("\n")[-1])
    made = still and re.search(rf"^{still.group(1)}\s*=\s*(\w+)\(", source, re.MULTILINE)
    return made.group(1) if made and made.group(1) in explorers.EXPLORERS else None


def with_explorer(
    outputs:list, # of a code cell
    name:str, # of the explorer
)->list: # the same with the explorer in the place of its figure
    "Printed text stays; the figure is shown where there is no JavaScript."
    pictures = [o.data["image/jpeg"] for o in outputs if "image/jpeg" in o.get("data", {})]
    kept = [o for o in outputs if not any(kind.startswith("image/") for kind in o.get("data", {}))]
    place = explorers.place(name, pictures[0] if pictures else None)
    return [*kept, nbformat.v4.new_output("display_data", {"text/html": place})]


def shorten(
    text:str, # of a cell
    most:int=220, # characters
)->str: # whole sentences of it, without Markdown
    "The last sentences of a text, as many as fit."
    text = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
    text = re.sub(r"^(?:#+ |\||>).*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\s+", " ", re.sub(r"[*`_]{1,2}(?=\S)|(?<=\S)[*`]{1,2}", "", text)).strip()
    sentences, kept = re.split(r"(?<=[.?!:])\s+", text), []
    for sentence in reversed(sentences):
        if kept and len(" ".join([sentence, *kept])) > most: break
        kept.insert(0, sentence)
    return " ".join(kept)


def figure_texts(
    nb, # a notebook
)->dict: # number of a code cell -> alternative text for its pictures
    "What the pictures of each code cell show: the heading that they are under, and the text before them."
    texts, heading, before = {}, title_of(nb), ""
    for i, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown":
            found = re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
            heading, before = (found[-1] if found else heading), shorten(cell.source) or before
        elif cell.cell_type == "code":
            texts[i] = f"{heading}. {before}".replace("?.", "?").strip()
    return texts


def only_imports(
    source:str, # of a code cell, without directives
)->bool: # whether it does nothing else
    "Whether a cell only imports."
    try: body = ast.parse(source).body
    except SyntaxError: return False # a magic
    return bool(body) and all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in body)


def clean_code(
    cell, # a code cell; changed
    explorer:str, # shown in place of its figure, or None
):
    "Directives go, and the explorer comes."
    if explorer: cell.outputs = with_explorer(cell.outputs, explorer)
    cell.source = DIRECTIVE.sub("", cell.source).strip("\n")
    for output in cell.outputs:
        page = output.get("data", {}).get("text/html")
        if page: output.data["text/html"] = re.sub(r"<iframe(?![^>]*\btitle=)", '<iframe title="The page, as it is written"', page)


def turn_links(
    text:str, # Markdown
    here:str="", # what leads from the page to the book's top folder
)->str: # the same with links that the book can follow
    "Names of notebooks become links; files of the repository become pages or addresses."
    text = text.replace("](../CONTRIBUTING.md)", "](contributing.md)").replace("](../LICENSE)", "](license.md)")
    text = text.replace("](images/", f"]({here}images/")
    for path in notebooks():
        text = re.sub(rf"(?<!\[)`{path.stem}`(?!\])", f"[`{path.stem}`]({here}{path.name})", text)
    return text


def chapter(
    path:Path, # a notebook
): # the notebook as the book shows it
    "A notebook without what is hidden, ready for myst-nb."
    nb = nbformat.read(path, as_version=4)
    texts = figure_texts(nb)
    for i, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown": cell.source = turn_links(cell.source)
        if cell.cell_type != "code" or HIDDEN.match(cell.source): continue
        exported = bool(re.search(r"^#\s*\|\s*export", cell.source, re.MULTILINE))
        clean_code(cell, explorer_of(cell.source))
        cell.metadata["tags"] = ["exported"] * exported + ["imports"] * only_imports(cell.source)
        cell.metadata["mystnb"] = {"image": {"alt": texts[i]}}
    nb.cells = [c for c in nb.cells if c.source.strip() and not HIDDEN.match(c.source)]
    nb.metadata["language_info"] = {"name": "python", "pygments_lexer": "python"}
    return nb


def contents(
    chapters:dict, # path of a notebook -> the notebook
)->str: # Markdown: hidden tables of contents
    "What the sidebar shows, part by part."
    parts = {}
    for path, nb in chapters.items(): parts.setdefault(part_of(path), []).append(f"{title_of(nb)} <{path.stem}>")
    lists = [(None, ["Home <self>", "Explorers <explorers>"]), *parts.items(),
             ("Looking up", ["formulas", "reference/index", "contributing", "license"])]
    blocks = []
    for name, pages in lists:
        caption = f":caption: {name}\n" if name else ""
        blocks.append("\n".join(["```{toctree}", f"{caption}:hidden:", ":titlesonly:", "", *pages, "```"]))
    return "\n\n".join(blocks)


def write_chapters(
    folder:Path, # of the book's source
):
    "Write every notebook, and the first page with the tables of contents."
    chapters = {path: chapter(path) for path in notebooks()}
    for path, nb in chapters.items(): nbformat.write(nb, folder / path.name)
    home = chapter(ROOT / "nbs" / "index.ipynb")
    home.cells.append(nbformat.v4.new_markdown_cell(contents(chapters)))
    nbformat.write(home, folder / "index.ipynb")
