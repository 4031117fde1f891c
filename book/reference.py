"Reference pages from the package itself: what each module exports, its parameters with their comments, its source."
import ast
import dataclasses
import html
import importlib
import inspect
import re
import typing
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from fastcore.docments import docments
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

ROOT = Path(__file__).resolve().parent.parent
EMPTY = inspect.Parameter.empty


@cache
def modules()->list: # in the order of their notebooks
    "Names of the modules that a notebook exports."
    from walk import module_of, notebooks
    return [module_of(path.stem) for path in notebooks()]


@cache
def load(
    module:str, # such as "thresholds"
):
    "The module, imported."
    return importlib.import_module(f"multilabel.{module}")


@cache
def exported()->dict: # name -> module; a name that two modules export belongs to the first
    "Every name that the package exports."
    found = {}
    for module in modules():
        for name in load(module).__all__: found.setdefault(name, module)
    return found


@cache
def source(
    module:str, # such as "thresholds"
)->str: # its file's text
    "The source of a module."
    return Path(load(module).__file__).read_text(encoding="utf-8")


def made_in(
    text:str, # Python
)->dict: # name -> (first line, last line)
    "Where each name is made that a text defines at its top."
    found = {}
    for node in ast.parse(text).body:
        names = [node.name] if hasattr(node, "name") else []
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
        start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        for name in names: found.setdefault(name, (start, node.end_lineno))
    return found


@cache
def lines(
    module:str, # such as "thresholds"
)->dict: # name -> (first line, last line)
    "Where each name of a module stands."
    return made_in(source(module))


def link_to(
    name:str, # exported
    up:str="../", # what leads from the page to the book's top folder
)->str: # an address inside the book
    "Where the reference tells about a name."
    return f"{up}reference/{exported()[name]}.html#{name}"


def code(
    text:str, # plain
)->str: # HTML
    "As code."
    return f"<code>{html.escape(text)}</code>"


def prose(
    text:str, # of a docstring or a comment
)->str: # HTML; what stands in backticks becomes code, and a link where it's a name of ours
    "A sentence."
    parts = re.split(r"`+([^`]+)`+", text)
    return "".join(linked(part) if i % 2 else html.escape(part) for i, part in enumerate(parts))


def linked(
    text:str, # code
)->str: # HTML
    "Code that is a link where it is a name of ours."
    return f'<a href="{link_to(text)}">{code(text)}</a>' if text in exported() else code(text)


def paragraphs(
    doc:str, # a docstring, or None
)->str: # HTML
    "A docstring."
    return "".join(f"<p>{prose(' '.join(p.split()))}</p>" for p in re.split(r"\n\s*\n", inspect.cleandoc(doc or "")) if p)


def kind_text(
    kind, # an annotation
)->str: # plain
    "An annotation as one would write it."
    if kind in (EMPTY, None): return ""
    if typing.get_origin(kind) is typing.Annotated: kind = typing.get_args(kind)[0]
    text = kind if isinstance(kind, str) else kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind)
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z])", "", text)


def value_text(
    value, # a default, or a constant
    most:int=60, # characters
)->str: # plain
    "A value as one would write it, cut where it's long."
    if value is EMPTY: return ""
    text = getattr(value, "__name__", None) if callable(value) else repr(value)
    text = re.sub(r"<(?:\w+\.)*(\w+) object at 0x\w+>|<(\w+)\.\w+: [^>]*>", r"\1\2", text or type(value).__name__)
    return text if len(text) <= most else f"{text[:most - 1].rstrip()}…"


def notes_in(
    cls, # a class
)->dict: # name of a field -> the comment beside it
    "Comments beside the fields of a class body."
    found = re.findall(r"^    (\w+)\s*:[^#\n]+#\s*(.+)$", inspect.getsource(cls), re.MULTILINE)
    return dict(found)


def parameters(
    symbol, # a function or class
)->list: # of objects with name, anno, default, docment; "return" comes last
    "What a call takes, with the comments beside the parameters."
    try: signature = inspect.signature(symbol)
    except (TypeError, ValueError): return []
    fields = isinstance(symbol, type) and (dataclasses.is_dataclass(symbol) or hasattr(symbol, "_fields"))
    notes = notes_in(symbol) if fields else {n: d.docment for n, d in docments(symbol, full=True).items()}
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    rows = [SimpleNamespace(name=stars.get(p.kind, "") + n, anno=p.annotation, default=plain_default(p.default),
                            docment=notes.get(n)) for n, p in signature.parameters.items() if n not in ("self", "cls")]
    returns = signature.return_annotation
    if not isinstance(symbol, type) and (returns is not EMPTY or notes.get("return")):
        rows.append(SimpleNamespace(name="returns", anno=returns, default=EMPTY, docment=notes.get("return")))
    return rows


def plain_default(
    value, # a default; the command line's carry more than a value
):
    "The value that a default stands for."
    inner = getattr(value, "default", value) if type(value).__module__.startswith("typer") else value
    return EMPTY if inner is ... else inner


