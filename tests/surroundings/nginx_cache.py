"""nginx with ``proxy_cache`` in front."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from caches import check_cache
from scratch import SCRATCH, after, free_port, program, run, serving, with_path

SERVER = Path(__file__).with_name("server.py")
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    fastcgi_temp_path {folder}/fastcgi;
    proxy_temp_path {folder}/proxy;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    proxy_cache_path {folder}/cache keys_zone=copies:1m;
    {servers}
}}
"""
CACHE = """
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_cache copies;
        }}
    }}
"""


def configuration(folder: Path, servers: str) -> Path:
    """The path of a file that lets nginx run in the *folder* alone."""
    folder.mkdir(parents=True, exist_ok=True)
    user = "user root;" if os.geteuid() == 0 else ""
    path = folder / "nginx.conf"
    path.write_text(CONFIGURATION.format(folder=folder, user=user, servers=servers))
    return path


def main() -> None:
    nginx = program("nginx", "nginx-light")
    upstream, port = free_port(), free_port()
    folder = SCRATCH / "nginx" / str(port)
    path = configuration(folder, CACHE.format(port=port, upstream=upstream))
    with (
        serving(sys.executable, SERVER, str(upstream), port=upstream, env=with_path(after())),
        serving(nginx, "-c", path, "-p", folder, port=port),
    ):
        check_cache(version(nginx), port)


def version(nginx: str) -> str:
    return run(nginx, "-v").split(": ")[1].strip().replace("/", " ")


if __name__ == "__main__":
    main()
