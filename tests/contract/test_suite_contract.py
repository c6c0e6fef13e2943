"""What every suite promises. A suite whose rows are read by a test of its own needs no entry in `suite_files.CASES`."""

import msgspec
import pytest
from suite_files import CASES

from sayso.evaluate.corpus.measuring import corpus_metric
from sayso.evaluate.judges import judges
from sayso.evaluate.parsers import parsers
from sayso.evaluate.suite_runs import Selection, make_plan
from sayso.evaluate.suites import Files, LeftOut, suites
from sayso.instructions.template import check_slots
from sayso.records import Example, Options, TextPart
from sayso.sources import BadRow

every_suite = pytest.mark.parametrize("name", suites.names())
every_case = pytest.mark.parametrize("name", CASES)


@every_suite
def test_a_card_says_what_a_reader_of_the_number_must_know(name):
    suite = suites.build(name, {})
    assert suite.name == name
    assert all(len(text) > 2 for text in (suite.title, suite.group))
    assert len(suite.source) > 10
    assert len(suite.needs) > 10
    assert suite.decoding.max_new_tokens > 0
    assert suite.metrics or suite.judge


@every_suite
def test_there_are_five_wordings_and_each_names_every_slot_and_no_other(name):
    suite = suites.build(name, {})
    assert len(suite.wordings) >= 5
    assert len(set(suite.wordings)) == len(suite.wordings)
    for text in suite.wordings:
        check_slots(text, slots=suite.slots)


@every_suite
def test_parser_metrics_and_judge_exist(name):
    suite = suites.build(name, {})
    parsers.build(suite.parser.name, suite.parser.options)
    for metric in suite.metrics:
        assert corpus_metric(metric.name, metric.options).cards
    if suite.judge:
        assert suite.judge.name in judges.names()


@every_suite
def test_files_that_are_not_there_are_an_error_that_names_them(name, tmp_path):
    with pytest.raises(Exception, match="gone") as found:
        list(suites.build(name, {}).read(Files(data=tmp_path / "gone", images=(tmp_path,))))
    assert type(found.value).__module__ == "sayso.errors"


@pytest.fixture
def read(name, tmp_path):
    return list(suites.build(name, {}).read(CASES[name](tmp_path)))


@every_case
def test_a_good_row_is_an_example_and_a_bad_one_says_why(name, read):
    good, bad = read
    assert isinstance(good, Example)
    assert isinstance(bad, BadRow)
    assert not isinstance(bad, LeftOut)
    assert len(bad.reason) > 10
    assert bad.place


@every_case
def test_an_example_has_its_slots_its_pictures_and_a_reference_that_was_offered(name, read):
    suite, example = suites.build(name, {}), read[0]
    assert {slot for slot in suite.slots if slot != "options"} <= example.fields.keys()
    assert all(one.width == 24 and one.height == 16 for one in example.media)
    assert example.references
    assert example.task == name
    options = [value.items for value in example.fields.values() if isinstance(value, Options)]
    assert bool(options) is (suite.output == "option")
    assert all(set(example.references) <= set(items) for items in options)


@every_case
def test_every_wording_shows_the_row_whole(name, tmp_path):
    plan = make_plan(suites.build(name, {}), files=CASES[name](tmp_path), selection=Selection(wordings=None))
    shown = [_shown(sample) for sample in plan.samples(plan.examples)]
    assert len(shown) == len(plan.templates)
    for value in plan.examples[0].fields.values():
        if isinstance(value, Options):
            assert all(option in text for text in shown for option in value.items)
    asked = [value for slot, value in plan.examples[0].fields.items() if slot in plan.suite.slots]
    assert all(value in text for value in asked if isinstance(value, str) for text in shown)


def _shown(sample):
    return "".join(part.text for part in sample.messages[0].parts if isinstance(part, TextPart))


@every_case
def test_reading_twice_gives_the_same(name, tmp_path):
    files = CASES[name](tmp_path)
    first, second = (list(map(msgspec.json.encode, suites.build(name, {}).read(files))) for _ in range(2))
    assert first == second
