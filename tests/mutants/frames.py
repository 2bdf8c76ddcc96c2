"""A plugin of pytest: warnings point at lines outside the package, behind mutmut's wrappers too."""

from mutmut.mutation import trampoline

trampoline.__package__ = "aiohttp_cors"
