import pytest

from sayso.errors import ConfigError
from sayso.tasks import Draft, get, make_examples, names, task
from sayso.tasks._protocol import CATALOG


@pytest.fixture
def restored():
    """Tasks that a test registers are gone after it."""
    names()
    before = dict(CATALOG)
    yield
    CATALOG.clear()
    CATALOG.update(before)


@pytest.mark.usefixtures("restored")
def test_a_third_party_writes_a_task_in_six_lines(item):
    @task(category="mine", needs=("image",), output="option", aliases=("sparkle",))
    def shininess(one, stream):
        """Say whether the picture shines.

        At length.
        """
        yield Draft(references=("yes",))

    assert get("sparkle") is shininess
    assert (shininess.name, shininess.category, shininess.summary) == (
        "shininess", "mine", "Say whether the picture shines",
    )  # fmt: skip
    assert shininess.slots == {"options": "options"}
    assert shininess.metrics == ("accuracy",)
    assert [example.id for example in make_examples(shininess, item=item(), seed=1)] == ["shininess/i/0"]


@pytest.mark.usefixtures("restored")
def test_the_category_is_the_module_unless_said_otherwise():
    @task(needs=())
    def anything(one, stream):
        """Do anything."""
        return ()

    assert anything.category == __name__.rpartition(".")[2]


@pytest.mark.usefixtures("restored")
def test_a_name_that_is_taken_is_refused():
    def counting(one, stream):
        return ()

    with pytest.raises(ConfigError, match=r"task 'counting' exists already in sayso\.tasks\.image_understanding"):
        task(needs=())(counting)


@pytest.mark.usefixtures("restored")
def test_an_alias_that_is_taken_is_refused():
    def fresh(one, stream):
        return ()

    with pytest.raises(ConfigError, match="alias 'ITM' belongs to 'image_text_matching'"):
        task(needs=(), aliases=("ITM",))(fresh)


def test_examples_carry_what_the_item_knows_about_itself(scene):
    example = next(make_examples(get("image_captioning"), item=scene, seed=1))
    assert (example.id, example.source, example.media) == ("image_captioning/i/0", "hand", scene.media)


def test_a_draft_without_media_gives_an_example_without_media(scene):
    example = next(make_examples(get("description_question_answering"), item=scene, seed=1))
    assert example.media == ()
