"""One process of a measurement: reads what to do as JSON, writes overheads as JSON."""

from __future__ import annotations

import gc
import json
import random
import sys
from pathlib import Path
from statistics import median
from typing import Any

from . import contenders
from .cases import CASES, Case
from .contenders import BARE
from .driver import Client, Connection

WARM_UP = 50
TURN_NS = 1_500_000
UNTIMED_ROUNDS = 2


def measure(case: Case, names: list[str], others: Path, rounds: int, seed: int) -> dict[str, float]:
    """The time of a request without CORS, and what each other contender adds, in nanoseconds."""
    rng = random.Random(seed)
    clients = new_clients(case, rng.sample(names, len(names)), others)
    count = max(2, round(TURN_NS / min(clients[BARE].run(20) for _ in range(3))))
    counts = {name: turn_of(client, count) for name, client in clients.items()}
    gc.collect()
    gc.freeze()

    times: dict[str, list[float]] = {name: [] for name in clients}
    for _ in range(rounds + UNTIMED_ROUNDS):
        for name in rng.sample(list(clients), len(clients)):
            # The interpreter specialises code for the types that it met last.
            clients[name].run(min(WARM_UP, counts[name]))
            times[name].append(clients[name].run(counts[name]))
    floor = times.pop(BARE)[UNTIMED_ROUNDS:]
    return {BARE: median(floor)} | {
        name: median(t - f for t, f in zip(values[UNTIMED_ROUNDS:], floor, strict=True))
        for name, values in times.items()
    }


def turn_of(client: Client, count: int) -> int:
    """How many requests a turn has: as many as the others', or fewer for one that is far slower."""
    return max(2, min(count, round(3 * TURN_NS / client.run(4))))


def new_clients(case: Case, names: list[str], others: Path) -> dict[str, Client]:
    connection, requests, clients = Connection(), case.requests(), {}
    for name in names:
        clients[name] = Client(connection, contenders.load(name, others)(case), requests)
        check(case, name, clients[name].answer())
    return clients


def check(case: Case, name: str, answer: bytes) -> None:
    """Who answers wrongly is not timed: nothing is learnt from it."""
    head, _, body = answer.decode().partition("\r\n\r\n")
    status, *lines = head.lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    acao = headers.get("access-control-allow-origin")
    right = case.preflight or body == "Hello, world"
    if name != BARE and case.covered and case.origin == "allowed":
        right &= " 20" in status and acao in (case.allowed_origins[0], "*")
        right &= ("access-control-allow-credentials" in headers) == case.credentials
    elif case.policy != "public":
        right &= acao is None
    if not right:
        raise SystemExit(f"{name} gives a wrong answer to {case.name!r}:\n{answer.decode()}")


def main() -> None:
    task: dict[str, Any] = json.load(sys.stdin)
    case, others = CASES[task.pop("case")], Path(task.pop("others"))
    json.dump(measure(case, others=others, **task), sys.stdout)


if __name__ == "__main__":
    main()