def call_text(
    name:str, # of a function or class
    rows:list, # from `parameters`
)->str: # plain
    "How it is called, without types."
    parts = [r.name if r.default is EMPTY else f"{r.name}={value_text(r.default, 28)}" for r in rows if r.name != "returns"]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= 76: return line
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def table(
    rows:list, # from `parameters`
    name:str, # of what is called
)->str: # HTML
    "Parameters as a table."
    if not any(r.docment or kind_text(r.anno) for r in rows): return ""
    cells = "".join(
        f'<tr{" class=returns" if r.name == "returns" else ""}><th scope="row">'
        f'{"returns" if r.name == "returns" else code(r.name)}</th>'
        f'<td class="kind">{linked(kind_text(r.anno)) if kind_text(r.anno) else ""}</td>'
        f'<td class="default">{code(value_text(r.default)) if r.default is not EMPTY else ""}</td>'
        f"<td>{prose(r.docment or '')}</td></tr>" for r in rows)
    return ('<table class="parameters"><thead><tr><th scope="col">name</th><th scope="col">type</th>'
            f'<th scope="col">default</th><th scope="col">meaning</th></tr></thead><tbody>{cells}</tbody></table>')


def colored(
    text:str, # Python
    **kwargs, # of HtmlFormatter
)->str: # HTML
    "Python in colors."
    return highlight(text, PythonLexer(), HtmlFormatter(**kwargs))


def members(
    cls, # a class
)->list: # (name, function or property)
    "Its own public methods and properties that are explained."
    own = [(n, getattr(v, "__func__", v)) for n, v in vars(cls).items() if not n.startswith("_")]
    return [(n, v) for n, v in own if (inspect.isfunction(v) or isinstance(v, property)) and v.__doc__]


def member_html(
    name:str, # of a method or property
    member, # it
)->str: # HTML
    "One method of a class."
    if isinstance(member, property): return f'<div class="member">{colored(name)}{paragraphs(member.__doc__)}</div>'
    rows = parameters(member)
    noted = [r for r in rows if r.docment]
    return f'<div class="member">{colored(call_text(name, rows))}{paragraphs(member.__doc__)}{table(rows, name) if noted else ""}</div>'


def source_links(
    module:str, # such as "thresholds"
    name:str, # exported
    git:str, # address of the repository's files
    notebook:str, # that explains it, and where
)->str: # HTML
    "Where the source is: here, in the repository, and in the notebook."
    first, last = lines(module)[name]
    return (f'<p class="sources"><a href="../source/{module}.html#L-{first}">source</a> '
            f'<a href="{git}/multilabel/{module}.py#L{first}-L{last}">in the repository</a> '
            f'<a href="../{notebook}">how it is built</a></p>')


def has_text(
    symbol, # what a name stands for
)->bool: # whether it is a function or a class; what else there is has no docstring of its own
    "Whether a name is told by its docstring."
    return isinstance(symbol, type) or inspect.isfunction(inspect.unwrap(symbol))


def entry(
    module:str, # such as "thresholds"
    name:str, # exported
)->str: # HTML
    "All that is told of one name, below its heading."
    symbol = getattr(load(module), name)
    if not has_text(symbol): return constant(symbol)
    rows = parameters(symbol)
    parts = [colored(call_text(name, rows)), paragraphs(symbol.__doc__), table(rows, name)]
    if isinstance(symbol, type): parts += [member_html(*m) for m in members(symbol)]
    return "".join(parts)


def constant(
    value, # of an exported name
)->str: # HTML
    "What a constant holds."
    if isinstance(value, str) and len(value) > 60: return f"<p>A text of {len(value):,} characters.</p>"
    if isinstance(value, (str, int, float, tuple, list, dict, Path)): return colored(value_text(value, 200).replace(str(Path.home()), "~"))
    return f"<p>A {code(type(value).__name__)}.</p>"


def summary(
    module:str, # such as "thresholds"
    name:str, # exported
)->str: # HTML
    "The first sentence about a name."
    symbol = getattr(load(module), name)
    doc = inspect.getdoc(symbol) if has_text(symbol) else ""
    return prose(re.split(r"(?<=[.?!])\s|\n\n", " ".join((doc or "a constant").split("\n")))[0])


def overview(
    module:str, # such as "thresholds"
    here:str="", # address of the module's page, seen from where this is shown
)->str: # HTML
    "Every name of a module in a line."
    rows = "".join(f'<div><dt><a href="{here}#{name}">{code(name)}</a></dt><dd>{summary(module, name)}</dd></div>'
                   for name in load(module).__all__)
    return f'<dl class="overview">{rows}</dl>'


def source_page(
    module:str, # such as "thresholds"
)->str: # HTML
    "A module's source with an anchor at each line."
    listing = colored(source(module), linenos="inline", anchorlinenos=True, lineanchors="L", linespans="line")
    return (f'<h1>Source of <code>multilabel.{module}</code></h1><p>What the notebook exports; see its '
            f'<a href="../reference/{module}.html">reference</a>.</p><div class="source">{listing}</div>')
