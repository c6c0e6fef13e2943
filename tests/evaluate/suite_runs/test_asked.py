"""What was asked and answered -> answers, whatever program wrote the answers."""

import pytest

from sayso.config import PromptConfig
from sayso.evaluate.parsers import parsers
from sayso.evaluate.suite_runs.asked import Asked, read_answers
from sayso.records import Prediction

ASKED = Asked(example="s/1", references=("a red cat",), options=("a red cat", "B"), labels=("A", "B"))


def answer(output, extraction):
    row = Prediction(
        example="s/1", task="s", template="s/0", model="m", prompt="", output=output, extraction=extraction
    )
    (found,) = read_answers(
        [row], asked={"s/1": ASKED}, parser=parsers.build("letter", {}), prompt=PromptConfig(options="letter_lines")
    )
    return found


@pytest.mark.parametrize("extraction", ["likelihood", "choice", "likelihood:lm_eval"])
def test_an_option_that_was_compared_is_the_answer_as_it_stands(extraction):
    found = answer("a red cat or none", extraction)
    assert (found.text, found.context.labels) == ("a red cat or none", ())


@pytest.mark.parametrize("extraction", ["generated", "sampled", "generated:lmms_eval", "published"])
def test_what_was_written_is_parsed_with_its_labels(extraction):
    assert answer("A", extraction).text == "a red cat"
    assert answer("neither of these", extraction).text is None
