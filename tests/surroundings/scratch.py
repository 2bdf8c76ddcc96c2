"""What the scripts share: scratch folders, this package and the one before, and servers to ask.

A *before* and an *after* are one environment with another folder first on ``PYTHONPATH``: the one
holds aiohttp-cors 0.8.1, the other this package.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).parent.parent.parent
SCRATCH = ROOT / ".cache" / "surroundings"
PAGE, OTHER_PAGE, STRANGER = "https://a.example", "https://b.example", "https://evil.example"

START_SECONDS = 60
LEFT_OUT = 77  # as a status, what automake takes for a skipped test


def shown(sentence: str) -> None:
    """The last line of every script: what it has shown."""
    print(f"SHOWN  {sentence}")


def failed(sentence: str) -> NoReturn:
    raise SystemExit(f"FAILED {sentence}")


def left_out(sentence: str) -> NoReturn:
    """Nothing is wrong, and nothing is shown: something cannot be had here."""
    print(f"LEFT OUT {sentence}")
    raise SystemExit(LEFT_OUT)


def must(condition: object, sentence: str) -> None:
    if not condition:
        failed(sentence)


# --- installing ---------------------------------------------------------------------------------


def run(*command: str | Path, seconds: float = 1200, **options: object) -> str:
    """What a command prints, which must succeed."""
    done = subprocess.run(  # type: ignore[call-overload]
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
        **options,
    )
    must(done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}")
    return str(done.stdout)


def interpreter(*versions: str) -> str:
    """The first of these Pythons (``"3.13"``) that is found; the running one for no version."""
    if not versions:
        return sys.executable
    for version in versions:
        if sys.version_info[:2] == tuple(map(int, version.split("."))):
            return sys.executable
        for folder in [*os.get_exec_path(), *_pyenv_folders(version)]:
            program = Path(folder, f"python{version}")
            if program.is_file() and _runs(program):
                return str(program)
    left_out(f"it needs Python {' or '.join(versions)}, which is not found")


def _pyenv_folders(version: str) -> list[Path]:
    return sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin"))


def _runs(program: Path) -> bool:
    """Whether it is an interpreter, and no shim that says that there is none."""
    return not subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode


def environment(name: str, *requirements: str, python: str = sys.executable) -> Path:
    """The Python of an environment that has the *requirements*; it is made once."""
    folder = SCRATCH / name / "environment"
    made, program = folder / "made", folder / "bin" / "python"
    wanted = "\n".join([python, *requirements])
    if made.is_file() and made.read_text() == wanted:
        return program
    shutil.rmtree(folder, ignore_errors=True)
    print(f"Installing {', '.join(requirements)}", flush=True)
    run(python, "-m", "venv", folder)
    run(program, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *requirements)
    made.write_text(wanted)
    return program


def sdist(name: str, requirement: str, *, python: str = sys.executable) -> Path:
    """The folder of an unpacked source distribution."""
    folder = SCRATCH / name / requirement
    if not (folder / "complete").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        pip = [python, "-m", "pip", "download", "-qq", "--no-deps", "--no-binary=:all:"]
        run(*pip, "--dest", folder, requirement)
        [archive] = folder.glob("*.tar.gz")
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")
        archive.unlink()
        (folder / "complete").touch()
    [unpacked] = [path for path in folder.iterdir() if path.is_dir()]
    return unpacked


def before() -> Path:
    """A folder that holds aiohttp-cors 0.8.1 alone."""
    folder = SCRATCH / "before"
    if not (folder / "aiohttp_cors").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--target", folder]
        run(*pip, "aiohttp-cors==0.8.1")
    return folder


def after() -> Path:
    """A folder that holds this package alone, as it is now."""
    folder = SCRATCH / "after"
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "aiohttp_cors", folder / "aiohttp_cors", ignore=ignored)
    return folder


def with_path(folder: Path, *more: Path, **variables: str) -> dict[str, str]:
    """The environment variables of a process that imports from the *folder* first."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, [folder, *more])), **variables}


def program(name: str, package: str) -> str:
    """The path of a program of the system, installed from its package where that may be done."""
    path = os.pathsep.join([*os.get_exec_path(), "/usr/sbin"])
    found = shutil.which(name, path=path)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {package}", flush=True)
        # Its own service is not started: the script starts one with a configuration of its own.
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        run("apt-get", "update", "-qq", env=quiet)
        run("apt-get", "install", "-qq", "-y", "--no-install-recommends", package, env=quiet)
        found = shutil.which(name, path=path)
    return found or left_out(f"there is no {name}: sudo apt-get install {package}")


