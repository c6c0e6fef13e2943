"""Objectives by the numbers: the golden table, values derived by hand, and what no way of cutting a batch may change."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from toy_losses import accumulated_loss, make_rows, pieces_of, speaking, wider

from sayso.errors import ConfigError, DataError
from sayso.records import ROLES
from sayso.train.batches.batch import make_batch
from sayso.train.batches.supervised import read_targets
from sayso.train.objectives import IGNORED, Objective, Weighed, labels_of, objectives
from sayso.train.weighing import ByTask

# USER: <media> What color ? Answer briefly ASSISTANT: red <eos>, with the probabilities of the specification; first a bos, media in between
TOY = ["bos", "role_mark", "media", "media", "instr", "instr", "instr", "instr_template", "instr_template", "role_mark", "response", "resp_end"]  # fmt: skip
SAID = [0.5, 0.9, 0.01, 0.02, 0.5, 0.25, 0.8, 0.7, 0.6, 0.95, 0.6, 0.9]
NORMALISERS = ("weights", "nonzero", "response_tokens", "sequence_mean", "sum")

# sums of -ln p by role, written out
INSTR = -math.log(0.5) - math.log(0.25) - math.log(0.8)
TEMPLATE = -math.log(0.7) - math.log(0.6)
MARKS = -math.log(0.9) - math.log(0.95)
RESPONSE = -math.log(0.6) - math.log(0.9)


def loss(name, options=None, *, roles=TOY, said=SAID, **shared):
    rows = make_rows(roles)
    weigh = objectives.build(name, {**(options or {}), **shared}).weigh
    return accumulated_loss(speaking(rows, probabilities=said), pieces_of(rows, weigh=weigh)).item()


@pytest.mark.parametrize(
    ("name", "options", "total", "by_weights", "by_nonzero"),
    [
        ("vit", {}, 0.6162, 0.3081, 0.3081),
        ("response_only", {}, 0.6162, 0.3081, 0.3081),
        ("l2t", {}, 2.9188, 0.5838, 0.5838),
        ("l2t_keep_task_templates", {}, 3.7863, 0.5409, 0.5409),
        ("full_lm", {}, 3.9429, 0.4381, 0.4381),
        ("prompt_loss_weight", {"weight": 0.1}, 0.9489, 0.3514, 0.1054),
        ("l2t", {"instr": 0.5}, 1.7675, 0.5050, 0.3535),
    ],
)
def test_the_golden_table(name, options, total, by_weights, by_nonzero):
    assert loss(name, options, normaliser="sum") == pytest.approx(total, abs=6e-5)
    assert loss(name, options, normaliser="weights") == pytest.approx(by_weights, abs=6e-5)
    assert loss(name, options, normaliser="nonzero") == pytest.approx(by_nonzero, abs=6e-5)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("instruction_modelling", {}, (INSTR + TEMPLATE + RESPONSE) / 7),
        ("wit", {"prompt": 0.5, "response": 1.0}, (0.5 * (INSTR + TEMPLATE + MARKS) + RESPONSE) / 9),
        ("wit", {"prompt": 0.25, "response": 0.5}, (0.25 * (INSTR + TEMPLATE + MARKS) + 0.5 * RESPONSE) / 9),
        ("wit", {"prompt": 0.0, "response": 0.5}, 0.5 * RESPONSE / 2),
        ("wit", {"prompt": 1, "response": 1, "normaliser": "weights"}, (INSTR + TEMPLATE + MARKS + RESPONSE) / 9),
        ("prompt_loss_weight", {"weight": 0.0}, RESPONSE / 2),
        ("prompt_loss_weight", {"weight": 0.25}, (0.25 * (INSTR + TEMPLATE + MARKS) + RESPONSE) / (7 * 0.25 + 2)),
        ("l2t", {"normaliser": "response_tokens"}, (INSTR + RESPONSE) / 2),
        ("l2t", {"normaliser": "sequence_mean"}, (INSTR + RESPONSE) / 5),
        ("prompt_loss_weight", {"weight": 0.5, "normaliser": "response_tokens"}, (0.5 * (INSTR + TEMPLATE + MARKS) + RESPONSE) / 2),
        ("full_lm", {"normaliser": "response_tokens"}, (INSTR + TEMPLATE + MARKS + RESPONSE) / 2),
    ],
)  # fmt: skip
def test_values_derived_by_hand(name, options, expected):
    assert loss(name, options) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", [name for name in objectives.names() if name not in {"prompt_loss_weight", "wit"}])
def test_a_picture_of_more_tokens_changes_no_loss(name):
    larger = loss(name, roles=TOY[:2] + ["media"] * 40 + TOY[4:], said=SAID[:2] + [0.01] * 40 + SAID[4:])
    assert larger == pytest.approx(loss(name), rel=1e-6)


TABLE = {
    #                            system role_mark media_sep instr_template instr options response resp_end
    ("vit",):                        (0, 0, 0, 0, 0, 0, 1, 1),
    ("response_only",):              (0, 0, 0, 0, 0, 0, 1, 1),
    ("l2t",):                        (0, 0, 0, 0, 1, 1, 1, 1),
    ("l2t", "instr"):                (0, 0, 0, 0, 0.25, 0.25, 1, 1),
    ("l2t_keep_task_templates",):    (0, 0, 0, 1, 1, 1, 1, 1),
    ("instruction_modelling",):      (0, 0, 0, 1, 1, 1, 1, 1),
    ("full_lm",):                    (1, 1, 1, 1, 1, 1, 1, 1),
    ("prompt_loss_weight", "weight"): (0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 1, 1),
    ("wit", "prompt", "response"):   (0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5),
}  # fmt: skip
"""By name and options (0.25 each, but for a response 0.5): the specification's weight of every role; pad, bos and media weigh 0 everywhere."""
WEIGHED = ("system", "role_mark", "media_sep", "instr_template", "instr", "options", "response", "resp_end")


