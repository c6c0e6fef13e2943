"""Losses for robustness against sums done by hand, and what happens where wordings cannot be compared."""

from dataclasses import replace
from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import kl_div, log_softmax
from toy_pieces import Asked, piece_of, toy_model
from transformers import TrainingArguments

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.errors import ConfigError, DataError
from sayso.models.roles import ROLE_CODE
from sayso.train.batches.batch import take_rows
from sayso.train.batches.supervised import read_targets
from sayso.train.engine.log import RunLog
from sayso.train.engine.trainer import RoleTrainer
from sayso.train.losses import _agreement, build_terms, losses
from sayso.train.losses._agreement import aligned_targets, divergence
from sayso.train.losses.worst_wording import worst_of
from sayso.train.samples.order import RunSampler

RESPONSE = (5, 6)
PAIR = [Asked(wording=(7, 8), response=RESPONSE), Asked(wording=(9,), response=RESPONSE)]


def kl(p, q):
    """KL(p || q) of two rows of logits, by torch."""
    return kl_div(log_softmax(q, -1), log_softmax(p, -1), log_target=True, reduction="sum")


def by_hand(scores, form):
    m = len(scores)
    if form == "to_first":
        return sum(kl(scores[0], other) for other in scores[1:]) / (m - 1)
    if form == "to_mean":
        middle = torch.softmax(scores, -1).mean(0).log()
        return sum(kl(one, middle) for one in scores) / m
    return sum(kl(scores[i], scores[j]) for i, j in permutations(range(m), 2)) / (m * (m - 1))


@pytest.mark.parametrize("form", ["symmetric", "to_mean", "to_first"])
@given(m=st.integers(2, 4), positions=st.integers(1, 3), seed=st.integers(0, 99), hot=st.sampled_from([0.5, 1.0, 2.0]))
def test_divergences_are_those_of_the_books(form, m, positions, seed, hot):
    scores = 3 * torch.randn(m, positions, 7, generator=torch.Generator().manual_seed(seed))
    wanted = sum(by_hand(scores[:, p] / hot, form) for p in range(positions)) * hot**2
    assert torch.allclose(divergence(scores, form=form, temperature=hot), wanted, atol=1e-4)
    assert torch.allclose(divergence(scores[:1].repeat(m, 1, 1), form=form), torch.zeros(()), atol=1e-5)


def test_half_against_all_is_one_bit():
    certain, even = torch.tensor([0.0, -100.0]), torch.tensor([0.0, 0.0])
    found = divergence(torch.stack([certain, even])[:, None], form="to_first")
    assert found == pytest.approx(0.6931, abs=1e-4)


def gradient(form, detach="none", steps=4):
    scores = torch.randn(3, steps, 5, generator=torch.Generator().manual_seed(1)).requires_grad_()
    divergence(scores, form=form, detach=detach).backward()
    return scores.grad


def test_a_detached_first_wording_is_an_aim_and_stands_still():
    assert gradient("to_first", "first")[0].abs().sum() == 0
    assert gradient("to_first", "none")[0].abs().sum() > 0
    assert torch.equal(gradient("to_first", "first")[1:], gradient("to_first", "none")[1:])


def test_chunks_change_neither_value_nor_gradient():
    """Chunks are for large vocabularies: here one position is as large."""
    size = _agreement.CHUNK // 3 // 2
    scores = torch.randn(2, 3, size + 5).requires_grad_()
    found = divergence(scores)
    found.backward()
    again = scores.detach().clone().requires_grad_()
    whole = sum(divergence(again[:, p : p + 1]) for p in range(3))
    whole.backward()
    assert torch.allclose(found, whole)
    assert torch.allclose(scores.grad, again.grad)


def test_responses_stand_beside_each_other_token_by_token():
    piece = piece_of(
        [*PAIR, Asked(wording=(3,), response=(4,), place=1), Asked(wording=(10, 11), response=(4,), place=1)]
    )
    (places,) = aligned_targets(piece, positions="response")
    targets = read_targets(toy_model(), piece).targets
    assert targets[torch.from_numpy(places)].tolist() == [[5, 6, 2, 4, 2]] * 2
    (firsts,) = aligned_targets(piece, positions="first")
    assert targets[torch.from_numpy(firsts)].tolist() == [[5, 4]] * 2


def test_the_first_token_of_an_answer_is_none_that_the_template_writes():
    piece = piece_of(PAIR)
    piece["loss_leads"] += 1  # as of a space in front of the answer
    (firsts,) = aligned_targets(piece, positions="first")
    assert read_targets(toy_model(), piece).targets[torch.from_numpy(firsts)].tolist() == [[6]] * 2
    assert aligned_targets(piece, positions="response")[0].shape == (2, 3)


