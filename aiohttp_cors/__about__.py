"""Who and what this distribution is; imports nothing, so that packaging tools can read it."""

__all__ = (
    "__author__",
    "__copyright__",
    "__email__",
    "__license__",
    "__summary__",
    "__title__",
    "__uri__",
    "__version__",
)

__title__ = "aiohttp-cors"
__version__ = "1.0.0"
__summary__ = "CORS for aiohttp servers: safe by default, and it says why a request was refused"
__author__ = "aiohttp-cors contributors"
__email__ = ""
__uri__ = "https://github.com/aio-libs/aiohttp-cors"
__copyright__ = f"2026 {__author__}"
__license__ = "Apache-2.0"
