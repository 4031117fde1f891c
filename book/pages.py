"What the book adds to Sphinx: MathML, reference and source pages, explorers, links from code to the reference."
import html
import re
from itertools import count

import explorers
import reference
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.parsers.rst import Directive
from latex2mathml.converter import convert
from PIL import Image
from walk import module_of, notebooks

MADE = {} # name of an explorer -> its HTML
PRE = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
NAME = re.compile(r'(?P<before>.{0,40})(?P<span><span class="(?:n|nf|nc|fm)">(?P<name>\w+)</span>)'
                  r'(?!(?:<span class="w">)?\s*(?:</span>)?<span class="o">=</span>)', re.DOTALL)


def raw(
    text:str, # HTML
)->nodes.raw:
    "HTML as a node."
    return nodes.raw("", text, format="html")


def visit_math(
    self, # the translator
    node, # math in a line
):
    "An equation in a line as MathML."
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def visit_math_block(
    self, # the translator
    node, # math of its own
):
    "An equation of its own as MathML, in a box that scrolls by itself."
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


class ModuleReference(Directive):
    "Every name that a module exports, each under a heading whose anchor is the name."
    required_arguments = 1

    def run(self):
        module, found = self.arguments[0], []
        notebook = next(p.stem for p in notebooks() if module_of(p.stem) == module)
        git = self.state.document.settings.env.config.git_files
        intro = (f'<p class="module-line">From <a href="../{notebook}.html">the notebook</a>, '
                 f'<code>from multilabel.{module} import …</code> · <a href="../source/{module}.html">source</a></p>')
        found.append(raw(intro + reference.overview(module)))
        for name in reference.load(module).__all__:
            section = nodes.section("", nodes.title("", "", nodes.literal("", name)), ids=[name], names=[name])
            section += raw(reference.entry(module, name)
                           + reference.source_links(module, name, git, f"{notebook}.html#made-{name}"))
            found.append(section)
        return found


class ReferenceIndex(Directive):
    "Every module with its names, a line each."

    def run(self):
        found = []
        for module in reference.modules():
            section = nodes.section("", nodes.title("", "", nodes.literal("", module)), ids=[f"module-{module}"])
            section += raw(reference.overview(module, f"{module}.html"))
            found.append(section)
        return found


class Explorer(Directive):
    "A place for an explorer."
    required_arguments = 1

    def run(self): return [raw(explorers.place(self.arguments[0]))]


def known_names(
    page:str, # name of a notebook
    text:str, # its HTML
)->dict: # name -> module
    "What a notebook exports or imports from the package; elsewhere a name may mean something else."
    own = {name: module_of(page) for name in reference.load(module_of(page)).__all__} if "_" in page else {}
    plain = re.sub(r"<[^>]+>", "", text)
    for module, names in re.findall(r"from multilabel\.(\w+) import (\([^)]*\)|[^\n]*)", plain):
        if module not in reference.modules(): continue
        there = set(reference.load(module).__all__)
        own |= {name: module for name in re.findall(r"\w+", names) if name in there}
    return own


def linked_code(
    text:str, # HTML of one cell of code
    known:dict, # name -> module
)->str: # the same with links
    "The first time that a name of ours stands in a cell, it leads to the reference."
    seen = set()

    def link(found):
        name, before = found["name"], found["before"]
        attribute = re.search(r'<span class="o">\.</span>$', before)
        if name not in known or name in seen or attribute: return found[0]
        seen.add(name)
        return f'{before}<a href="reference/{known[name]}.html#{name}">{found["span"]}</a>'
    return NAME.sub(link, text)


def mark_cells(
    soup, # of a notebook's page; changed
    codes:list, # the insides of its <pre>; changed
    known:dict, # name -> module
    own:set, # what the notebook exports
):
    "Links in code, and an anchor where an exported name is made."
    seen = set()
    for cell in soup.select("div.cell:has(.cell_input)"):
        for pre in cell.select(".cell_input pre[data-kept]"):
            i = int(pre["data-kept"])
            plain = html.unescape(re.sub(r"<[^>]+>", "", codes[i]))
            codes[i] = linked_code(codes[i], known)
            if "tag_exported" not in cell["class"]: continue
            for name in own & reference.made_in(plain).keys() - seen:
                cell.insert(0, soup.new_tag("span", id=f"made-{name}", attrs={"class": "made"}))
                seen.add(name)


