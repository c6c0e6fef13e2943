import pytest

from sayso.errors import DataError
from sayso.evaluate.backends import Decoding, backends


@pytest.fixture(scope="module")
def model(request):
    return {}


@pytest.fixture
def answer(toy_run, model):
    if "backend" not in model:
        options = {"model": str(toy_run / "train" / "model"), "batch_size": 4}
        model["backend"] = backends.build("local", options)

    def ask(samples, *, method, **options):
        return model["backend"].answer(samples, decoding=Decoding(method=method, max_new_tokens=5), **options)

    return ask


def asked(build, task):
    sampler = build.sampler()
    templates = [t for t in build.templates if t.task == task]
    return [sampler.test_sample(e, template=t) for t in templates for e in build.store("test").iter(task)]


@pytest.mark.parametrize("task", ["color", "which_box", "compare"])
def test_ranking_answers_with_an_option_as_shown(answer, toy_build, task):
    samples = asked(toy_build, task)
    replies = answer(samples, method="likelihood")
    assert len(replies) == len(samples)
    assert all(reply.output in sample.options for reply, sample in zip(replies, samples, strict=True))


@pytest.mark.parametrize(("task", "method"), [("caption", "generated"), ("color", "likelihood")])
def test_the_same_samples_get_the_same_replies_in_any_order(answer, toy_build, task, method):
    samples = asked(toy_build, task)
    replies = answer(samples, method=method)
    assert answer(samples[::-1], method=method)[::-1] == replies


def test_the_prompt_is_recorded_as_sent_with_media_counted(answer, toy_build):
    (reply, *_) = answer(asked(toy_build, "color")[:1], method="likelihood")
    assert "<image>×9" in reply.prompt
    assert "What color is it?" in reply.prompt


def test_progress_counts_every_sample_once(answer, toy_build):
    done = []
    samples = asked(toy_build, "locate")
    answer(samples, method="generated", advance=done.append)
    assert sum(done) == len(samples)
    assert len(done) > 1


def test_ranking_without_options_is_refused(answer, toy_build):
    with pytest.raises(DataError, match=r"no options to rank; set evaluate.option_decoding"):
        answer(asked(toy_build, "caption"), method="likelihood")


def test_nothing_asked_nothing_answered(answer):
    assert answer([], method="generated") == []
