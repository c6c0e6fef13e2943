"""A language model that picks from numbered lists, and what it was asked."""

import re

from sayso.lm import Answered, Reply

ASKED = []


class Longest:
    """Names the longest instruction of a list; `reply` says how."""

    name = "longest"

    def __init__(self, reply):
        self._reply = reply

    def answer(self, requests):
        for one in requests:
            ASKED.append(one)
            items = re.findall(r"^\[(\d+)\] (.*)$", one.messages[-1].text, re.MULTILINE)
            order = [number for number, text in sorted(items, key=lambda item: -len(item[1]))]
            reply = Reply(text=self._reply.format(*order)) if self._reply else None
            yield Answered(request=one, reply=reply, failure=None if reply else "it is down")


def longest(*, reply: str = "[{0}]") -> Longest:
    return Longest(reply)
