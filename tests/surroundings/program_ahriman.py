"""ahriman: the tests of its web server, which want Python 3.13."""

from __future__ import annotations

from scratch import left_out


def main() -> None:
    left_out("ahriman's tests/ahriman/web: it is not on the package index, only in its repository")


if __name__ == "__main__":
    main()