def test_every_objective_is_in_the_table():
    assert {name for name, *_ in TABLE} == {name for name in objectives.names() if ":" not in name}
    assert {*WEIGHED, "pad", "bos", "media"} == set(ROLES)


@pytest.mark.parametrize("told", TABLE)
def test_the_weight_of_every_role_is_that_of_the_specification(told):
    name, *options = told
    (row,) = make_rows(["bos", "pad", "bos", "media", *WEIGHED])
    made = objectives.build(name, {option: 0.5 if option == "response" else 0.25 for option in options})
    assert made.weigh(row).weights.tolist() == [0, 0, 0, 0, *TABLE[told]]


FULL = [
    "bos",
    "system",
    "role_mark",
    "media",
    "media_sep",
    "instr",
    "options",
    "options",
    "role_mark",
    "response",
    "resp_end",
]
SAID_FULL = [0.5, 0.3, 0.9, 0.1, 0.4, 0.5, 0.2, 0.6, 0.8, 0.7, 0.9]
SYSTEM, SEPARATOR, OPTIONS = -math.log(0.3), -math.log(0.4), -math.log(0.2) - math.log(0.6)
ASKED, TURNS, ANSWER = -math.log(0.5), -math.log(0.9) - math.log(0.8), -math.log(0.7) - math.log(0.9)


@pytest.mark.parametrize(
    ("name", "options", "total", "num"),
    [
        ("response_only", {}, ANSWER, 2),
        ("response_only", {"options": 1}, ANSWER + OPTIONS, 4),
        ("l2t", {}, ASKED + OPTIONS + ANSWER, 5),
        ("l2t", {"options": 0}, ASKED + ANSWER, 3),
        ("l2t", {"options": 0.5}, ASKED + 0.5 * OPTIONS + ANSWER, 4),
        ("l2t_keep_task_templates", {"options": 0}, ASKED + ANSWER, 3),
        ("instruction_modelling", {}, ASKED + OPTIONS + ANSWER, 5),
        ("instruction_modelling", {"system": 1, "options": 0}, SYSTEM + ASKED + ANSWER, 4),
        ("full_lm", {}, SYSTEM + SEPARATOR + ASKED + OPTIONS + TURNS + ANSWER, 9),
        ("full_lm", {"options": 0}, SYSTEM + SEPARATOR + ASKED + TURNS + ANSWER, 7),
        ("prompt_loss_weight", {"weight": 0.5}, 0.5 * (SYSTEM + SEPARATOR + ASKED + OPTIONS + TURNS) + ANSWER, 5.5),
        ("prompt_loss_weight", {"weight": 0.5, "options": 0}, 0.5 * (SYSTEM + SEPARATOR + ASKED + TURNS) + ANSWER, 4.5),
    ],
)
def test_options_system_and_separators_weigh_as_each_objective_says(name, options, total, num):
    assert loss(name, options, roles=FULL, said=SAID_FULL) == pytest.approx(total / num, rel=1e-6)


