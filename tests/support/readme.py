"""The README's table of settings, made from the settings: `python -m tests.support.readme` writes it."""

from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from collector.settings import Settings

README = Path(__file__).parents[2] / "README.md"
START, END = "<!-- settings -->\n", "<!-- /settings -->"


def table() -> str:
    """Markdown, one row a setting."""
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `COLLECTOR_{name.upper()}` | {_default(field)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return f"`{value}`" if value not in (None, "", []) else ""


def written() -> str:
    """The table as it stands in the README."""
    return README.read_text("utf-8").partition(START)[2].partition(END)[0]


if __name__ == "__main__":
    before, _, rest = README.read_text("utf-8").partition(START)
    README.write_text(before + START + table() + END + rest.partition(END)[2], "utf-8")
