"""Three real browser engines behind one small, blocking interface.

`Chromium`, `Firefox` and `WebKit` each run one headless browser with a fresh profile and one tab:

    with contextlib.closing(Firefox()) as browser:
        browser.get("http://127.0.0.1:8080/")
        browser.js("return (await fetch(url)).status", url="http://127.0.0.1:8081/note")

Chromium and WebKitGTK are driven with Selenium, Firefox through the WebDriver BiDi server that is
part of it. On Debian the packages are chromium, chromium-driver, firefox-esr, webkit2gtk-driver and
xvfb; elsewhere the same programs are looked up on PATH. An engine that lacks a program raises
`NotInstalledError` when it is made. One that is installed and does not start raises anything else:
that is never a reason to skip a test.

WebKitGTK keeps no HTTP cache while it is driven. `MiniBrowser` is the same engine without a driver:
it only opens a page, which has to tell its own server what it saw.
"""

from __future__ import annotations

import abc
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import websocket
from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT = 30.0
"""Seconds until an engine that does not answer is an error."""

_POLL = 0.02

_AS_EXPRESSION = """\
(async ({%s}) => {%s})(%s).then(
    value => JSON.stringify({value}),
    error => JSON.stringify({error: String(error)}),
)"""

_T = TypeVar("_T")


class NotInstalledError(Exception):
    """The machine has no such engine; the message names the program and its Debian package."""


class ScriptError(Exception):
    """JavaScript run by `Browser.js` threw; the message is what it threw."""


@dataclass(frozen=True)
class Program:
    """An executable, under the names that systems give it, most specific first."""

    names: tuple[str, ...]
    package: str
    folders: str = "/usr/bin"
    """Where Debian has it; asterisks stand for versions and architectures."""

    def find(self) -> str:
        """Return the executable's path: Debian's, else the first on PATH, else raise."""
        folders = [*map(str, Path("/").glob(self.folders[1:])), os.environ.get("PATH", os.defpath)]
        path = os.pathsep.join(folders)
        found = next(filter(None, (shutil.which(name, path=path) for name in self.names)), None)
        if found is None:
            names = " or ".join(self.names)
            raise NotInstalledError(
                f"no {names} on PATH (on Debian: apt-get install {self.package})"
            )
        return found


XVFB = Program(("Xvfb",), "xvfb")


class Window(abc.ABC):
    """A running engine that can be told to open a page."""

    programs: ClassVar[Mapping[str, Program]]

    def __init__(self) -> None:
        self._program = {role: program.find() for role, program in self.programs.items()}
        with contextlib.ExitStack() as starting:
            self._profile = starting.enter_context(
                tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
            )
            self._start(starting)
            # Only a complete start gets here; otherwise the stack has closed what was started.
            self._running = starting.pop_all()

    @abc.abstractmethod
    def get(self, url: str) -> None:
        """Show the page at *url*."""

    def close(self) -> None:
        """End the engine and remove its profile."""
        self._running.close()

    @abc.abstractmethod
    def _start(self, running: contextlib.ExitStack) -> None:
        """Start the engine; what must be undone at the end goes on *running*."""


class Browser(Window):
    """A driven engine with one tab. Every call, `get` too, blocks until the engine is done.

    It takes any certificate, such as those that tests make for themselves.
    """

    @abc.abstractmethod
    def console(self) -> list[str]:
        """Return the console's messages since the last call; raise where the engine has none."""

    def js(self, body: str, **arguments: Any) -> Any:
        """Return what *body* returns, run in the page as an async function.

        *arguments* are its variables. They and the returned value pass through JSON. If it throws,
        `ScriptError` is raised.
        """
        expression = _AS_EXPRESSION % (",".join(arguments), body, json.dumps(arguments))
        outcome = json.loads(self._evaluate(expression))
        if "error" in outcome:
            raise ScriptError(outcome["error"])
        return outcome.get("value")

    def console_until(self, text: str) -> list[str]:
        """Return the console's messages since the last call once one of them contains *text*.

        An engine explains a blocked request in its console some time after the page has seen the
        failure, so there is something to wait for. `TimeoutError` shows what came instead.
        """
        messages: list[str] = []

        def explained() -> list[str] | None:
            messages.extend(self.console())
            return messages if any(text in message for message in messages) else None

        try:
            return _poll(explained)
        except TimeoutError:
            raise TimeoutError(f"no {text!r} in the console: {messages}") from None

    @abc.abstractmethod
    def _evaluate(self, expression: str) -> str:
        """Return the string that the promise *expression* resolves to in the page."""


class _SeleniumBrowser(Browser):
    _driver: webdriver.Remote

    def get(self, url: str) -> None:
        self._driver.get(url)

    def _evaluate(self, expression: str) -> str:
        answer = self._driver.execute_async_script(f"{expression}.then(arguments[0])")
        assert isinstance(answer, str)
        return answer

    def _adopt(self, driver: webdriver.Remote, running: contextlib.ExitStack) -> None:
        running.callback(driver.quit)
        driver.set_script_timeout(TIMEOUT)
        driver.set_page_load_timeout(TIMEOUT)
        self._driver = driver


class Chromium(_SeleniumBrowser):
    """Chromium or Chrome, with chromedriver."""

    programs: ClassVar[Mapping[str, Program]] = {
        "browser": Program(("chromium", "chromium-browser", "google-chrome"), "chromium"),
        "driver": Program(("chromedriver",), "chromium-driver"),
    }
    _flags = (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    )

    def _start(self, running: contextlib.ExitStack) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = self._program["browser"]
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        options.accept_insecure_certs = True
        for flag in (*self._flags, f"--user-data-dir={self._profile}"):
            options.add_argument(flag)
        service = ChromeService(self._program["driver"])
        self._adopt(webdriver.Chrome(options=options, service=service), running)

    def console(self) -> list[str]:
        log = self._driver.execute("getLog", {"type": "browser"})
        return [entry["message"] for entry in log["value"]]


