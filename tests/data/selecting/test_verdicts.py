"""Reasons are counted alike, whatever text they quote."""

from sayso.data.selecting.verdicts import count_reasons


def test_texts_with_either_quotation_mark_in_them_are_one_reason():
    quoted = ["a text", "it's", 'a "b"', "it's \"b\", isn't it", "back\\slash's \""]
    assert count_reasons(f"novelty: ROUGE-L 0.9{n} with {text!r}" for n, text in enumerate(quoted)) == {
        "novelty: ROUGE-L … with …": len(quoted)
    }