def test_normalisers_over_samples_of_different_length():
    """A: instr .5 (w 1/2), response .25. B: response .5, .5, .125. Nats: ln 2 = 1 unit."""
    rows = make_rows(["bos", "instr", "response"], ["bos", "response", "response", "resp_end"])
    model = speaking(rows, probabilities=[0.5, 0.5, 0.25, 0.5, 0.5, 0.5, 0.125])
    got = {}
    for normaliser in NORMALISERS:
        weigh = objectives.build("l2t", {"instr": 0.5, "normaliser": normaliser}).weigh
        got[normaliser] = accumulated_loss(model, pieces_of(rows, weigh=weigh)).item() / math.log(2)
    a, b = 0.5 * 1 + 2, 1 + 1 + 3
    expected = {
        "weights": (a + b) / 4.5,
        "nonzero": (a + b) / 5,
        "response_tokens": (a + b) / 4,
        "sequence_mean": (a / 1.5 + b / 3) / 2,
        "sum": (a + b) / 2,
    }
    assert got == pytest.approx(expected)


def test_weights_of_tasks_weigh_sums_and_counts():
    rows = make_rows(["bos", "response"], ["bos", "response", "resp_end"], tasks=["small", "large"])
    model = speaking(rows, probabilities=[0.5, 0.25, 0.5, 0.5, 0.5])
    weigh = ByTask(objective=objectives.build("vit", {}), task_weights={"small": 3.0}).weigh
    got = accumulated_loss(model, pieces_of(rows, weigh=weigh)).item() / math.log(2)
    assert got == pytest.approx((3 * 2 + 1 * 2) / (3 * 1 + 1 * 2))


# any roles, any cut

TEXT = tuple(role for role in ROLES if role != "pad")
samples_of = st.lists(st.lists(st.sampled_from(TEXT), min_size=1, max_size=9), min_size=1, max_size=5)
built = st.sampled_from(
    [
        ("response_only", {}),
        ("l2t", {}),
        ("l2t", {"instr": 0.3, "options": 0.7}),
        ("l2t_keep_task_templates", {"instr_turns": "first"}),
        ("instruction_modelling", {"instr_on_text_only": False}),
        ("prompt_loss_weight", {"weight": 0.1}),
        ("wit", {"prompt": 0.2, "response": 0.6}),
        ("full_lm", {}),
    ]
)
policies = st.sampled_from(["skip", "train"])
normalisers = st.sampled_from(NORMALISERS)


def make(named, *, normaliser, unanswered):
    name, options = named
    if normaliser == "response_tokens":
        unanswered = "skip"
    return objectives.build(name, {**options, "normaliser": normaliser, "unanswered": unanswered})


def spoken(rows):
    count = sum(len(row) for row in rows)
    return speaking(rows, probabilities=[0.05 + 0.9 * (n % 7) / 7 for n in range(count)])


@given(samples=samples_of)
def test_l2t_without_instructions_is_vit(samples):
    vit, l2t = objectives.build("vit", {}), objectives.build("l2t", {"instr": 0})
    for row in make_rows(*samples):
        assert l2t.weigh(row).weights.tolist() == vit.weigh(row).weights.tolist()
        assert l2t.weigh(row).count == vit.weigh(row).count


@given(samples=samples_of, named=built, normaliser=normalisers, unanswered=policies)
def test_gradients_vanish_where_nothing_is_a_target(samples, named, normaliser, unanswered):
    objective = make(named, normaliser=normaliser, unanswered=unanswered)
    rows = make_rows(*samples)
    model, pieces = spoken(rows), pieces_of(rows, weigh=objective.weigh)
    assume(pieces[0]["loss_counts"].sum() > 0)
    accumulated_loss(model, pieces).backward()
    reached = set(model.table.grad.abs().sum(1).nonzero().flatten().tolist())
    before = {
        token - 1
        for row in rows
        for token, weight in zip(row.input_ids, objective.weigh(row).weights, strict=True)
        if weight
    }
    assert reached == before
    first = {row.input_ids[0] for row in rows}
    media = {t for row in rows for t, code in zip(row.input_ids, row.roles, strict=True) if ROLES[code] == "media"}
    assert not {place + 1 for place in reached} & (first | media)


