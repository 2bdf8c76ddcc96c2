"""The sentences of consoles are headings of docs/refused.rst, and `explain` says what it shows."""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from pathlib import Path

import pytest

from aiohttp_cors.command.program import main

HERE = Path(__file__).parent
PAGE = (HERE.parent / "docs" / "refused.rst").read_text()

BLOCK = re.compile(r"\n\.\. code-block:: console\n\n((?: {3}.*\n|\n)+)")
SESSIONS = [
    block.split("\n...\n")
    for block in (textwrap.dedent(text).strip("\n") for text in BLOCK.findall(PAGE))
    if " myserver:app " in block
]
HEADINGS = re.findall(r"^(.+)\n-{10,}$", PAGE, re.MULTILINE)

# Of https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS/Errors.
FIREFOX = [
    "CORS disabled",
    "CORS request did not succeed",
    "CORS header 'Origin' cannot be added",
    "CORS request external redirect not allowed",
    "CORS request not HTTP",
    "CORS header 'Access-Control-Allow-Origin' missing",
    "CORS header 'Access-Control-Allow-Origin' does not match '",
    "Credential is not supported if the CORS header 'Access-Control-Allow-Origin' is '*'",
    "Did not find method in CORS header 'Access-Control-Allow-Methods'",
    "expected 'true' in CORS header 'Access-Control-Allow-Credentials'",
    "CORS preflight channel did not succeed",
    "CORS preflight response did not succeed",
    "in CORS header 'Access-Control-Allow-Methods'",
    "in CORS header 'Access-Control-Allow-Headers'",
    "in CORS header 'Access-Control-Allow-Headers' from CORS preflight channel",
    "is not allowed according to header 'Access-Control-Allow-Headers' from CORS preflight",
    "Multiple CORS header 'Access-Control-Allow-Origin' not allowed",
]
CHROME = [
    "No 'Access-Control-Allow-Origin' header is present on the requested resource",
    "It does not have HTTP ok status",
    "Redirect is not allowed for a preflight request",
    "that is not equal to the supplied origin",
    "header contains the invalid value '",
    "', but only one is allowed",
    "must not be the wildcard '*' when the request's credentials mode is 'include'",
    "which must be 'true' when the request's credentials mode is 'include'",
    "is not allowed by Access-Control-Allow-Methods in preflight response",
    "is not allowed by Access-Control-Allow-Headers in preflight response",
    "Cannot parse Access-Control-Allow-Methods response header field in preflight response",
    "Cannot parse Access-Control-Allow-Headers response header field in preflight response",
    "Cross origin requests are only supported for protocol schemes",
    "contains a username and password, which is disallowed for cross-origin requests",
    "Failed to fetch",
]
SAFARI = [
    "is not allowed by Access-Control-Allow-Origin",
    "Access-Control-Allow-Origin cannot contain more than one origin",
    "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true",
    'Credentials flag is true, but Access-Control-Allow-Credentials is not "true"',
    "Preflight response is not successful",
    "is not allowed by Access-Control-Allow-Methods",
    "is not allowed by Access-Control-Allow-Headers",
    "denied by Cross-Origin Resource Sharing policy",
    "Load failed",
]
SENTENCES = [
    *(("Firefox", sentence) for sentence in FIREFOX),
    *(("Chrome", sentence) for sentence in CHROME),
    *(("Safari", sentence) for sentence in SAFARI),
]


@pytest.mark.parametrize(("browser", "sentence"), SENTENCES)
def test_a_browsers_sentence_is_a_heading(browser: str, sentence: str) -> None:
    plain = [heading.translate({0x2018: "'", 0x2019: "'", ord("\\"): None}) for heading in HEADINGS]
    assert [h for h in plain if h.startswith(f"{browser}: ") and sentence in h]


@pytest.mark.parametrize(("command", "end"), SESSIONS)
def test_a_session_ends_as_shown(
    command: str, end: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(HERE)
    monkeypatch.delitem(sys.modules, "myserver", raising=False)  # an application runs once
    program, arguments = command.split(" aiohttp_cors ")
    assert program == "$ python -m"
    assert main(shlex.split(arguments)) == 1
    assert capsys.readouterr().out.rstrip("\n").endswith(f"\n\n{end}")


def test_many_sessions_are_shown() -> None:
    assert len(SESSIONS) >= 12
