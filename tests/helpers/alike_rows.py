"""Pools of questions and answers for selectors against duplicates, and the plain way to find them."""

from pathlib import Path

import numpy as np
from toy_samples import text, toy_sample

from sayso.data.scorers import Column, Scoring
from sayso.data.selectors import Budget, Pool, selectors
from sayso.records import Message, Sample, Span, TextPart
from sayso.seeds import Stream


def pool_of(rows, *, media=None, tasks=None, chosen=(), vectors=None, **columns):
    """Rows are (question, answer) pairs; `media` and `tasks` by row."""
    samples = [
        toy_sample(
            number=number,
            question=question,
            answer=answer,
            media=media[number] if media else (),
            task=tasks[number] if tasks else "vqa",
        )
        for number, (question, answer) in enumerate(rows)
    ]
    return Pool(
        samples=samples,
        columns={name: Column(values=np.array(values, dtype=np.float64)) for name, values in columns.items()},
        tasks=[sample.task for sample in samples],
        features=lambda config: np.asarray(vectors, dtype=np.float32),
        scoring=Scoring(seed=3, store=Path("store"), columns=Path("columns")),
        chosen=np.array(chosen, dtype=np.int64),
    )


def alpaca_sample(number, instruction, given, answer, *, task="conversation", role="instr"):
    """A row whose instruction and input are apart; `role` is that of the instruction."""
    question = f"{instruction}\n{given}" if given else instruction
    cut = len(instruction)
    spans = [Span(start=0, end=cut, role=role), Span(start=cut, end=len(question), role="instr")]
    asked = TextPart(text=question, spans=tuple(spans if given else spans[:1]))
    messages = (Message(role="user", parts=(asked,)), Message(role="assistant", parts=(text(answer, "response"),)))
    return Sample(id=f"r{number}", example=f"r{number}", task=task, template="t", messages=messages)


def pool_of_samples(samples, *, chosen=()):
    """A pool of these, without columns and features."""
    pool = pool_of([("", "")] * len(samples), chosen=chosen)
    pool.samples[:] = samples
    return pool


def keep(name, pool, *, budget=None, **options):
    """Rows that stay, and the reasons of the others."""
    picked = selectors.build(name, options).select(pool, budget=budget or Budget())
    assert not set(picked.rows.tolist()) & (set(picked.why) | set(pool.chosen.tolist()))
    return picked.rows.tolist(), dict(picked.why)


def sentence(*names, words=30, kinds=400):
    """Words at random, by name."""
    chance = Stream("sentence", *names)
    return " ".join(f"w{chance.below(kinds)}" for _ in range(words))


def changed(sentence, *, count, name):
    """The sentence with `count` other words in it."""
    words = sentence.split()
    for place in Stream("changed", name).sample(range(len(words)), count):
        words[place] = f"x{place}"
    return " ".join(words)


def jaccard(first, second, *, size):
    """Of runs of words, as sets of tuples."""
    one, two = (
        {tuple(words[n : n + size]) for n in range(max(1, len(words) - size + 1))}
        for words in (first.split(), second.split())
    )
    return len(one & two) / len(one | two)
