"""Modules of the pages that need no page: what they make, in Node."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "dashboards" / "web" / "src"
PATH = os.pathsep.join((os.environ["PATH"], str(ROOT / ".venv" / "bin")))


def run(script: str, *given: Any) -> Any:
    """What the script puts into `told`; it finds in `given` what is given here."""
    node = shutil.which("node", path=PATH)
    assert node, "Node is missing: make js brings it"
    whole = f"const given = {json.dumps(given)}; let told; {script}; console.log(JSON.stringify(told));"
    command = [node, "--input-type=module", "-e", whole]
    done = subprocess.run(command, check=False, cwd=SOURCES, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("clock", "start"),
    [
        ("2026-11-23T12:00:20Z", "2026-11-22T23:00:00.000Z"),
        ("2026-11-23T22:59:30Z", "2026-11-22T23:00:00.000Z"),  # the last minute of the day in Berlin
        ("2026-11-23T23:00:00.001Z", "2026-11-23T23:00:00.000Z"),
    ],
)
def test_today_begins_with_the_day_the_moment_is_in(clock: str, start: str) -> None:
    script = """
      const [clock] = given;
      Date.now = () => Date.parse(clock);
      const { read } = await import("./state.js");
      const of = (range) => read(`?range=${range}&tz=Europe/Berlin`);
      told = { today: new Date(of("today").from), days: Math.round((of("today").from - of("30d").from) / 86_400_000) };
    """
    assert run(script, clock) == {"today": start, "days": 29}


@pytest.mark.parametrize(
    ("field", "operator", "text", "expr"),
    [
        ("event_name", "is", "click | scroll", ["click", "scroll"]),
        ("title", "is", r"A \| Shop", "A | Shop"),
        ("title", "is_not", r"A \| Shop | B", ["A | Shop", "B"]),
        ("title", "is", r"a\\|b", "a\\|b"),
        ("title", "contains", "A | Shop", "A | Shop"),
        ("title", "starts_with", r"A \| Shop", r"A \| Shop"),
        ("rating", "is", "4 | 5", [4, 5]),
        ("value", "gte", "2.5", 2.5),
        ("source", "exists", "no", False),
    ],
)
def test_what_is_typed_is_a_filter_and_reads_the_same_again(field: str, operator: str, text: str, expr: Any) -> None:
    script = """
      const { asTyped, typed } = await import("./controls/typed.js");
      const { expr } = typed(...given);
      told = [expr, asTyped(expr)];
    """
    assert run(script, field, operator, text) == [{"field": field, operator: expr}, text]


def test_a_filter_that_is_not_complete_is_not_made() -> None:
    script = """
      const { typed } = await import("./controls/typed.js");
      told = given[0].map((one) => [Object.keys(typed(...one)), typed(...one).problem.length > 9]);
    """
    bad = [
        ("path", "is", " "),
        ("path", "contains", ""),
        ("path", "is", "/a | "),
        ("rating", "is", "good"),
        ("rating", "contains", "4"),
        ("rating", "gt", ""),
        ("props.", "is", "a"),
    ]
    assert run(script, bad) == [[["problem"], True]] * len(bad)


def test_a_domain_reads_as_one_filter_also_beside_others() -> None:
    script = """
      const { ofTop, words } = await import("./expression.js");
      const one = ofTop("referrer", "t.co");
      told = [words(JSON.parse(JSON.stringify(one))), words({ or: [one, { field: "path", is: "/" }] }), words({ or: [one.or[0], one.or[1]] })];
    """
    domain, beside, other = run(script)
    assert domain == "referrer is on t.co"
    assert beside == "referrer is on t.co or page is /"
    assert other.startswith("referrer is https://t.co or ")
