"""`sayso tasks`: what can be asked."""

from cyclopts import App
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import print_json, stdout
from sayso.cli.options import Json

__all__ = ["app", "list_tasks", "show"]

app = App(name="tasks", help="List the tasks, or show one with its wordings.")
"""The `tasks` commands."""


@app.command(name="list")
def list_tasks(*, json: Json = False) -> None:
    """List every task with what it needs and how many wordings it has."""
    cards = pipeline.task_cards()
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
            stdout.print(f"{key:24}{', '.join(value) if isinstance(value, list) else value}", markup=False)
    for template in card["templates"]:
        mark = f"held out, {template['distance']}" if template["held_out"] else ""
        stdout.print(f"  {template['text']}    {mark}", markup=False)
    if json:
        print_json(card)
