"""``python -m aiohttp_cors``: what is under CORS, what is wrong with it, why a browser refuses."""
