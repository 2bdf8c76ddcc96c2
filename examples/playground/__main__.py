"""Both ``python examples/playground`` and ``python -m examples.playground``."""

import runpy
import sys
from pathlib import Path

if __package__:
    from .command import main

    sys.exit(main())

# Python was given the directory, so this file is outside its package: begin again inside.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
runpy.run_module("examples.playground", run_name="__main__", alter_sys=True)
