"""Asks one library all questions of the comparison: `python -m compat.ask <QUESTIONS`.

Reads ``{"requests": [[application, request], ...], "programs": [code, ...]}`` and writes
``{"version": ..., "answers": [...], "outcomes": [...]}``, both as JSON. An answer is the text that
came back, which is empty for a connection that was dropped; an outcome is the name of what a
program raised, of the warnings that it gave, or nothing. It runs as a process of its own, so that
two libraries of one name never meet; `PYTHONPATH` says which.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import warnings

from aiohttp import web

import aiohttp_cors

from .application import APPLICATIONS, answer


async def serve(name: str) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(APPLICATIONS[name]())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


async def exchange(port: int, request: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode("latin-1"))
    received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received.decode("latin-1")


async def ask_all(requests: list[tuple[str, str]]) -> list[str]:
    servers = {name: await serve(name) for name in APPLICATIONS}
    answers = [await exchange(servers[name][1], request) for name, request in requests]
    for runner, _ in servers.values():
        await runner.cleanup()
    return answers


def outcome(program: str) -> str:
    app = web.Application()
    names = {
        **vars(aiohttp_cors),
        "web": web,
        "re": re,
        "app": app,
        "router": app.router,
        "cors": aiohttp_cors.setup(app),
        "handler": answer,
        "OPTIONS": aiohttp_cors.ResourceOptions(),
    }
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(program, names)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the outcome
            return type(error).__name__
    return ", ".join(warning.category.__name__ for warning in caught)


def main() -> None:
    logging.disable()
    questions = json.load(sys.stdin)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers = asyncio.run(ask_all(questions["requests"]))
    outcomes = [outcome(program) for program in questions["programs"]]
    result = {"version": aiohttp_cors.__version__, "answers": answers, "outcomes": outcomes}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