class WebKit(_SeleniumBrowser):
    """WebKitGTK, with WebKitWebDriver, on an X server of its own: it has no headless mode."""

    programs: ClassVar[Mapping[str, Program]] = {
        "driver": Program(("WebKitWebDriver",), "webkit2gtk-driver"),
        "display": XVFB,
    }

    def _start(self, running: contextlib.ExitStack) -> None:
        environment = _desktop(virtual_display(self._program["display"], running), self._profile)
        service = WebKitService(self._program["driver"], env=environment)
        service.start()
        running.callback(service.stop)
        # webdriver.WebKitGTK does the same, with a DeprecationWarning of Selenium's own.
        config = ClientConfig(remote_server_addr=service.service_url)
        connection = RemoteConnection(client_config=config)
        options = WebKitOptions()
        options.accept_insecure_certs = True
        self._adopt(webdriver.Remote(connection, options=options), running)

    def console(self) -> list[str]:
        raise NotImplementedError("WebKitWebDriver does not give the console")


class Firefox(Browser):
    """Firefox, through its own WebDriver BiDi server."""

    programs: ClassVar[Mapping[str, Program]] = {
        "browser": Program(("firefox-esr", "firefox"), "firefox-esr")
    }

    def _start(self, running: contextlib.ExitStack) -> None:
        self._process = self._launch(running)
        server = _poll(self._server_address)
        self._socket = websocket.create_connection(
            f"ws://{server['ws_host']}:{server['ws_port']}/session",
            timeout=TIMEOUT,
            suppress_origin=True,  # the server answers 400 to a client that sends Origin
        )
        running.callback(self._socket.close)
        self._ids = itertools.count(1)
        self._messages: list[str] = []
        self._command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        running.callback(self._command, "browser.close")
        self._command("session.subscribe", events=["log.entryAdded"])
        self._tab = self._command("browsingContext.getTree")["contexts"][0]["context"]

    def get(self, url: str) -> None:
        self._command("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def console(self) -> list[str]:
        # Events that were sent before this answer have been received when it arrives.
        self._command("session.status")
        messages, self._messages = self._messages, []
        return messages

    def _launch(self, running: contextlib.ExitStack) -> subprocess.Popen[bytes]:
        options = ("--headless", "--no-remote", "--remote-debugging-port=0")
        process = subprocess.Popen(
            [self._program["browser"], *options, "--profile", self._profile, "about:blank"],
            env={**os.environ, "HOME": self._profile},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.callback(_end, process)
        return process

    def _server_address(self) -> dict[str, Any] | None:
        """Where the BiDi server listens, once Firefox has completely written it to the profile."""
        if self._process.poll() is not None:
            raise RuntimeError(f"Firefox ended with status {self._process.returncode} at its start")
        try:
            text = Path(self._profile, "WebDriverBiDiServer.json").read_text(encoding="utf-8")
            address: dict[str, Any] = json.loads(text)
        except (FileNotFoundError, ValueError):
            return None
        return address

    def _command(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            self._messages.append(str(answer["params"].get("text")))
        if answer["type"] != "success":
            raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _evaluate(self, expression: str) -> str:
        target = {"context": self._tab}
        answer = self._command(
            "script.evaluate", expression=expression, target=target, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise ScriptError(answer["exceptionDetails"]["text"])
        value = answer["result"]["value"]
        assert isinstance(value, str)
        return value


class MiniBrowser(Window):
    """WebKitGTK's example browser, not driven: the way to its HTTP cache."""

    programs: ClassVar[Mapping[str, Program]] = {
        "browser": Program(
            ("MiniBrowser",), "webkit2gtk-driver", folders="/usr/lib/*/webkit2gtk-4.*"
        ),
        "display": XVFB,
    }

    def _start(self, running: contextlib.ExitStack) -> None:
        display = virtual_display(self._program["display"], running)
        self._environment = _desktop(display, self._profile)
        self._shown = running.enter_context(contextlib.ExitStack())

    def get(self, url: str) -> None:
        self._shown.close()
        process = subprocess.Popen(
            [self._program["browser"], url],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._shown.callback(_end, process)


ENGINES: Mapping[str, type[Browser]] = {
    "chromium": Chromium,
    "firefox": Firefox,
    "webkit": WebKit,
}


def virtual_display(program: str, running: contextlib.ExitStack) -> str:
    """Return the DISPLAY of a new X server without a screen, which ends with *running*."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as announced:
        server = subprocess.Popen(
            [program, "-displayfd", str(writer), "-nolisten", "tcp"],
            pass_fds=(writer,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.callback(_end, server)
        os.close(writer)
        # The whole line: Xvfb dies if the pipe closes between the number and its line feed.
        line = announced.readline()
    if not line.endswith("\n"):
        raise RuntimeError(f"{program} ended at its start")
    return ":" + line.strip()


def _desktop(display: str, home: str) -> dict[str, str]:
    """Return an environment in which a program has a screen, and a home of its own."""
    return {**os.environ, "DISPLAY": display, "HOME": home, "XDG_RUNTIME_DIR": home}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _poll(question: Callable[[], _T | None]) -> _T:
    """Return the first answer of *question* that is not None: for what no event announces."""
    deadline = time.monotonic() + TIMEOUT
    while (answer := question()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer within {TIMEOUT:.0f} s")
        time.sleep(_POLL)
    return answer