def test_a_wording_that_is_there_twice_is_compared_once():
    thrice = piece_of([PAIR[0], PAIR[1], PAIR[0]])
    term = losses.build("wording_consistency", {"num_wordings": 3})
    model = toy_model()
    assert term.count(thrice) == 3
    assert torch.allclose(
        term.measure(read_targets(model, thrice), piece=thrice),
        term.measure(read_targets(model, piece_of(PAIR)), piece=piece_of(PAIR)),
        atol=1e-5,
    )


def test_one_example_at_two_places_of_the_run_is_two():
    piece = piece_of([PAIR[0], Asked(wording=(9,), response=(4,), place=1)])
    assert losses.build("wording_consistency", {}).count(piece) == 0


def test_a_response_that_was_cut_is_compared_as_far_as_it_goes():
    piece = piece_of(PAIR)
    piece["loss_weights"][0, -1] = 0  # the end of the first, which is the longer one
    assert losses.build("wording_consistency", {}).count(piece) == 2


def test_other_tokens_under_another_wording_are_refused():
    piece = piece_of([PAIR[0], Asked(wording=(9,), response=(5, 4))])
    with pytest.raises(DataError, match=r"tokens \[5, 6, 2\] under one wording and \[5, 4, 2\] under another"):
        losses.build("wording_consistency", {}).count(piece)


def test_an_objective_without_responses_gives_nothing_to_compare():
    piece = piece_of(PAIR)
    piece["loss_weights"] = (piece["loss_roles"] == ROLE_CODE["instr"]).float()
    with pytest.raises(DataError, match="the objective weighs no token of it"):
        losses.build("soft_prompt_alignment", {}).count(piece)


def test_samples_that_only_fill_a_piece_up_are_passed_over():
    piece = piece_of([*PAIR, Asked(wording=(3,), response=(4,), place=1), Asked(wording=(10,), response=(4,), place=1)])
    piece["loss_weights"][2:], piece["loss_counts"][2:] = 0, 0
    assert losses.build("wording_consistency", {}).count(piece) == 3


def test_the_first_is_the_one_drawn_first_wherever_it_lies():
    drawn = [replace(row, number=number) for number, row in enumerate(PAIR)]
    model, term = toy_model(), losses.build("soft_prompt_alignment", {})
    there, back = (piece_of(rows) for rows in (drawn, drawn[::-1]))
    found = [float(term.measure(read_targets(model, p), piece=p).detach()) for p in (there, back)]
    assert found[0] == pytest.approx(found[1], abs=1e-6)
    other = piece_of(PAIR[::-1])
    assert float(term.measure(read_targets(model, other), piece=other).detach()) != pytest.approx(found[0], abs=1e-4)
    assert worst_of([1.0, 1.0], groups=[0, 0], order=[1, 0]) == [1]


def test_an_encoder_s_wordings_are_told_by_what_it_reads():
    piece = piece_of([Asked(wording=(7,), response=RESPONSE), Asked(wording=(8,), response=RESPONSE)])
    same = piece | {"decoder_input_ids": piece["input_ids"], "input_ids": torch.tensor([[3, 4, 5, 6, 7, 8]] * 2)}
    other = same | {"input_ids": torch.tensor([[3, 4, 5, 6, 7, 8], [3, 4, 5, 6, 7, 9]])}
    term = losses.build("wording_consistency", {})
    assert (term.count(same), term.count(other)) == (0, 3)
    assert take_rows(other, [1])["input_ids"].tolist() == [[3, 4, 5, 6, 7, 9]]


def test_scoring_leaves_chance_and_mode_alone(tmp_path):
    """Dropout of a half would give other scores each time, and use up random numbers."""
    log = RunLog(tmp_path / "log.jsonl", progress=Progress(), steps_per_epoch=1.0)
    told = TrainingArguments(output_dir=str(tmp_path), report_to=[], use_cpu=True, max_steps=1)
    model = toy_model(dropout=0.5).train()
    trainer = RoleTrainer(sampler=RunSampler(2), terms=[], log=log, model=model, args=told)
    state = torch.get_rng_state()
    scores = [trainer._score(piece_of(PAIR)) for _ in range(2)]
    assert torch.equal(*scores)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert not scores[0].requires_grad
    read = read_targets(model.eval(), piece_of(PAIR))
    assert torch.allclose(scores[0], read.nll.detach().view(2, 3).mean(1))


def test_alignment_looks_at_the_first_answer_token_and_at_hidden_states_where_told():
    piece, model = piece_of(PAIR), toy_model()
    found = read_targets(model, piece, hidden=True)
    first = torch.tensor([0, 3])
    for where, scores in (("logits", found.logits), ("hidden", found.hidden)):
        term = losses.build("soft_prompt_alignment", {"where": where})
        assert term.count(piece) == 1
        assert torch.allclose(term.measure(found, piece=piece), kl(*scores[first]), atol=1e-5)


def scores_of(*values):
    return lambda piece: torch.tensor(values)