@given(
    samples=samples_of,
    named=built,
    normaliser=normalisers,
    unanswered=policies,
    sizes=st.lists(st.integers(1, 3), max_size=4),
    by=st.integers(1, 6),
    chance=st.randoms(use_true_random=False),
    factor=st.sampled_from([1.0, 0.25, 3.0]),
)
def test_a_loss_does_not_depend_on_padding_pieces_or_order(
    samples, named, normaliser, unanswered, sizes, by, chance, factor
):
    objective = make(named, normaliser=normaliser, unanswered=unanswered)
    rows = make_rows(*samples, tasks=["even" if number % 2 else "odd" for number in range(len(samples))])
    weigh = ByTask(objective=objective, task_weights={"odd": factor}).weigh
    model, whole = spoken(rows), pieces_of(rows, weigh=weigh)
    assume(whole[0]["loss_counts"].sum() > 0)
    expected = accumulated_loss(model, whole).item()
    mixed = rows[:]
    chance.shuffle(mixed)
    assert math.isfinite(expected)
    assert accumulated_loss(model, [wider(whole[0], by=by)]).item() == pytest.approx(expected, rel=1e-5)
    assert accumulated_loss(model, pieces_of(rows, weigh=weigh, sizes=sizes)).item() == pytest.approx(
        expected, rel=1e-5
    )
    assert accumulated_loss(model, pieces_of(mixed, weigh=weigh, sizes=sizes)).item() == pytest.approx(
        expected, rel=1e-5
    )


def test_a_piece_without_targets_is_zero_with_a_graph():
    rows = make_rows(["bos", "instr", "role_mark"], ["bos", "response"])
    weigh = objectives.build("l2t", {"unanswered": "skip"}).weigh
    model, (nothing, _) = spoken(rows), pieces_of(rows, weigh=weigh, sizes=[1])
    read = read_targets(model, nothing)
    (read.weights * read.nll).sum().backward()
    assert read.logits.shape == (0, model.table.shape[1])
    assert torch.equal(model.table.grad, torch.zeros_like(model.table))


def test_nothing_predicts_the_first_token_whoever_weighs_it():
    def weigh(row):
        return Weighed(weights=np.ones(len(row), dtype=np.float32), count=1.0)

    piece = make_batch(make_rows(["response", "response"], ["response"]), pad_token_id=0, weigh=weigh)
    assert piece["loss_weights"].tolist() == [[0, 1], [0, 0]]


# turns and switches

DIALOGUE = ["bos", "media", "instr", "response", "resp_end", "role_mark", "instr", "instr", "response", "resp_end"]


def targets(roles, name="l2t", **options):
    (row,) = make_rows(roles)
    return np.flatnonzero(objectives.build(name, options).weigh(row).weights).tolist()


def test_every_turn_is_asked_and_answered():
    assert targets(DIALOGUE) == [2, 3, 4, 6, 7, 8, 9]
    assert targets(DIALOGUE, "vit") == [3, 4, 8, 9]


def test_instructions_of_the_first_turn_only():
    assert targets(DIALOGUE, instr_turns="first") == [2, 3, 4, 8, 9]


def test_instructions_of_samples_without_media_are_a_switch():
    text = [role for role in DIALOGUE if role != "media"]
    assert targets(text) == [1, 2, 3, 5, 6, 7, 8]
    assert targets(text, instr_on_text_only=False) == targets(text, "vit")
    assert targets(DIALOGUE, instr_on_text_only=False) == targets(DIALOGUE)


@pytest.mark.parametrize(
    ("roles", "turn", "skipped"),
    [(DIALOGUE[:8], 1, [2, 3, 4]), (DIALOGUE[:3], 0, []), (["bos", "instr", "options"], 0, [])],
)
def test_no_instruction_is_trained_alone_unless_told(roles, turn, skipped):
    with pytest.raises(
        DataError, match=rf"'s0': turn {turn} has instruction targets and no response \({len(roles)} tokens"
    ):
        targets(roles)
    assert targets(roles, unanswered="skip") == skipped
    assert targets(roles, unanswered="train") == [
        p for p, r in enumerate(roles) if r in {"instr", "options", "response", "resp_end"}
    ]
    assert targets(roles, "vit") == [place for place in skipped if roles[place] != "instr"]