# --- serving ------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(
    *command: str | Path, port: int, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that listens on the *port* of the loopback interface, ended afterwards."""
    log = SCRATCH / f"server-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(word) for word in command], stdout=output, stderr=output, env=env, cwd=cwd
        )
    try:
        _await_port(server, port, log)
        yield server
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    log.unlink()


def _await_port(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        must(server.poll() is None, f"{server.args!r} ended:\n{log.read_text(errors='replace')}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    failed(f"{server.args!r} does not listen:\n{log.read_text(errors='replace')}")


# --- before and after ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Tests:
    """What pytest said of a program's own tests."""

    passed: int = 0
    failures: frozenset[str] = field(default_factory=frozenset)

    def __str__(self) -> str:
        failures = f", {len(self.failures)} fail" if self.failures else ""
        return f"{self.passed} pass{failures}"


def own_tests(python: Path, folder: Path, *arguments: str, env: Mapping[str, str]) -> Tests:
    """Run a program's own tests as they are."""
    done = subprocess.run(
        [
            python,
            "-m",
            "pytest",
            "-q",
            "-o",
            "addopts=",
            "-p",
            "no:cacheprovider",
            "-rA",
            "--tb=no",
            *arguments,
        ],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    words = [line.split(" - ")[0].split(maxsplit=1) for line in done.stdout.splitlines()]
    told: dict[str, set[str]] = {}
    for kind, test in (pair for pair in words if len(pair) == 2):
        told.setdefault(kind, set()).add(test)
    passed = told.get("PASSED", set())
    must(passed, f"no test passes:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return Tests(len(passed), frozenset(told.get("FAILED", set()) | told.get("ERROR", set())))


def compare_tests(name: str, old: Tests, new: Tests) -> None:
    """Fail with the tests that 0.8.1 passes and this package does not."""
    worse: Sequence[str] = sorted(new.failures - old.failures)
    must(not worse, f"{name}: {len(worse)} tests fail only now: {', '.join(worse)}")
    mended = len(old.failures - new.failures)
    more = f", {mended} of them only now" if mended else ""
    shown(f"{name}: {old} with 0.8.1; {new} with this package{more}")


class Answer(NamedTuple):
    """What decides whether a page may do it."""

    status: int
    headers: Mapping[str, str]

    @property
    def cors(self) -> dict[str, str]:
        """The headers of CORS by their short names (``allow-origin``)."""
        prefix = "access-control-"
        return {
            name.removeprefix(prefix): value
            for name, value in self.headers.items()
            if name.startswith(prefix)
        }

    @property
    def granted(self) -> bool:
        return 200 <= self.status < 300 and "allow-origin" in self.cors


def ask(port: int, method: str, path: str, **headers: str) -> Answer:
    """One request; the names of *headers* are written with underscores."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        answer.read()
        grouped: dict[str, str] = {}
        for name, value in answer.getheaders():
            known = grouped.get(name.lower())
            grouped[name.lower()] = value if known is None else f"{known}, {value}"
        return Answer(answer.status, grouped)


def preflight(port: int, method: str, path: str, origin: str = PAGE) -> Answer:
    """One preflight for a request with a header of its own."""
    return ask(
        port,
        "OPTIONS",
        path,
        origin=origin,
        access_control_request_method=method,
        access_control_request_headers="x-test",
    )


def preflights(
    python: Path, script: str, folder: Path, *more: Path, origin: str = PAGE, **variables: str
) -> dict[tuple[str, str], Answer]:
    """Start the *script*'s server with the package in the *folder*; ask about each route."""
    port = free_port()
    routes = SCRATCH / f"routes-{port}.json"
    env = with_path(folder, *more, PORT=str(port), ROUTES=str(routes), **variables)
    with serving(python, script, "inside", port=port, env=env, cwd=SCRATCH):
        asked = [(method, path) for method, path in json.loads(routes.read_text())]
        answers = {each: preflight(port, *each, origin=origin) for each in asked}
    routes.unlink()
    return answers


SAME = ("allow-origin", "allow-credentials", "allow-headers", "max-age")


def compare_preflights(
    name: str,
    old: Mapping[tuple[str, str], Answer],
    new: Mapping[tuple[str, str], Answer],
    same: Iterable[str] = SAME,
) -> None:
    """Fail with the routes that a page could use with 0.8.1 and cannot with this package."""
    must(old.keys() == new.keys(), f"{name}: the routes differ")
    must(old, f"{name}: there are no routes")
    for route, answer in old.items():
        if answer.granted:
            now = new[route]
            must(now.granted, f"{name}: {route} is refused only now ({now.status})")
            for header in same:
                was, is_now = answer.cors.get(header), now.cors.get(header)
                must(was == is_now, f"{name}: {route}: {header} was {was!r} and is {is_now!r}")
    before, now = (sum(each.granted for each in answers.values()) for answers in (old, new))
    shown(
        f"{name}: preflights of {len(old)} routes: {before} granted by 0.8.1, {now} by this package"
    )