def test_the_worst_wording_alone_is_trained_on():
    rows = [Asked(wording=(3 + n,), response=(5,) * (1 + n), place=n // 2) for n in range(4)]
    term = losses.build("worst_wording", {"num_wordings": 2})
    (piece,) = term.choose([piece_of(rows)], score=scores_of(0.5, 0.1, 0.2, 0.7))
    assert piece["input_ids"].tolist() == piece_of([rows[0], rows[3]])["input_ids"].tolist()
    for name, value in piece_of([rows[0], rows[3]]).items():
        assert torch.equal(piece[name], value), name


@given(scores=st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=12), k=st.integers(1, 4))
def test_of_equals_the_first_is_the_worst(scores, k):
    groups = [number // k for number in range(len(scores))]
    chosen = worst_of(scores, groups=groups, order=range(len(scores)))
    assert [groups[number] for number in chosen] == sorted(set(groups))
    for number in chosen:
        mine = [other for other, group in enumerate(groups) if group == groups[number]]
        assert number == min(other for other in mine if scores[other] == max(scores[o] for o in mine))


def test_with_a_temperature_all_wordings_count_by_how_bad_they_are():
    term = losses.build("worst_wording", {"num_wordings": 2, "temperature": 0.5})
    (piece,) = term.choose([piece_of(PAIR)], score=scores_of(1.0, 2.0))
    shares = torch.softmax(torch.tensor([2.0, 4.0]), 0)
    assert torch.allclose(piece["loss_counts"], 3 * shares)
    assert torch.allclose(piece["loss_weights"].sum(1), 3 * shares)
    assert not term.chooses


@settings(max_examples=30)
@given(counts=st.lists(st.integers(0, 3), min_size=1, max_size=5).filter(any), data=st.data())
def test_rows_keep_their_own_pictures(counts, data):
    rows = [Asked(wording=(3,) * (1 + n), response=(4,), place=n) for n in range(len(counts))]
    piece = piece_of(rows, pictures=counts)
    kept = data.draw(st.lists(st.integers(0, len(counts) - 1), min_size=1, unique=True).map(sorted))
    taken = take_rows(piece, kept)
    assert taken["pixel_values"][:, 0].tolist() == [float(row) for row in kept for _ in range(counts[row])]
    assert taken["input_ids"].shape == (len(kept), max(len(rows[row].wording) for row in kept) + 3)
    assert taken["loss_samples"].max() == len(kept) - 1


def test_what_a_q_former_reads_stays_whole_in_shorter_rows():
    piece = piece_of([Asked(wording=(3,), response=(4,)), Asked(wording=(3,) * 9, response=(4,), place=1)])
    read = torch.arange(14).view(2, 7)
    taken = take_rows(piece | {"qformer_input_ids": read}, [0])
    assert taken["input_ids"].shape == (1, 4)
    assert taken["qformer_input_ids"].tolist() == read[:1].tolist()


def test_packed_rows_are_not_taken_apart():
    piece = piece_of(PAIR)
    piece = {name: value[:1] if value.ndim == 2 else value for name, value in piece.items()}
    with pytest.raises(ConfigError, match="2 samples are packed into 1 rows"):
        take_rows(piece, [0])


@pytest.mark.parametrize(
    ("configs", "batch", "told"),
    [
        ([{"name": "wording_consistency", "num_wordings": 4}], 30, r"30 is no multiple of the 4 .*_batch_size=28"),
        ([{"name": "wording_consistency", "num_wordings": 4}], 2, r"type: --set train.per_device_train_batch_size=4"),
        (
            [{"name": "wording_consistency", "num_wordings": 4}, {"name": "soft_prompt_alignment"}],
            8,
            r"other numbers of wordings side by side: \{'wording_consistency': 4, 'soft_prompt_alignment': 2\}",
        ),
        (
            [{"name": "wording_consistency", "num_wordings": 4}, {"name": "worst_wording"}],
            8,
            r"'worst_wording' trains on one wording .* \['wording_consistency'\] would have none to compare",
        ),
        (
            [{"name": "wording_consistency", "num_wordings": 1}],
            8,
            "num_wordings 1; it compares wordings: give 2 or more",
        ),
        ([{"name": "wording_consistency", "temperature": 0}], 8, "temperature 0.0; give a number above 0"),
        ([{"name": "worst_wording", "temperature": -1}], 8, "temperature -1.0; give 0 or more"),
        ([{"name": "soft_prompt_alignment", "weight": -1}], 8, "weight -1.0; give 0 or more"),
        ([{"name": "wording_consistency", "form": "other"}], 8, "form: Input should be 'symmetric'"),
    ],
)
def test_what_does_not_go_together_is_refused(configs, batch, told):
    with pytest.raises(ConfigError, match=told):
        build_terms([PluginConfig.model_validate(config) for config in configs], batch_size=batch)


def test_no_term_is_one_wording():
    assert build_terms([], batch_size=7) == ([], 1)
