"""One table of exchanges, run in three real engines and in `aiohttp_cors.testing.Browser`.

`rows` is the table: what a page asks, what the servers answer, and what comes of it. `servers`
answers what a row says, byte by byte, and writes down what arrived. `running` takes the table
through an engine, and through `Browser`. `differences` says where an engine does something else
than the standard, why, and everything that it does instead: whoever changes fails the test.
"""
