import pytest

from sayso.errors import ConfigError, DataError
from sayso.evaluate.backends import Decoding, backends
from sayso.evaluate.backends.local import by_picture


@pytest.fixture(scope="module")
def model(request):
    return {}


@pytest.fixture
def apart(toy_run):
    return backends.build("local", {"model": str(toy_run / "train" / "model"), "share_prefixes": False})


@pytest.fixture
def answer(toy_run, model):
    if "backend" not in model:
        options = {"model": str(toy_run / "train" / "model"), "batch_size": 4}
        model["backend"] = backends.build("local", options)

    def ask(samples, *, method, advance=lambda samples: None, **options):
        decoding = Decoding(method=method, max_new_tokens=5, **options)
        return model["backend"].answer(samples, decoding=decoding, advance=advance)

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


def test_more_new_tokens_than_the_model_has_positions_are_refused(apart, toy_build):
    with pytest.raises(ConfigError, match=r"max_new_tokens is 99999 and the model has \d+ positions"):
        apart.answer(asked(toy_build, "caption"), decoding=Decoding(method="generated", max_new_tokens=99999))


def test_nothing_asked_nothing_answered(answer):
    assert answer([], method="generated") == []


@pytest.mark.parametrize(
    ("task", "method"),
    [("caption", "generated"), ("caption", "sampled"), ("color", "likelihood"), ("which_box", "choice")],
)
def test_what_wordings_share_is_read_once_and_answers_stay_the_same(answer, apart, toy_build, task, method):
    samples = asked(toy_build, task)
    shared = answer(samples, method=method, temperature=0.7)
    whole = apart.answer(samples, decoding=Decoding(method=method, max_new_tokens=5, temperature=0.7))
    assert [reply.output for reply in shared] == [reply.output for reply in whole]
    assert {reply.extraction for reply in shared} == {method}
    for one, other in zip(shared, whole, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-3)


def test_the_likeliest_option_is_the_answer_and_all_are_recorded(answer, toy_build):
    samples = asked(toy_build, "color")
    for sample, reply in zip(samples, answer(samples, method="likelihood"), strict=True):
        assert len(reply.logprobs) == len(sample.options)
        assert reply.output == sample.options[max(range(len(sample.options)), key=reply.logprobs.__getitem__)]
    plain, per_token = (answer(samples, method="likelihood", normalise=flag) for flag in (False, True))
    assert all(
        a < b
        for one, other in zip(plain, per_token, strict=True)
        for a, b in zip(one.logprobs, other.logprobs, strict=True)
    )


def test_what_is_drawn_depends_on_seed_and_number_alone(answer, toy_build):
    samples = asked(toy_build, "caption")
    first = answer(samples, method="sampled", seed=1)
    assert answer(samples[::3], method="sampled", seed=1) == first[::3]
    assert answer(samples, method="sampled", seed=1, number=1) != first
    assert answer(samples, method="sampled", seed=2) != first
    assert answer(samples, method="generated") != first


@pytest.mark.parametrize("method", ["likelihood", "choice"])
def test_choosing_without_options_is_refused(answer, toy_build, method):
    with pytest.raises(DataError, match=rf"has no options to rank; .* decoded by '{method}'"):
        answer(asked(toy_build, "caption"), method=method)


def test_drawing_at_no_temperature_is_refused(answer, toy_build):
    with pytest.raises(ConfigError, match=r"cannot draw at temperature 0"):
        answer(asked(toy_build, "caption"), method="sampled", temperature=0.0)


def test_a_set_is_answered_by_pictures_each_sample_once(toy_build):
    samples = asked(toy_build, "caption")
    chunks = list(by_picture(samples, pictures=3))
    assert sorted(place for chunk in chunks for place in chunk) == list(range(len(samples)))
    shown = [{samples[place].media[0].path for place in chunk} for chunk in chunks]
    assert all(len(some) <= 3 for some in shown)
    assert sum(map(len, shown)) == len(set.union(*shown))
    apart = by_picture(samples, pictures=3, shared=False)
    assert all(len(chunk) <= 3 for chunk in apart)
