"""docker-compose.yml against compose's own schema, the Dockerfile against faults that a reader can see.

No container engine is needed. `compose-spec.json` is the Compose Specification's schema (Apache 2.0).
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from collector.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
COLLECTOR: dict[str, Any] = COMPOSE["services"]["collector"]
CLICKHOUSE: dict[str, Any] = COMPOSE["services"]["clickhouse"]
SETTINGS = {f"COLLECTOR_{name.upper()}" for name in Settings.model_fields}
PASSED_ON = {
    *("COLLECTOR_PUBLIC_URL", "COLLECTOR_TRUSTED_PROXIES", "COLLECTOR_RETENTION_DAYS", "COLLECTOR_GEOIP_DB"),
    *("COLLECTOR_CLICKHOUSE_URL", "COLLECTOR_ADMIN_KEY", "COLLECTOR_SITES"),
}


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: its name in capitals, the rest, the number of its stage."""

    name: str
    rest: str
    stage: int


def dockerfile() -> list[Instruction]:
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    found: list[Instruction] = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            stage = sum(i.name == "FROM" for i in found) - (name.upper() != "FROM")
            found.append(Instruction(name.upper(), rest.strip(), stage))
    return found


INSTRUCTIONS = dockerfile()
LAST = [i for i in INSTRUCTIONS if i.stage == INSTRUCTIONS[-1].stage]


def last(name: str) -> str:
    """What the final stage says, the last time it says it."""
    return next(i.rest for i in reversed(LAST) if i.name == name)


def sources(instruction: Instruction) -> list[str]:
    return [word for word in shlex.split(instruction.rest)[:-1] if not word.startswith("--")]


COPIED = [
    source for i in INSTRUCTIONS if i.name in ("COPY", "ADD") and "--from=" not in i.rest for source in sources(i)
]


def durations(text: str) -> float:
    return sum(float(n) * {"s": 1, "m": 60, "h": 3600}[unit] for n, unit in re.findall(r"([\d.]+)([smh])", text))


# docker-compose.yml


def test_compose_file_fits_the_specification() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(COMPOSE)]
    assert errors == []


def test_the_schema_would_notice_a_fault() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    broken = {"services": {"collector": {**COLLECTOR, "stop_grace_periode": "1s"}}}
    assert not jsonschema.Draft202012Validator(schema).is_valid(broken)


def test_it_starts_with_nothing_set() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    wanted = re.findall(r"(?<!\$)\$\{([^}]*)\}", text)
    assert wanted
    assert [name for name in wanted if ":-" not in name] == []


def test_what_is_named_is_declared() -> None:
    for service in COMPOSE["services"].values():
        sources = {volume.split(":")[0] for volume in service["volumes"]}
        assert {source for source in sources if not source.startswith("./")} <= set(COMPOSE["volumes"])
        assert all((ROOT / source).exists() for source in sources if source.startswith("./"))
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])


def test_settings_are_passed_on_and_exist() -> None:
    environment = COLLECTOR["environment"]
    assert set(environment) <= SETTINGS, "the collector refuses to start with a setting it does not know"
    assert {name for name, value in environment.items() if value is None} == PASSED_ON
    assert environment["COLLECTOR_DATA_DIR"] == COLLECTOR["volumes"][0].split(":")[1]
    assert COLLECTOR["ports"] == [f"${{COLLECTOR_PORT:-8000}}:{environment['COLLECTOR_PORT']}"]


def test_the_collector_has_time_to_drain() -> None:
    assert durations(COLLECTOR["stop_grace_period"]) > float(Settings.model_fields["drain_seconds"].default)


def test_the_database_is_beside_it_on_request_and_hidden() -> None:
    assert "profiles" not in COLLECTOR
    assert CLICKHOUSE["profiles"] == ["clickhouse"]
    assert not {"ports", "expose", "network_mode"} & set(CLICKHOUSE)
    assert all(COMPOSE["networks"][name]["internal"] for name in CLICKHOUSE["networks"])
    assert set(CLICKHOUSE["networks"]) & set(COLLECTOR["networks"])
    assert COLLECTOR["depends_on"]["clickhouse"] == {"condition": "service_healthy", "required": False}
    assert CLICKHOUSE["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert CLICKHOUSE["ulimits"]["nofile"]["soft"] >= 262144
    assert "clickhouse:/var/lib/clickhouse" in CLICKHOUSE["volumes"]


# Dockerfile


def test_what_is_copied_is_in_the_tree() -> None:
    assert "requirements.lock" in COPIED
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "--"]
    missing = []
    for source in COPIED:
        listed = subprocess.run([*command, source], capture_output=True, text=True, check=False)
        there = any(ROOT.glob(source)) if listed.returncode else bool(listed.stdout.strip())  # outside a checkout
        if not there:
            missing.append(source)
    assert missing == []


def test_the_build_context_has_what_is_copied_and_no_more() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().split("\n") if line and line[0] != "#"]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line[0] == "!"} == set(COPIED)


def test_stages_and_their_sources() -> None:
    bases = [i.rest.split() for i in INSTRUCTIONS if i.name == "FROM"]
    assert {base[0] for base in bases} == {"python:3.13-slim-bookworm"}
    named = {base[2]: number for number, base in enumerate(bases) if len(base) == 3}
    for instruction in INSTRUCTIONS:
        for name in re.findall(r"--from=(\S+)", instruction.rest):
            assert named[name] < instruction.stage


def test_the_final_stage() -> None:
    assert not {"COPY", "ADD"} & {i.name for i in LAST if "--from=" not in i.rest}, "sources stay outside"
    user, _, group = last("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert [i.name for i in LAST].index("USER") > max(n for n, i in enumerate(LAST) if i.name == "RUN")
    assert json.loads(last("CMD")) == ["collector", "serve"]
    assert "ENTRYPOINT" not in {i.name for i in LAST}
    assert last("STOPSIGNAL") == "SIGTERM"
    check = last("HEALTHCHECK")
    command = json.loads(check[check.index("CMD ") + 4 :])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "healthcheck", "exec")
    assert "/health/ready" in command[2]


def test_the_image_agrees_with_the_settings() -> None:
    environment = dict(pair.split("=", 1) for pair in shlex.split(last("ENV")))
    ours = {name: value for name, value in environment.items() if name.startswith("COLLECTOR_")}
    assert ours == {"COLLECTOR_HOST": "0.0.0.0", "COLLECTOR_PORT": "8000", "COLLECTOR_DATA_DIR": "/data"}
    assert set(ours) <= SETTINGS
    assert last("EXPOSE") == ours["COLLECTOR_PORT"]
    assert last("VOLUME") == ours["COLLECTOR_DATA_DIR"]


def test_packages_are_installed_by_hash() -> None:
    installs = [i.rest for i in INSTRUCTIONS if i.name == "RUN" and " install " in i.rest and "pip" in i.rest]
    assert installs
    assert all("--require-hashes" in line and "requirements.lock" in line for line in installs)
    assert any(i.name == "ARG" and i.rest == "WITH_EMBEDDED=1" for i in INSTRUCTIONS)
    assert COLLECTOR["build"]["args"] == {"WITH_EMBEDDED": "${WITH_EMBEDDED:-1}"}
