"""Nouns and what stands before them."""

from sayso.instructions.augment.paraphrasers.grammar.english import IMAGE
from sayso.instructions.augment.paraphrasers.grammar.lexicon.rule import Rule, rule

__all__ = ["NOUNS"]

_IMAGE_UNLESS = (
    rf"\b{IMAGE}[- ](?:quality|captions?|classification|generation|understanding|token|title|text|is cropped)|text[- ]image|image[- ]text|"
    r"\b(?:image.*\b(?:picture|photo)|picture.*\b(?:image|photo)|photo.*\b(?:image|picture))|\b(?:draw|generate an? image|diagram|chart|scene|verbal)\b"
)
_SLOT_END = r"(?=[.:?]\s*(?:\n|\"?SLOT)|\s*\n)"
_TEXTS = r"(?:sentence|question|text|passage|paragraph|article|review|statement|claim|context|conversation|dialogue|dialog|document|phrase|word|list|description|caption|input|summary|story|premise|hypothesis|tweet|query|title|example|problem)"


def _pair(one: str, *others: str, unless: str = "") -> Rule:
    """A noun and its synonyms, singular and plural alike, everywhere or nowhere; not where another of them is used already."""
    pattern = rf"\b{one}(?P<s>s?)\b(?! (?:of the \w+ is|type))"
    used = "|".join(others)
    blocked = rf"\b(?:{used})s?\b" + (f"|{unless}" if unless else "")
    return rule("synonyms", pattern, *(rf"{word}\g<s>" for word in (one, *others)), everywhere=True, unless=blocked)


NOUNS = (
    rule("synonyms", r"\b(?:image|picture|photo|photograph)(?P<s>s?)\b", r"image\g<s>", r"picture\g<s>", r"photo\g<s>", everywhere=True, unless=_IMAGE_UNLESS),
    rule("synonyms", r"(?<!text )\b(?:the|this) (?:given |provided )?(?=(?:image|picture|photo)\b(?! (?:and|that|shown|provided|given|below|above|itself|alone)))", "the ", "this ", "the given ", "the provided ", unless=rf"{_IMAGE_UNLESS}|\b(?:new|complete|copy|another|two|both|same)\b"),
    rule("synonyms", r"\b(?:the|this) (?:given |provided )?(?=(?:video|clip|audio|3D model)\b(?! (?:and|that|shown|provided|given|below|above)))", "the ", "this ", "the given ", "the provided "),
    rule("synonyms", r"\bobject(?P<s>s?)\b", r"object\g<s>", r"item\g<s>", everywhere=True, unless=r"\b(?:subject|items?|things?|class|recognition|detection|shape|relation\w*|refer\w*|scene)\b"),
    rule("synonyms", r"\bthings\b(?! (?:like|to do|you|we|one|people|can|could|do|did|should|would|that (?:you|we)))", "things", "objects", everywhere=True, unless=r"\b(?:objects?|items?|what things|such things|how the things|use of things|players)\b"),
    rule("synonyms", r"\boptions\b(?!:)", "options", "choices", everywhere=True, unless=r"\b(?:choices?|alternatives?|choose|option)\b"),
    rule("synonyms", r"\b(?P<d>the|this|that|each|given|a) region\b(?= (?:SLOT|of the (?:image|picture|photo)))", r"\g<d> region", r"\g<d> area", everywhere=True, unless=r"\barea\b|size|regions|region [^S]{0,3}:|\bregion (?:information|of the)|overlap"),
    rule("synonyms", r"\b(?:kind|type|sort)s?(?= of (?!the\b))", "kind", "type", "sort", unless=r"\b(?:kinds|types|sorts) of\b"),
    rule("synonyms", r"\b(?P<d>the|a) (?:correct|right) (?=answer|option|choice|one\b)", r"\g<d> correct ", r"\g<d> right "),
    rule("synonyms", r"\b(?P<d>the|a) (?:most (?:suitable|appropriate)|best) (?=answer|option|choice)", r"\g<d> most suitable ", r"\g<d> best ", r"\g<d> most appropriate ", r"\g<d> most fitting "),
    rule("synonyms", r"\b(?P<a>an?) (?:short|brief|concise) (?=caption|description|sentence|summary|account|paragraph|explanation|answer)", "a short ", "a brief ", "a concise "),
    rule("synonyms", r"\b(?P<a>an?) (?:detailed|thorough|full) (?=description|account|explanation)", "a detailed ", "a thorough "),
    rule("synonyms", rf"\b(?:this|the following) (?P<n>{_TEXTS})\b{_SLOT_END}", r"the following \g<n>", r"this \g<n>", r"the \g<n> below", r"the \g<n> that follows", unless=r"\ASLOT"),
    rule("synonyms", rf"\bthe following (?P<n>(?:two |three |four )?{_TEXTS}s?|options|choices)\b(?=[.:?,]\s*(?:\n|\"?SLOT|\Z)| (?:and|is|are)\b)", r"the following \g<n>", r"the \g<n> below", r"the \g<n> given below", unless=r"\b(?:which|one) of the following"),
    rule("synonyms", rf"\b(?:the above|the preceding|the) (?P<n>{_TEXTS}s?)(?: above)(?=[.:?,]|\Z)|\bthe above (?P<m>{_TEXTS}s?)\b", r"the \g<n>\g<m> above", r"the above \g<n>\g<m>", r"the preceding \g<n>\g<m>"),
    rule("synonyms", r"\bthe given (?=options|choices|alternatives|question|context|regions?\b|sentences?|text|passage|paragraph|article|input|words?|list|statement)", "the given ", "the provided "),
    rule("synonyms", r"\bfrom (?:the |the given |the available |the provided |the following )?(?P<n>options|choices)\b(?! (?:below|given))", r"from the \g<n>", r"from the given \g<n>", r"from the available \g<n>", r"from the \g<n> given", r"from among the \g<n>"),
    rule("synonyms", r"\byour (?:task|job)(?= is to)", "your task", "your job", "your assignment"),
    rule("synonyms", r"\b(?:given|provided) in the (?=options|text|passage|context|article)", "given in the ", "provided in the "),
    _pair("passage", "text", unless=r"\bparagraph|article|document"),
    _pair("paragraph", "passage", "text", unless=r"\barticle|document|one paragraph|a paragraph"),
    _pair("article", "text", unless=r"\bnews\b|\bpassage|newspaper|wiki|document|title"),
    _pair("document", "text", unless=r"\bpassage|article"),
    _pair("conversation", "dialogue", unless=r"\bdialog\b"),
    _pair("dialogue", "conversation", unless=r"\bdialog\b|speaker"),
    _pair("movie", "film"),
    _pair("film", "movie"),
    _pair("video", "clip", unless=r"\bvideo (?:clip|game)"),
    rule("synonyms", r"\b(?P<d>an?|the|this|one) (?:choice|alternative)(?= (?:that|which|from)\b)", r"\g<d> choice", r"\g<d> option", everywhere=True, unless=r"\boptions?\b"),
    rule("synonyms", r"\bthe (?P<n>content|contents) of (?P<i>the (?:image|picture|photo|video|text))\b", r"the \g<n> of \g<i>", r"what is in \g<i>", unless=r"content of the \w+ (?:and|supports?|match|is)|the content of .*\?|(?:support|conclude|given|what is|locate|select)"),
)  # fmt: skip
"""Nouns, everywhere in a text or nowhere."""
