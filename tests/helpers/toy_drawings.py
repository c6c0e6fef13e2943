"""Drawings that are easy to tell from ours, and some that do not do their work."""


class _Careless:
    """Weighs nothing."""

    def weigh(self, templates):
        return [0.0] * len(templates)


class _Forgetful:
    """Leaves one out."""

    def weigh(self, templates):
        return [1.0] * (len(templates) - 1)


def careless():
    return _Careless()


def forgetful():
    return _Forgetful()


class _Longest:
    """Only ever draws the longest wording."""

    def weigh(self, templates):
        most = max(len(template.text) for template in templates)
        return [float(len(template.text) == most) for template in templates]


def longest():
    return _Longest()
