"""Every loss: nothing where wordings agree, the same however a batch is cut, finite, and only what is trained learns from it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_pieces import VOCABULARY, Asked, piece_of, toy_model

from sayso.config import PluginConfig
from sayso.train.batches.supervised import read_targets
from sayso.train.losses import build_terms, losses

NAMES = [name for name in losses.names() if ":" not in name]
each_loss = pytest.mark.parametrize("name", NAMES)
words = st.lists(st.integers(3, VOCABULARY - 1), min_size=1, max_size=5).map(tuple)
places = st.lists(st.tuples(words, words, words), min_size=1, max_size=4)


def term_of(name, **options):
    return losses.build(name, {"num_wordings": 2, **options})


def rows_of(examples):
    """Two wordings of each example, side by side."""
    return [
        Asked(wording=wording, response=response, place=place, number=number)
        for place, (response, *wordings) in enumerate(examples)
        for number, wording in enumerate(wordings)
    ]


def scored(model):
    def score(piece):
        found = read_targets(model, piece)
        sums = torch.zeros(2, len(piece["loss_counts"]))
        sums[0].index_add_(0, found.samples, found.nll.detach())
        sums[1].index_add_(0, found.samples, torch.ones_like(found.nll))
        return sums[0] / sums[1]

    return score


def added(term, model, pieces):
    """What the term adds to the loss of an accumulated batch: its sum over the pieces by its count over the same."""
    pieces = term.choose(pieces, score=scored(model))
    count = sum(term.count(piece) for piece in pieces)
    if not count:
        return torch.zeros(())
    return sum(term.measure(read_targets(model, p, hidden=term.needs_hidden), piece=p) for p in pieces) / count


def cross_entropy(term, model, pieces):
    pieces = term.choose(pieces, score=scored(model))
    found = [read_targets(model, piece) for piece in pieces]
    total = sum((one.weights * one.nll).sum() for one in found)
    return total / sum(piece["loss_counts"].sum() for piece in pieces)


def test_the_losses_are_those_of_the_documentation():
    assert NAMES == ["soft_prompt_alignment", "wording_consistency", "worst_wording"]


@each_loss
@settings(max_examples=10)
@given(examples=places)
def test_wordings_that_agree_add_nothing(name, examples):
    """A model that looks at no word says the same under all of them."""
    model = toy_model()
    torch.nn.init.zeros_(model.model.embed_tokens.weight)
    assert added(term_of(name), model, [piece_of(rows_of(examples))]).abs() < 1e-6


@each_loss
@settings(max_examples=10)
@given(examples=places)
def test_one_wording_is_counted_as_none_to_compare(name, examples):
    rows = [Asked(wording=w, response=r, place=n) for n, (r, w, _) in enumerate(examples)]
    assert term_of(name).count(piece_of(rows)) == 0
    assert term_of(name).count(piece_of([row for row in rows for _ in range(2)])) == 0


@each_loss
@settings(max_examples=15)
@given(examples=places, cut=st.integers(1, 3))
def test_a_batch_in_pieces_adds_what_it_adds_whole(name, examples, cut):
    term, model, rows = term_of(name), toy_model(), rows_of(examples)
    pieces = [piece_of(rows[low : low + 2 * cut]) for low in range(0, len(rows), 2 * cut)]
    with torch.no_grad():
        whole = added(term, model, [piece_of(rows)])
        assert torch.allclose(added(term, model, pieces), whole, atol=1e-5)
        assert torch.allclose(
            cross_entropy(term, model, pieces), cross_entropy(term, model, [piece_of(rows)]), atol=1e-5
        )
    assert torch.isfinite(whole)
    assert whole >= -1e-6


@each_loss
def test_only_what_is_trained_gets_a_gradient(name):
    model = toy_model().requires_grad_(False)
    model.model.embed_tokens.weight.requires_grad_(True)
    rows = rows_of([((5, 6), (7, 8, 9), (10,)), ((6,), (3, 4), (11, 12))])
    term = term_of(name)
    if term.count(piece_of(rows)):
        added(term, model, [piece_of(rows)]).backward()
        assert model.model.embed_tokens.weight.grad.abs().sum() > 0
    else:
        cross_entropy(term, model, [piece_of(rows)]).backward()
    assert [n for n, weight in model.named_parameters() if weight.grad is not None] == ["model.embed_tokens.weight"]


@each_loss
def test_the_recipe_s_batch_has_to_hold_whole_examples(name):
    terms, number = build_terms([PluginConfig(name=name, num_wordings=3)], batch_size=12)
    assert (len(terms), number) == (1, 3)
