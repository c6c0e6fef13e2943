import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.evaluate.perturb import perturbations
from sayso.evaluate.perturb.shuffled_images import donors
from sayso.records import Media, Message, Sample, Span, TextPart, Verdict


def picture(name):
    return Media(path=f"{name}.png", width=8, height=8)


def sample(example, *pictures, wording="w0"):
    text = TextPart(text=f"{wording}?", spans=(Span(start=0, end=len(wording) + 1, role="instr_template"),))
    return Sample(
        id=f"{example}@{wording}",
        example=example,
        task="t",
        template=wording,
        messages=(Message(role="user", parts=(text,)),),
        media=tuple(map(picture, pictures)),
        references=("yes",),
    )


def shuffle(samples, *, seed=1):
    return perturbations.build("shuffled_images", {}).apply(samples, seed=seed)


def test_plain_changes_nothing():
    rows = [sample("a", "p"), sample("b")]
    assert perturbations.build("plain", {}).apply(rows, seed=1) == rows


def test_every_example_gets_anothers_image_and_each_image_is_used_once():
    rows = [sample(f"e{number}", f"p{number}") for number in range(9)]
    got = [row.media[0].path for row in shuffle(rows)]
    assert sorted(got) == [row.media[0].path for row in rows]
    assert all(new != row.media[0].path for new, row in zip(got, rows, strict=True))


def test_only_the_images_change():
    rows = [sample("a", "p"), sample("b", "q")]
    assert [(r.id, r.messages, r.references) for r in shuffle(rows)] == [(r.id, r.messages, r.references) for r in rows]


def test_all_wordings_of_an_example_see_the_same_image():
    rows = [sample(f"e{number}", f"p{number}", wording=w) for w in ("w0", "w1") for number in range(6)]
    changed = shuffle(rows)
    assert [row.media for row in changed[:6]] == [row.media for row in changed[6:]]


def test_two_images_come_together_and_only_from_rows_with_two():
    rows = [sample("a", "p", "q"), sample("b", "r", "s"), sample("c", "t"), sample("d", "u")]
    got = [tuple(m.path[0] for m in row.media) for row in shuffle(rows)]
    assert got == [("r", "s"), ("p", "q"), ("u",), ("t",)]


def test_rows_without_an_image_or_a_donor_are_refused_with_a_reason():
    no_image, alone = shuffle([sample("a"), sample("b", "p")])
    assert no_image == Verdict(keep=False, reason="no image to shuffle")
    assert alone == Verdict(keep=False, reason="no other example with as many other images")


def test_embedded_images_are_told_apart_by_their_bytes():
    media = {name: (Media(data=name[:1].encode(), width=8, height=8),) for name in ("a1", "a2", "b1", "b2")}
    assert all(name[0] != donor[0] for name, donor in donors(media, seed=0).items())


@given(st.lists(st.integers(0, 3), min_size=2, max_size=12), st.integers(0, 50))
def test_no_example_ever_sees_its_own_image_however_many_share_it(pictures, seed):
    media = {f"e{place}": (picture(f"p{number}"),) for place, number in enumerate(pictures)}
    found = donors(media, seed=seed)
    assert all(media[example] != media[donor] for example, donor in found.items())
    if len(set(pictures)) > 1:
        assert found.keys() == media.keys()
    if max(map(pictures.count, pictures)) * 2 <= len(pictures):
        assert len(set(found.values())) == len(media)


def test_a_partly_shared_pair_is_no_donor():
    media = {"a": (picture("p"), picture("q")), "b": (picture("q"), picture("r")), "c": (picture("s"), picture("t"))}
    found = donors(media, seed=3)
    assert found["a"] == found["b"] == "c"


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_rows_does_not_matter(order):
    media = {f"e{number}": (picture(f"p{number}"),) for number in range(8)}
    turned = dict(list(media.items())[::order])
    assert donors(turned, seed=5) == donors(media, seed=5)
