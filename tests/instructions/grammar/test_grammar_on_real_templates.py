"""Templates that nobody here wrote: the grammar keeps their slots, lines and quotes, and says much that is new."""

import json
import os
import re
from pathlib import Path

import pytest

from sayso.config import AugmentConfig
from sayso.errors import DataError
from sayso.instructions.augment.expand import Expansion, expand
from sayso.instructions.augment.paraphrasers.grammar import grammar
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.filters.wording import key
from sayso.instructions.template import parse
from sayso.records import Template

DATA = os.environ.get("SAYSO_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="SAYSO_DATA is not set to a folder with instruction_templates/")


def templates():
    """MultiInstruct's own wordings, by task; those that are no templates are left out."""
    found = {}
    content = json.loads(Path(DATA, "instruction_templates", "multiinstruct", "templates.json").read_text())
    for entry in content if isinstance(content, list) else next(iter(content.values())):
        for text in entry["templates"]:
            try:
                parse(text)
            except DataError:
                continue
            given = found.setdefault(entry["task"], [])
            given.append(Template(id=f"{entry['task']}/{len(given)}", task=entry["task"], text=text))
    return found


@pytest.fixture(scope="module")
def expanded():
    chain = build_chain(AugmentConfig().filters)
    how = Expansion(paraphraser=grammar(), chain=chain, max_wordings=20, seed=1)
    chosen = list(templates().items())[::2]
    return {name: list(expand(given, slots={}, how=how)) for name, given in chosen}


def alone():
    """Every seventh of MultiInstruct's and X-InstructBLIP's wordings, each as the only one of a task."""
    content = json.loads(Path(DATA, "instruction_templates", "xinstructblip", "templates.json").read_text())
    texts = [template.text for given in templates().values() for template in given]
    texts += [
        text.replace("{}", "{question}") for kinds in content.values() for given in kinds.values() for text in given
    ]
    return [Template(id=f"t/{number}", task="t", text=text) for number, text in enumerate(texts) if number % 7 == 0]


def test_thirty_wordings_for_a_template_alone():
    how = Expansion(paraphraser=grammar(), chain=build_chain(AugmentConfig().filters), max_wordings=31, seed=1)
    counts = sorted(len(accepted(expand([template], slots={}, how=how))) for template in alone())
    assert counts[len(counts) // 2] == 30
    assert sum(count == 30 for count in counts) >= 0.95 * len(counts)


def accepted(rows):
    return [row.template for row in rows if row.verdict and row.verdict.keep]


def test_most_tasks_reach_the_wanted_number(expanded):
    """Given ones included: most tasks have five, some six or seven, some fewer that are templates here."""
    full = [
        name for name, rows in expanded.items() if sum(row.verdict is None or row.verdict.keep for row in rows) >= 20
    ]
    assert len(full) >= 0.95 * len(expanded), expanded.keys() - set(full)


def test_slots_lines_and_quotes_are_kept_in_every_accepted_wording(expanded):
    for rows in expanded.values():
        by_id = {row.template.id: row.template.text for row in rows}
        for template in accepted(rows):
            parent = by_id[template.lineage.parent]
            assert sorted(parse(template.text).slots) == sorted(parse(parent).slots)
            assert template.text.count('"') == parent.count('"')
            assert "\n" not in parent or template.text.count("\n") == parent.count("\n")


def test_no_two_wordings_of_a_task_are_equal_after_normalisation(expanded):
    for rows in expanded.values():
        keys = [key(template.text) for template in accepted(rows)]
        assert len(keys) == len(set(keys))
        assert not set(keys) & {key(row.template.text) for row in rows if row.verdict is None}


def test_no_wording_shows_a_slip_that_its_parent_does_not(expanded):
    slip = re.compile(
        r"\b(\w+) \1\b|[?!,][.,]|\?\?|\b(?:a|an) (?:the|this)\b|(?i:\bplease\b.*\bplease\b)|(?:^|[.?!] )(?:you|can|could) "
    )
    for rows in expanded.values():
        by_id = {row.template.id: row.template.text for row in rows}
        for template in accepted(rows):
            assert not slip.search(template.text) or slip.search(by_id[template.lineage.parent]), template.text
