"""Settings of Sphinx. `make docs` builds without network, and with warnings as errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from aiohttp_cors import __about__

if TYPE_CHECKING:
    from docutils.nodes import Node, TextElement
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = __about__.__title__
author = __about__.__author__
copyright = __about__.__copyright__
version = release = __about__.__version__

extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
# A name in single backticks is a link where it names something of the package, and code elsewhere.
default_role = "py:obj"
# Consoles and code are quoted letter by letter.
smartquotes = False
# Only what is marked as Python is coloured as Python.
highlight_language = "none"

nitpicky = True
nitpick_ignore_regex = [
    # Names in single backticks that are no link.
    ("py:obj", r"(?!aiohttp_cors\b).*"),
    # Types in signatures that no page describes: they are how it works, not what to use.
    ("py:class", r"aiohttp_cors\.(?!testing\b|fetch\b)[\w.]+"),
    ("py:class", r"[A-Z_]\w*"),
]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True

_AIOHTTP = "https://docs.aiohttp.org/en/stable"
_PYTHON = "https://docs.python.org/3/library"

# Where others describe their names. An inventory would have to be fetched, and a build without
# network would then say less than one with it.
ELSEWHERE = [
    (r"(?:aiohttp\.)?web(?:_\w+)?\.(HTTP\w+)", rf"{_AIOHTTP}/web_exceptions.html#aiohttp.web.\1"),
    (r"(?:aiohttp\.)?web(?:_\w+)?\.(\w+)", rf"{_AIOHTTP}/web_reference.html#aiohttp.web.\1"),
    (r"(collections\.abc|re|enum|typing|warnings)\.[\w.]+", rf"{_PYTHON}/\1.html#\g<0>"),
]

html_theme = "furo"
# That of furo underlines names of modules and classes, as if they were links.
pygments_dark_style = "github-dark"
html_title = f"{project} {release}"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_copy_source = False
html_search_scorer = str(Path(__file__).with_name("search.js"))
# The name that a signature describes is no link, and nothing is wrong with it.
_NAMES = {
    "color-api-name": "var(--color-foreground-primary)",
    "color-api-pre-name": "var(--color-foreground-secondary)",
}
# And what is allowed and what is refused, in the diagrams.
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {
        **_NAMES,
        "cors-good": "#0f766e",
        "cors-bad": "#b91c1c",
        "cors-fill": "#f4f6f8",
    },
    "dark_css_variables": {
        **_NAMES,
        "cors-good": "#4fd1b5",
        "cors-bad": "#ff8f87",
        "cors-fill": "#22262b",
    },
}


def link_elsewhere(
    _app: Sphinx, _env: BuildEnvironment, node: Node, content: TextElement
) -> Node | None:
    """A link to where a name of others is described; `None` for a name that nobody is known for."""
    for pattern, url in ELSEWHERE:
        match = re.fullmatch(pattern, node["reftarget"])
        if match:
            return nodes.reference("", "", content, internal=False, refuri=match.expand(url))
    return None


def setup(app: Sphinx) -> None:
    """Register what is above with Sphinx."""
    app.connect("missing-reference", link_elsewhere)
