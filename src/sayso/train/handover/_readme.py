"""The README of an export: how to run it, what is the same as in sayso, what is lost."""

from sayso import __version__
from sayso.train.handover._protocol import Handed, Outcome

__all__ = ["readme"]

TEXT = """# Stage `{node}`, handed over to {tool}

Written by sayso {version}. Run it with

```
{command}
```

It has {num_samples:,} samples for {num_steps:,} steps on one process: every sample of all {epochs}, one after the other, in the order of training, each
under the wording that was drawn for it. Another epoch has other wordings, so the epochs lie in the file and one is trained; shuffling is off. With
several processes a step has as many times the samples, and there are fewer steps.

## The same

{equal}

## Lost, or different

{lost}
"""


def readme(outcome: Outcome, *, tool: str, handed: Handed) -> str:
    """Markdown."""
    epochs = handed.config.num_train_epochs
    told = f"{epochs} epochs" if handed.config.max_steps < 0 and epochs > 1 else "epochs"
    left = tuple(f"{count:,} samples are left out: {reason}" for reason, count in outcome.left_out.items())
    return TEXT.format(
        node=handed.node,
        tool=tool,
        version=__version__,
        command=outcome.command,
        num_samples=outcome.num_samples,
        num_steps=handed.num_steps,
        epochs=told,
        equal="\n".join(f"- {line}" for line in outcome.equal),
        lost="\n".join(f"- {line}" for line in (*left, *outcome.lost)) or "- nothing that is known",
    )
