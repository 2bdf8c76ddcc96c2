"""gunicorn with two workers, with ``--preload``, on uvloop; and aiohttp alone on uvloop."""

from __future__ import annotations

from pathlib import Path

from scratch import (
    OTHER_PAGE,
    PAGE,
    STRANGER,
    after,
    ask,
    environment,
    free_port,
    must,
    preflight,
    serving,
    shown,
    with_path,
)

HERE = Path(__file__).parent
ENOUGH = 200  # requests, until each of the workers has had one


def check(name: str, port: int, workers: int) -> None:
    """Each worker gives the answers that one process gives."""
    seen: set[str] = set()
    for _ in range(ENOUGH):
        for origin, acao in ((PAGE, PAGE), (OTHER_PAGE, OTHER_PAGE), (STRANGER, None)):
            answer = ask(port, "GET", "/data", origin=origin)
            found = (answer.status, answer.cors.get("allow-origin"), answer.headers.get("vary"))
            must(found == (200, acao, "Origin"), f"{name}: {origin} gets {found}")
            seen.add(answer.headers["x-process"])
        must(preflight(port, "PUT", "/data").granted, f"{name}: the preflight is refused")
        refused = preflight(port, "PUT", "/data", STRANGER)
        must(refused.status == 403, f"{name}: the preflight of a stranger gets {refused.status}")
        if len(seen) == workers:
            shown(f"{name}: {workers} processes, all answers alike")
            return
    must(False, f"{name}: only {len(seen)} of {workers} workers have answered")


def main() -> None:
    python = environment("gunicorn", "aiohttp", "gunicorn==27.0.1", "uvloop==0.23.0")
    env = with_path(after(), HERE)
    one = "aiohttp.GunicornWebWorker"
    many = {
        "gunicorn 27.0.1": ["--worker-class", one],
        "gunicorn 27.0.1 --preload": ["--worker-class", one, "--preload"],
        "gunicorn 27.0.1, uvloop 0.23.0": ["--worker-class", "aiohttp.GunicornUVLoopWebWorker"],
    }
    for name, options in many.items():
        port = free_port()
        words = ["--workers", "2", "--bind", f"127.0.0.1:{port}", *options, "server:for_workers"]
        with serving(python, "-m", "gunicorn", *words, port=port, env=env):
            check(name, port, 2)
    port = free_port()
    with serving(python, HERE / "server.py", str(port), "uvloop", port=port, env=env):
        check("aiohttp on uvloop 0.23.0", port, 1)


if __name__ == "__main__":
    main()