def fold_imports(
    soup, # of a notebook's page; changed
):
    "Imports are there for who wants them."
    for cell in soup.select("div.cell.tag_imports"):
        fold, head = soup.new_tag("details", attrs={"class": "imports"}), soup.new_tag("summary")
        head.string = "Imports of the module" if "tag_exported" in cell["class"] else "Imports for this notebook"
        cell.wrap(fold)
        fold.insert(0, head)


def mark_words(
    soup, # of a page; changed
    known:dict, # name -> module, of the names that the page knows
    up:str, # what leads to the book's top folder
):
    "Code in sentences leads to the reference too, where it is a name of ours."
    everything = {**reference.exported(), **known}
    for code in soup.select("code.docutils"):
        name = code.get_text()
        plain = name.islower() and "_" not in name  # may be a word of its own: tune, accuracy
        if name not in (known if plain else everything) or code.find_parent(["a", "h1", "h2", "h3"]): continue
        code.wrap(soup.new_tag("a", href=f"{up}reference/{everything[name]}.html#{name}"))


def mark_outputs(
    soup, # of a page; changed
    files:dict, # name of a picture -> where it is
):
    "Pictures have their size, tables a frame that scrolls, headings inside outputs no place among the page's."
    for image in soup.select("img[src*=_images]"):
        width, height = Image.open(files[image["src"].split("_images/")[1]]).size
        image.attrs |= {"width": str(width), "height": str(height), "loading": "lazy", "decoding": "async"}
        image.attrs.pop("style", None)
    cells = soup.select("div.cell")
    for cell in cells:
        images = cell.select("img[src*=_images]")
        for i, image in enumerate(images if len(images) > 1 else []): image["alt"] += f" ({i + 1} of {len(images)})"
    for table in soup.select("table:not(.parameters)"):
        table.attrs.pop("border", None)
        if not table.find_parent(class_="table-wrapper"):
            table.wrap(soup.new_tag("div", attrs={"class": "table-wrapper"}))
    for head in soup.select("div.output thead th:empty"): head.name = "td"  # the corner above the index
    for style in soup.select("div.output style"):
        if "dataframe" in style.text or "progress" in style.text: style.decompose()


def finish(app, pagename, templatename, context, doctree):
    "The page's HTML, as Sphinx made it, gets what only the whole page can tell."
    if not context.get("body") or doctree is None: return
    up, codes = "../" * pagename.count("/"), PRE.findall(context["body"])
    numbers = count()
    soup = BeautifulSoup(PRE.sub(lambda _: f'<pre data-kept="{next(numbers)}"></pre>', context["body"]), "html.parser")
    mark_outputs(soup, {name: app.srcdir / path for path, name in app.builder.images.items()})
    if pagename[:2].isdigit() or pagename == "index":
        known = known_names(pagename, context["body"])
        mark_cells(soup, codes, known, set() if pagename == "index" else set(reference.load(module_of(pagename)).__all__))
        mark_words(soup, known, up)
        fold_imports(soup)
    elif not pagename.startswith("reference/"): mark_words(soup, reference.exported(), up)
    body = re.sub(r'<pre data-kept="(\d+)"></pre>', lambda found: f"<pre>{codes[int(found[1])]}</pre>", str(soup))
    context["body"] = explorers.fill(body, MADE)


def source_pages(app):
    "A page for the source of each module."
    for module in reference.modules():
        yield f"source/{module}", {"title": f"Source of multilabel.{module}", "body": reference.source_page(module),
                                   "furo_hide_toc": True}, "page.html"


def no_index(app):
    "The book has a search of its own, made from the finished pages."
    app.builder.search = False


def setup(app):
    "Tell Sphinx."
    app.add_config_value("git_files", "", "html")
    app.add_html_math_renderer("mathml", inline_renderers=(visit_math, None), block_renderers=(visit_math_block, None))
    app.add_directive("module-reference", ModuleReference)
    app.add_directive("reference-index", ReferenceIndex)
    app.add_directive("explorer", Explorer)
    app.connect("builder-inited", no_index)
    app.connect("html-page-context", finish, priority=900)
    app.connect("html-collect-pages", source_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
