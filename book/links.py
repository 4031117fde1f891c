"Are the book's own links whole, and does nothing in it ask another host?"
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "embed": "src",
         "object": "data", "input": "src", "track": "src"}
LINK_LOADS = {"stylesheet", "icon", "shortcut icon", "preload", "prefetch", "modulepreload", "manifest"}
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


class Page(HTMLParser):
    "What a page links to, what it loads, which anchors and pictures it has."

    def __init__(self):
        super().__init__()
        self.links, self.loads, self.anchors, self.doubled, self.styles = [], [], set(), [], []
        self.images, self.within = [], None

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        self.within = tag
        if "id" in at and at["id"] in self.anchors: self.doubled.append(at["id"])
        self.anchors |= {at[n] for n in ("id", "name") if at.get(n) and (n == "id" or tag == "a")}
        if tag in ("a", "area", "link") and at.get("href"):
            loads = tag == "link" and (at.get("rel") or "").lower() in LINK_LOADS
            (self.loads if loads else self.links).append(at["href"])
        if at.get(LOADS.get(tag)): self.loads.append(at[LOADS[tag]])
        if tag == "img": self.images.append(at)
        if at.get("srcset"): self.loads += [part.split()[0] for part in at["srcset"].split(",")]
        if tag == "use" and at.get("href"): self.loads.append(at["href"])
        if at.get("style"): self.styles.append(at["style"])

    def handle_data(self, data):
        if self.within == "style": self.styles.append(data)

    def handle_endtag(self, tag): self.within = None


def read(
    path:Path, # of HTML
)->Page:
    "A page, read."
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def is_inline(
    address:str, # as it stands in a page
)->bool: # whether its content is in the address itself
    "data: and the like ask nobody."
    return address.startswith(("data:", "blob:", "javascript:", "about:", "mailto:"))


def is_outside(
    address:str, # as it stands in a page or a style sheet
)->bool: # whether it names another host
    "Another host's address."
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme in ("http", "https", "ftp")


def target(
    address:str, # of a link
    page:Path, # where it stands
)->Path: # the file that it leads to
    "The file behind an inside link."
    path = unquote(urlsplit(address).path)
    found = (page.parent / path).resolve() if path else page.resolve()
    return found / "index.html" if found.is_dir() else found


def broken(
    folder:Path, # of the book
)->list: # sentences
    "Inside links that lead nowhere, anchors given twice, pictures without a text, and whatever would be asked of another host."
    folder = folder.resolve()
    pages, wrong = {p: read(p) for p in sorted(folder.rglob("*.html"))}, []
    for path, page in pages.items():
        name = path.relative_to(folder)
        wrong += [f"{name}: loads {a} from another host" for a in page.loads if is_outside(a)]
        wrong += [f"{name}: the anchor {a} is there twice" for a in page.doubled]
        wrong += [f"{name}: the picture {a.get('src', '')[:80]} has no alternative text" for a in page.images if "alt" not in a]
        for css in page.styles: wrong += outside_in_css(css, name)
        for address in page.links + page.loads:
            if is_inline(address) or is_outside(address): continue
            there, anchor = target(address, path), unquote(urlsplit(address).fragment)
            if not there.is_file(): wrong.append(f"{name}: {address} leads nowhere")
            elif anchor and there in pages and anchor not in pages[there].anchors | {"top"}:
                wrong.append(f"{name}: {address} leads to no such anchor")
    for path in sorted(folder.rglob("*.css")):
        wrong += outside_in_css(path.read_text(encoding="utf-8"), path.relative_to(folder), path)
    return sorted(set(wrong))


def outside_in_css(
    text:str, # CSS
    name, # of its file, for the sentence
    path:Path=None, # its file: then what it asks for must be there too
)->list: # sentences
    "What a style sheet would ask of another host, or of a file that isn't there."
    asked = [a or b for a, b in CSS_URL.findall(text)]
    wrong = [f"{name}: asks for {a} from another host" for a in asked if is_outside(a)]
    if path:
        wrong += [f"{name}: asks for {a}, which isn't there" for a in asked
                  if not is_outside(a) and not is_inline(a) and a[:1] != "#" and not target(a, path).is_file()]
    return wrong
