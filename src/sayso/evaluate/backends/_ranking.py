"""Options ranked by an endpoint that tells the log-probability of every token it is sent (vLLM's `prompt_logprobs`).

The prompt is sent once as it is, and once with each option as the assistant's turn that the model's own chat template closes. Where the
tokens of the prompt are the first ones of the whole, the log-probability of an option is the sum over all the tokens after them, end of turn
included and blanks behind it left out: what the local backend sums. Anything else is refused: the most likely tokens of a place are not the
log-probability of a text, and an endpoint that does not know a field may answer as if nothing had been asked.
"""

from collections.abc import Sequence

from sayso.errors import BackendError
from sayso.lm import Given, Reply

__all__ = ["check_ending", "INSTEAD", "logprobs_of", "OPEN", "WHOLE"]

OPEN = {"prompt_logprobs": 0}
"""Fields of a call that asks for the tokens of a prompt, ready for a response."""
WHOLE = {"prompt_logprobs": 0, "add_generation_prompt": False}
"""Fields of a call whose last turn is the response."""
INSTEAD = (
    "set evaluate.option_decoding: generate, or choice where the server can be held to the options, "
    "or rank with the local backend; with sayso probe, leave --choices out"
)


def logprobs_of(prompt: Reply, *, options: Sequence[Reply], normalise: bool, where: str) -> tuple[float, ...]:
    """The log-probability of each option in nats, or its mean over the tokens where `normalise`.

    `prompt` and `options` are the replies to calls with `OPEN` and `WHOLE`; `where` is what an error names.

    Raises:
        BackendError: the endpoint did not tell all of it, or the prompt is not how an option's tokens begin.
    """
    values = []
    for option in options:
        told = _continuation(prompt.given, option.given, where=where)
        total = sum(one.logprob for one in told)
        values.append(total / sum(one.times for one in told) if normalise else total)
    return tuple(values)


def check_ending(prompt: Reply, closed: Reply, *, whole: Reply, where: str) -> None:
    """Make sure that the endpoint heeds `add_generation_prompt`: else each option would be followed by the beginning of another answer.

    `closed` is the reply to the prompt with `WHOLE`, `whole` that to the prompt with an option.

    Raises:
        BackendError: it does not, or that cannot be told.
    """
    _check_told(prompt.given, where=where)
    _check_told(closed.given, where=where)
    _check_told(whole.given, where=where)
    if len(closed.given) < len(prompt.given):
        return
    if whole.given[-1].token == prompt.given[-1].token:
        raise BackendError(
            f"{where}: a conversation that is closed ends as one that waits for an answer, so the endpoint does not heed "
            f"add_generation_prompt and options cannot be ranked exactly; {INSTEAD}"
        )


def _check_told(given: tuple[Given, ...], *, where: str) -> None:
    if not given:
        raise BackendError(
            f"{where}: the endpoint gives no log-probabilities of the text it is sent (prompt_logprobs), so options cannot be "
            f"ranked by likelihood; {INSTEAD}"
        )


def _continuation(prompt: tuple[Given, ...], whole: tuple[Given, ...], *, where: str) -> tuple[Given, ...]:
    _check_told(prompt, where=where)
    _check_told(whole, where=where)
    begun = [(one.token, one.times) for one in prompt]
    if [(one.token, one.times) for one in whole[: len(begun)]] != begun:
        raise BackendError(
            f"{where}: with an option as the answer the prompt becomes other tokens (of the chat template, or joined with the option's "
            f"first), so options cannot be ranked exactly; {INSTEAD}"
        )
    told = list(whole[len(begun) :])
    while len(told) > 1 and told[-1].text and not told[-1].text.strip():
        told.pop()
    if not told:
        raise BackendError(f"{where}: an option has no token of its own after the prompt; {INSTEAD}")
    return tuple(told)
