"""See CORS work in your own browser: ``python examples/playground``.

Three servers start on loopback ports: a page, an API of another origin, and another page whose
origin the API mostly refuses. The page asks the API for one thing after the other and shows, row by
row, the lines of ``api.py`` that decide, what the browser let the page read, and why not more.
"""
