"""The pages as a site: ``python -m sphinx -W docs site`` (extra ``docs``)."""

from importlib.metadata import version as installed_version

project = "trimtab"
author = "The trimtab maintainers"
version = release = installed_version("trimtab")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["examples/**"]
"""Scripts and thread files stand there; pages link to them."""

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "trimtab"
html_static_path: list[str] = []
html_theme_options = {"navigation_with_keys": True}

copybutton_exclude = ".linenos, .gp, .go"
autodoc_member_order = "bysource"
nitpicky = False
