"""`sayso tasks`: what can be asked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stderr, stdout
from sayso.cli.options import Json, read_recipe
from sayso.errors import ConfigError
from sayso.recipes import names as recipe_names

if TYPE_CHECKING:
    from sayso.config import SourceConfig

__all__ = ["app", "check", "list_tasks", "show"]

Settings = Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")]
EVERYTHING = ("kind=everything", "count=600")

app = App(
    name="tasks", group_commands="Commands", help="List the tasks, show one with its wordings, or prove them on data."
)
"""The `tasks` commands."""


@app.command(name="list")
def list_tasks(*, variations: bool = False, json: Json = False) -> None:
    """List every task with what it needs and how many wordings it has.

    Parameters
    ----------
    variations
        List the tasks that are made of these instead, such as `counting+yes_no`.
    """
    cards = pipeline.task_cards(variations=variations)
    table = Table(box=None, pad_edge=False)
    for heading in ("task", "category", "output", "needs", "wordings", "held out"):
        table.add_column(heading, no_wrap=True)
    for card in cards:
        wordings = f"{card['num_templates']} ({card['num_held_out_templates']} held out)"
        held_out = "yes" if card["held_out"] else ""
        table.add_row(card["name"], card["category"], card["output"], ", ".join(card["needs"]), wordings, held_out)
    stdout.print(table)
    if json:
        print_json(cards)


@app.command
def show(name: str, *, json: Json = False) -> None:
    """Show a task's card and all of its wordings."""
    card = pipeline.task_card(name)
    for key, value in card.items():
        if key != "templates":
            stdout.print(f"{key:24}{_said(value)}", markup=False)
    for template in card["templates"]:
        mark = f"held out, {template['distance']}" if template["held_out"] else ""
        stdout.print(f"  {template['text']}    {mark}", markup=False)
    if json:
        print_json(card)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} ({kind})" for name, kind in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value) or "-"


@app.command
def check(
    *names: str,
    source: str | None = None,
    set: Settings = (),
    test: Settings = (),
    max_items: int = 3000,
    out: Path | None = None,
    json: Json = False,
) -> None:
    """Prove tasks on data: gold answers, wordings, leaks, balance, blind accuracy, splits, repeats.

    Without a source or recipe, on synthetic scenes of every kind. Exit code 5 if anything is wrong.

    Parameters
    ----------
    names
        Tasks or shell patterns (all, if there is none), and up to one recipe: a YAML file or a shipped name.
    source
        A source by name, instead of a recipe.
    set
        Its options, such as `count=600`; with a recipe, changes to it.
    test
        What differs for the test split of that source, such as `path=test.json`.
    max_items
        Stop after so many items of each source; 0 for all.
    out
        Write table and findings to a .md or .json file.
    """
    if out is not None and out.suffix not in {".md", ".json"}:
        raise ConfigError(f"--out {out}: give a name that ends in .md or .json")
    recipes = [name for name in names if name in recipe_names() or name.endswith((".yaml", ".yml"))]
    patterns = [name for name in names if name not in recipes]
    sources = _sources(source, set=set, test=test, recipes=recipes)
    proven = _prove(recipes, patterns, sources=sources, set=set, max_items=max_items or None)
    _print(proven)
    if out is not None:
        proven.write(out)
        stderr.print(f"written to {out}", markup=False)
    if json:
        print_json(proven.as_json())
    proven.raise_if_bad()


def _sources(
    name: str | None, *, set: tuple[str, ...], test: tuple[str, ...], recipes: list[str]
) -> "list[SourceConfig]":
    if recipes and (name or test):
        raise ConfigError(f"{recipes[0]!r} names its own sources; leave --source and --test out")
    if recipes:
        return []
    if name is None and test:
        raise ConfigError(f"--test {test[0]!r} belongs to a source; add --source NAME")
    given = pipeline.source_of(name or "shapes", set if name else (*EVERYTHING, *set))
    return [given, pipeline.source_of(given.name, (*set, *test), use="test")] if test else [given]


def _prove(
    recipes: list[str],
    patterns: list[str],
    *,
    sources: "list[SourceConfig]",
    set: tuple[str, ...],
    max_items: int | None,
) -> "pipeline.Proven":
    with ConsoleProgress() as progress:
        if not recipes:
            return pipeline.prove_tasks(patterns, sources=sources, max_items=max_items, progress=progress)
        if len(recipes) > 1:
            raise ConfigError(f"{len(recipes)} recipes, {', '.join(recipes)}; give one at a time")
        recipe = read_recipe(recipes[0], overrides=set)
        return pipeline.prove_recipe(recipe, patterns=patterns, max_items=max_items, progress=progress)


def _print(proven: "pipeline.Proven") -> None:
    table = Table(box=None, pad_edge=False)
    for heading in proven.headings:
        table.add_column(heading, no_wrap=True)
    for row in proven.table:
        table.add_row(*row)
    stdout.print(table)
    for line in proven.lines:
        stdout.print(line, markup=False)
    stdout.print(proven.head, markup=False)
