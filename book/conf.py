"Sphinx's settings for the book, and what the book adds to Sphinx."
import configparser
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
SETTINGS = configparser.ConfigParser(delimiters=["="])
SETTINGS.read(HERE.parent / "settings.ini", encoding="utf-8")
SETTINGS = SETTINGS["DEFAULT"]

project = SETTINGS["title"]
author = SETTINGS["author"]
copyright = SETTINGS["copyright"]
release = version = SETTINGS["version"]
language = "en"

extensions = ["myst_nb", "pages"]
exclude_patterns = ["images"]
myst_enable_extensions = ["dollarmath", "amsmath", "smartquotes"]
myst_heading_anchors = 3
nb_execution_mode = "off"           # outputs as committed
nb_merge_streams = True
nb_ipywidgets_js = {}               # nothing from another host
html_math_renderer = "mathml"
suppress_warnings = ["config.cache"]

html_theme = "furo"
html_title = project
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_additional_pages = {"search": "search.html"}
html_copy_source = html_show_sourcelink = False
html_use_index = html_domain_indices = False
html_show_sphinx = True
pygments_style = "colors.Light"
pygments_dark_style = "colors.Dark"
git_files = f"{SETTINGS['git_url']}/blob/{SETTINGS['branch']}"

FONTS = {"font-stack": "var(--book-text)", "font-stack--monospace": "var(--book-code)"}
html_theme_options = {
    "light_css_variables": {**FONTS, "color-brand-primary": "#1b4f72", "color-brand-content": "#0b5c92",
                            "color-brand-visited": "#5b4a8a"},
    "dark_css_variables": {**FONTS, "color-brand-primary": "#a9d2f3", "color-brand-content": "#7cc0f5",
                           "color-brand-visited": "#bfa8ee"},
}
