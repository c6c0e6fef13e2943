"""Options as a tree: every option is a path, and no beginning is there twice."""

from hypothesis import given
from hypothesis import strategies as st

from sayso.models.option_trees import OptionTree

options = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=5), max_size=6)


@given(options)
def test_every_option_is_a_path_from_the_prompt(given_options):
    tree = OptionTree.of(given_options)
    assert tree.by_option(tree.tokens) == given_options
    for path in tree.paths:
        assert [tree.parents[node] for node in path] == [-1, *path[:-1]]


@given(options)
def test_a_beginning_is_one_node_however_many_options_share_it(given_options):
    beginnings = {tuple(option[:end]) for option in given_options for end in range(1, len(option) + 1)}
    assert len(OptionTree.of(given_options)) == len(beginnings)


def test_behind_a_prompt_the_first_tokens_follow_its_last():
    row = OptionTree.of([[7, 8], [7, 9]]).behind([5, 6])
    assert list(row.tokens) == [5, 6, 7, 8, 9]
    assert list(row.parents) == [-1, 0, 1, 2, 2]


def test_without_options_only_the_prompt_goes_on():
    assert OptionTree.of([]).inner == [-1]
