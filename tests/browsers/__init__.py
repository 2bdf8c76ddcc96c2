"""Pages in three real browser engines, reading from real aiohttp servers.

Every test that takes `tab` runs in Chromium, Firefox and WebKitGTK. A test serves its applications
itself, each on a loopback port of its own, and then looks at them from a page:

    async def test_a_page_reads_what_its_origin_may(serve, tab):
        page = await serve(page_app())
        api = await serve(api_app(allowed=page.origin))
        await tab.open(page.origin)
        assert await tab.fetch(api / "hello") == Answer(200, "hello")

`http://127.0.0.1:1` and `http://127.0.0.1:2` are two origins of one site: cookies go from one to
the other, and they share an HTTP cache. `http://localhost:1` is another site: no cookies, and a
cache of its own.

Browsers remember: preflights and answers stay cached from test to test, so each test has paths of
its own. Nothing here sleeps: a page's promise resolves when what it waits for has happened, and
`Site.requests` is complete before the page has the answer.
"""
