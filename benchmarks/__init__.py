"""What CORS costs per request on aiohttp: this package, other libraries, and headers by hand.

``make bench`` or ``python -m benchmarks`` measures, ``--help`` lists what can be chosen.

*Overhead* is the time of a request in an application with CORS less the time of the same request
in the same application without. The time is that of aiohttp's own request handler, which is fed
bytes and writes bytes: parser, routing, middlewares, signals and serialiser are inside, sockets and
kernel are not. All contenders take short turns in one process, in an order that is shuffled each
round, so that whatever slows the machine slows them all; the overhead is the median of the
differences within rounds. The whole is repeated in fresh processes, since memory lies differently
in each.

=================  =============================================================================
``cases``          the requests, and the policies that they meet
``contenders``     one application per contender and case
``driver``         aiohttp's request handler without sockets
``worker``         one process: checks the answers, then takes the times
``report``         the table, the JSON and the chart
``__main__``       starts the workers
=================  =============================================================================
"""
