"""The README says what is so."""

import os
import re
import shlex

import pytest

from collector.cli import STUB
from tests.support import forked, readme


def test_every_setting_is_documented() -> None:
    """To mend it: .venv/bin/python -m tests.support.readme"""
    assert readme.table() == readme.written()


@pytest.mark.parametrize(
    "command", ["sites add", "sites allow", "keys create", "serve", "demo", "sites list", "keys revoke"]
)
def test_commands_of_the_readme_exist(command: str) -> None:
    assert 0 == forked.run("collector", [*shlex.split(command), "--help"], os.environ).returncode


def test_calls_in_a_page_have_the_stub_before_them() -> None:
    """Without it they fail: the tag is asynchronous. It is what `collector sites add` prints."""
    snippet = readme.README.parent / "js-snippet" / "README.md"
    assert STUB in snippet.read_text("utf-8")
    text = readme.README.read_text("utf-8")
    assert 0 < text.index(STUB) < text.index("ix('identify'")


def test_every_link_leads_somewhere() -> None:
    text = readme.README.read_text("utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert [] == [target for target in targets if not (readme.README.parent / target).exists()]
    assert len(targets) > 3


def test_every_make_target_named_exists() -> None:
    makefile = (readme.README.parent / "Makefile").read_text("utf-8")
    named = set(re.findall(r"make (\w+)", readme.README.read_text("utf-8")))
    assert {name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()
