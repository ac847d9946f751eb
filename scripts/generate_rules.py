"""Makes docs/rules from the table of rules: a page for each, and an index.

`python scripts/generate_rules.py` writes the pages; a test fails where a committed page differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fairlead.model.rule import Rule, Stage
from fairlead.model.rules import RULES, rules_of

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "rules"
_MADE_BY: Final = "<!-- Made by scripts/generate_rules.py from src/fairlead/model/rules. Do not edit. -->\n"


def pages() -> Mapping[str, str]:
    """The text of every page, by its path in docs/rules."""
    return {"README.md": _index(), **{f"{rule.id}.md": _page(rule) for rule in RULES.values()}}


def _page(rule: Rule) -> str:
    up = "../" * rule.id.count("/")
    example = f"\n```yaml\n{rule.example}\n```\n" if rule.example else ""
    return (
        f"{_MADE_BY}\n# {rule.title}\n\nRule `{rule.id}`, {_article(rule)} {rule.severity.value} at most, found in"
        f" {rule.stage.value}.\n\n{rule.about}\n{example}\nAll rules: [the index]({up}README.md).\n"
    )


def _article(rule: Rule) -> str:
    return "a" if rule.severity.value == "warning" else "an"


def _index() -> str:
    return f"{_MADE_BY}\n# Rules\n\n{_INTRODUCTION}\n{''.join(_tables())}"


def _tables() -> Iterator[str]:
    for stage in Stage:
        if rules := rules_of((stage,)):
            yield f"\n## In {stage.value}\n\n| rule | what is found | at most |\n|---|---|---|\n"
            yield from (f"| [`{rule.id}`]({rule.id}.md) | {rule.title} | {rule.severity.value} |\n" for rule in rules)


_INTRODUCTION: Final = (
    "Every finding of `fairlead validate` and of phases validate and secure names its rule. Ids do not change.\n"
    "`fairlead validate` evaluates all but those in phase secure and in the cluster, and says how many.\n"
)


def main() -> None:
    texts = pages()
    for old in FOLDER.rglob("*.md"):
        if str(old.relative_to(FOLDER)) not in texts:
            old.unlink()
    for name, text in texts.items():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


if __name__ == "__main__":
    main()
