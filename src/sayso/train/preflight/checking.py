"""What is refused, and what is only said, of the samples looked at.

Refused is what would fail or train nothing; said is what somebody may have meant. The silent failures that users of other tools report are
all among them, or cannot occur: docs/preflight.md lists each.
"""

from collections.abc import Iterator, Mapping, Sequence

from sayso.errors import ConfigError, DataError
from sayso.models._protocol import ModelBundle
from sayso.train.objectives import INSTRUCTION
from sayso.train.preflight.looking import Facts
from sayso.train.samples.dataset import RunDataset

__all__ = ["refuse_bad", "warnings_of"]

SKIP = "train.preflight=false skips this check"


def refuse_bad(facts: Sequence[Facts], *, dataset: RunDataset, bundle: ModelBundle, batch: int) -> None:
    """Raise for what cannot be trained on; `batch` are the samples of a step.

    Raises:
        DataError: a sample is longer than max_tokens, has no response or no target, or a whole step has none.
        ConfigError: a token is not in the model's vocabulary.
    """
    _refuse_long(facts, dataset=dataset)
    _refuse_untargeted(facts, batch=batch)
    rows = bundle.model.get_input_embeddings().num_embeddings
    for one in facts:
        if one.max_token_id >= rows:
            raise ConfigError(
                f"sample {one.id!r} has token id {one.max_token_id}, but the model embeds {rows} ids; give the model the tokenizer that it "
                "was saved with, or resize its embeddings (model.resize_token_embeddings)"
            )


def _refuse_long(facts: Sequence[Facts], *, dataset: RunDataset) -> None:
    """Refuse what the run would stop at; each one is tried, since the longest need not be the hardest to cut."""
    limit = dataset.encoder.max_tokens
    over = sorted((one for one in facts if one.num_tokens > limit), key=lambda one: -one.num_tokens)
    for one in over:
        try:
            dataset.__getitems__([one.place])
        except DataError as error:
            raise DataError(
                f"{len(over)} of {len(facts)} samples looked at are over max_tokens {limit}: {'the longest, ' if one is over[0] else ''}{one.id!r}, has "
                f"{one.num_tokens} tokens, {one.tokens.get('media', 0)} of them media{_uncut(dataset)}; type --set train.max_tokens={over[0].num_tokens}, "
                "--set train.truncation=drop, limit the image size of the model, or take such rows out of the data"
            ) from error


def _uncut(dataset: RunDataset) -> str:
    how = dataset.truncation.how if dataset.truncation else "refuse"
    return "" if how == "refuse" else f", and truncation {how} finds nothing that it may cut, or nothing that fits"


def _refuse_untargeted(facts: Sequence[Facts], *, batch: int) -> None:
    if not any(one.targets for one in facts[:batch]):
        found = ", ".join(sorted({role for one in facts[:batch] for role in one.tokens}))
        raise DataError(
            f"no target token in the batch of step 1, whose tokens are of the roles {found}: none of these has a weight in the objective; "
            "check that samples have a response and that the objective weighs it"
        )
    mute = [one for one in facts if not one.tokens.get("response")]
    if mute:
        raise DataError(
            f"{len(mute)} of {len(facts)} samples looked at have no response, such as {mute[0].id!r} of task {mute[0].task!r}; give each "
            f"an answer, or take the task out of train.tasks ({SKIP})"
        )
    idle = [one for one in facts if not one.targets]
    if idle:
        raise DataError(
            f"{len(idle)} of {len(facts)} samples looked at have no target token under the objective, such as {idle[0].id!r} of task "
            f"{idle[0].task!r}; nothing would be learned from them: choose an objective that weighs the response ({SKIP})"
        )


def warnings_of(facts: Sequence[Facts], *, weights: Mapping[str, float], bundle: ModelBundle) -> Iterator[str]:
    """What a person should read before the first step."""
    weighed = [role for role in INSTRUCTION if weights.get(role, 0) > 0]
    if weighed and not any(one.tokens.get(role) for one in facts for role in weighed):
        told = ", ".join(weighed)
        yield f"the objective weighs instructions (roles {told}), but no sample looked at has such a token: it trains on responses alone"
    ends = _stops(bundle)
    if ends and not any(one.ends & ends for one in facts):
        told = ", ".join(repr(bundle.tokenizer.decode([token])) for token in sorted(ends))
        yield f"generation stops at {told}, which ends no response here: the model is never shown where to stop"
    elif not any(one.targets.get("resp_end") for one in facts):
        yield "the objective does not weigh the end of the response: the model is not taught where to stop"


def _stops(bundle: ModelBundle) -> frozenset[int]:
    stops = getattr(bundle.model.generation_config, "eos_token_id", None)
    return frozenset([stops] if isinstance(stops, int) else stops or ())
