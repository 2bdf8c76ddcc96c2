"""Varnish in front, as it comes: without a rule of its own."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from caches import check_cache
from scratch import SCRATCH, after, free_port, program, run, serving, with_path

SERVER = Path(__file__).with_name("server.py")


def main() -> None:
    varnish = program("varnishd", "varnish")
    upstream, port = free_port(), free_port()
    command = [varnish, "-F", "-a", f"127.0.0.1:{port}", "-b", f"127.0.0.1:{upstream}"]
    folder = SCRATCH / "varnish" / str(port)
    folder.parent.mkdir(parents=True, exist_ok=True)
    command += ["-n", str(folder), "-s", "malloc,16m"]
    if os.geteuid() == 0:
        command += ["-j", "none"]
    with (
        serving(sys.executable, SERVER, str(upstream), port=upstream, env=with_path(after())),
        serving(*command, port=port),
    ):
        found = re.search(r"varnish-([\d.]+)", run(varnish, "-V"))
        check_cache(f"varnish {found[1] if found else ''}", port)


if __name__ == "__main__":
    main()
