"""Settings of Sphinx. `make docs` builds without network, and with warnings as errors."""

from aiohttp_cors import __about__

project = __about__.__title__
author = __about__.__author__
copyright = __about__.__copyright__
version = release = __about__.__version__

extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
# A name in single backticks is a link where it names something of the package, and code elsewhere.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [
    # Names of others: their documentation is not at hand without network.
    ("py:.*", r"(?!aiohttp_cors\b).*"),
    # Names that signatures show and no page describes.
    ("py:class", r"aiohttp_cors\.\w+\._\w+"),
    ("py:class", r"aiohttp_cors\.policy\.\w+"),
]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"{project} {release}"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_copy_source = False
