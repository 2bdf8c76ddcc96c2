"""`check` and `explain` on applications of Socket.IO: a script, run by hand.

It needs ``python-socketio``, and prints what the commands say where Socket.IO writes CORS headers
itself, and where ``cors_allowed_origins=[]`` leaves them to aiohttp_cors. It ends with status 0
where that is as expected.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

APPLICATION = """
import socketio
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

app = web.Application()
cors = aiohttp_cors.setup(
    app,
    defaults={{"https://app.example": ResourceOptions(allow_credentials=True, allow_headers="*")}},
    preflight_first=True,
)
server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins={origins})
server.attach(app)
for route in list(app.router.routes()):
    if route.method in {added}:
        cors.add(route)
"""
POLL = "/socket.io/?EIO=4&transport=polling"
PAGE, OTHER = "https://app.example", "https://other.example"
BY_US, ALL = "('GET', 'POST')", "('GET', 'POST', 'OPTIONS')"

# The origins of Socket.IO, the methods that are added, the command, its status, and what it says
ROWS = (
    ("[]", BY_US, "check", 1, "C309 config"),
    ("[]", ALL, "check", 0, "C312 advice"),
    ("[]", ALL, f"explain --origin {PAGE} --credentials {POLL}", 0, "ALLOWED"),
    ("[]", ALL, f"explain --origin {PAGE} --credentials -X POST -H X-A:1 {POLL}", 0, "ALLOWED"),
    ("[]", ALL, f"explain --origin {OTHER} {POLL}", 1, "no key of the policy"),
    ("'*'", BY_US, "check", 1, "C309 config"),
    ("'*'", ALL, f"explain --origin {OTHER} {POLL}", 0, "is not from aiohttp_cors"),
)


def run(folder: str, origins: str, added: str, command: str) -> tuple[int, str]:
    """The exit status of *command* on such an application, and what it prints."""
    Path(folder, "chat.py").write_text(
        APPLICATION.format(origins=origins, added=added), encoding="utf-8"
    )
    name, *arguments = command.split()
    done = subprocess.run(
        [sys.executable, "-m", "aiohttp_cors", name, "chat:app", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def main() -> int:
    wrong = 0
    for origins, added, command, status, said in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            returned, told = run(folder, origins, added, command)
        is_right = returned == status and said in " ".join(told.split())
        wrong += not is_right
        mark = "right" if is_right else "WRONG"
        print(f"{mark}: cors_allowed_origins={origins}, added {added}: {command}\n\n{told}")
    print(f"{len(ROWS)} rows, {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