def test_what_follows_the_last_response_is_no_turn_without_one():
    assert targets([*DIALOGUE, "role_mark"], "full_lm") == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert targets(["bos", "system", "role_mark"], "full_lm", unanswered="skip") == []


def test_rows_that_do_not_tell_their_turns_are_counted():
    (row,) = make_rows(DIALOGUE)
    bare = type(row)(id="bare", input_ids=row.input_ids, roles=row.roles)
    first = objectives.build("l2t", {"instr_turns": "first"})
    assert first.weigh(bare).weights.tolist() == first.weigh(row).weights.tolist()


# plain labels


def test_binary_weights_are_plain_labels():
    rows = make_rows(TOY, DIALOGUE)
    weigh = objectives.build("l2t", {}).weigh
    piece = make_batch(rows, pad_token_id=0, weigh=weigh)
    labels = labels_of(piece["input_ids"], weights=piece["loss_weights"])
    assert labels[0].tolist() == [IGNORED] * 4 + [5, 6, 7] + [IGNORED] * 3 + [11, 12]
    assert labels_of(rows[0].input_ids, weights=weigh(rows[0]).weights).tolist() == labels[0].tolist()
    model = spoken(rows)
    logits = model.table[piece["input_ids"]]
    shifted = torch.from_numpy(labels)[:, 1:].reshape(-1)
    mean = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(len(shifted), -1), shifted, ignore_index=IGNORED)
    assert mean.item() == pytest.approx(accumulated_loss(model, [piece]).item())


@pytest.mark.parametrize("options", [{"instr": 0.5}, {"normaliser": "sequence_mean"}])
def test_fractional_weights_are_no_labels(options):
    (row,) = make_rows(TOY)
    objective = objectives.build("l2t", options)
    with pytest.raises(ConfigError, match=r"5 of 12 tokens weigh|3 of 12 tokens weigh otherwise \(the first 0.5\)"):
        labels_of(row.input_ids, weights=objective.weigh(row).weights)


# what is refused


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("l2", {}, "no objective named 'l2'; did you mean 'l2t'"),
        ("l2t", {"normalizer": "sum"}, "no option 'normalizer'; did you mean 'normaliser'"),
        ("l2t", {"normaliser": "mean"}, "normaliser is 'mean'; Input should be 'weights', 'nonzero'"),
        ("l2t", {"options": "many"}, "options is 'many'"),
        ("l2t", {"options": -1}, "weighs role 'options' with -1.0; a weight is 0 or more"),
        ("l2t", {"instr": float("nan")}, "weighs role 'instr' with nan"),
        ("l2t", {"instr_turns": 1}, "instr_turns is 1; Input should be 'all' or 'first'"),
        ("l2t", {"unanswered": "train", "normaliser": "response_tokens"}, "'response_tokens' needs responses"),
        ("prompt_loss_weight", {}, "weight: Missing required"),
        ("prompt_loss_weight", {"weight": 1.5}, "weight is 1.5; give a number from 0 to 1"),
        ("wit", {"prompt": 0, "response": 0}, "prompt is 0.0 and response 0.0"),
        ("wit", {"prompt": -1, "response": 1}, "prompt is -1.0"),
        ("toy_objectives:no_objective", {}, "made 3; have it return"),
    ],
)
def test_options_that_make_no_sense_are_refused(name, options, told):
    with pytest.raises(ConfigError, match=told.replace("(", r"\(")):
        objectives.build(name, options)


@pytest.mark.parametrize("role", ["pad", "media"])
def test_what_holds_no_word_is_no_target(role):
    with pytest.raises(ConfigError, match=f"weighs role '{role}' with 1.0; pad and media hold no word to predict"):
        Objective(weights={role: 1.0})


def test_an_objective_of_ones_own_takes_the_common_options_too():
    mine = objectives.build("toy_objectives:loud_options", {"options": 3, "normaliser": "sum", "volume": 2})
    assert mine.weights == {"response": 2.0, "options": 3.0}
    assert mine.normaliser == "sum"
