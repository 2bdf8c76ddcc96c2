"""What is told of odd keys with credentials, word for word.

``odd_keys.txt`` has keys that nobody writes but by accident, and what is told of each: so that no
change alters any of it unseen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors.protocol.policy import Layer

OPTIONS = ResourceOptions(allow_credentials=True)
COMPILED = re.compile(r"re\.compile\((.*)\)")


def rows() -> Iterator[tuple[str | re.Pattern[str], list[str]]]:
    text = Path(__file__).with_name("odd_keys.txt").read_text(encoding="utf-8")
    for block in text.strip().split("\n\n"):
        key, *told = block.split("\n")
        expression = COMPILED.fullmatch(key)
        yield (
            re.compile(ast.literal_eval(expression[1])) if expression else ast.literal_eval(key),
            [line.strip() for line in told],
        )


@pytest.mark.parametrize(("key", "told"), list(rows()), ids=repr)
def test_what_is_told_of_an_odd_key(key: str | re.Pattern[str], told: list[str]) -> None:
    assert [str(finding) for finding in Layer({key: OPTIONS}).findings] == told
