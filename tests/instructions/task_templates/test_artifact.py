"""The file of templates survives a person: what is edited counts, what cannot be is told with its place."""

import json

import pytest

from sayso.errors import ConfigError, DataError
from sayso.instructions.task_templates.artifact import Corpus, TemplateFile, UnitLine, read_templates, write_templates
from sayso.instructions.task_templates.marking import Marker, make_marker

UNITS = (
    UnitLine(mask=True, text="Be brief.", count=3, verdict="template"),
    UnitLine(mask=False, text="Who?", verdict="question"),
)


@pytest.fixture
def path(tmp_path):
    written = tmp_path / "templates.json"
    write_templates(written, TemplateFile(units=UNITS, corpus=Corpus(path="x", turns=3), roles={"all": {"turns": 3}}))
    return written


def edit(path, old, new):
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))


def test_it_is_read_back_as_written(path):
    content = read_templates(path)
    assert content.units == UNITS
    assert content.masked == {"be brief."}
    assert content.roles == {"all": {"turns": 3}}


def test_a_unit_is_a_line(path):
    lines = [line for line in path.read_text().splitlines() if '"mask"' in line and '"text"' in line]
    assert len(lines) == len(UNITS)
    assert all(json.loads(line.rstrip(",")) for line in lines)


def test_a_changed_mask_and_an_added_line_count(path):
    edit(path, '{"mask": false, "text": "Who?"', '{"mask": true, "text": "Region:"},\n  {"mask": true, "text": "Who?"')
    edit(path, '{"mask": true, "text": "Be brief."', '{"mask": false, "text": "Be brief."')
    assert make_marker(str(path)).keys == {"region:", "who?"}


def test_without_a_file_nothing_is_marked():
    assert make_marker(None) == Marker()


def test_it_is_never_written_over(path):
    before = path.read_text()
    with pytest.raises(DataError, match="somebody's review"):
        write_templates(path, TemplateFile(units=()))
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            '"mask": true, "text": "Be brief."',
            '"mask": true, "text": "Be brief. Or not."',
            "'Be brief. Or not.' is not one unit",
        ),
        ('"mask": false, "text": "Who?"', '"mask": false, "text": "be  brief."', "mask true and false"),
        ('"mask": true', '"mask": "yes"', "Expected `bool`"),
        ('"mask": true', '"masked": true', "masked"),
        ('"format": 1', '"format": 2', "2"),
        ("{", "", "Expected `object`"),
    ],
)
def test_what_cannot_be_is_told_with_the_file(path, old, new, told):
    edit(path, old, new)
    with pytest.raises(DataError, match=r"templates\.json") as error:
        read_templates(path)
    assert told in str(error.value)


def test_a_name_whose_edits_would_not_be_noticed_is_refused():
    with pytest.raises(ConfigError, match="'templates'"):
        make_marker("templates")


def test_a_missing_file_says_how_it_is_made(tmp_path):
    with pytest.raises(DataError, match="sayso templates DATA"):
        make_marker(str(tmp_path / "none.json"))
