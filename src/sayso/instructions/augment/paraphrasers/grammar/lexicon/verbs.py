"""Verbs that begin a command, each with the objects for which they mean the same."""

from sayso.instructions.augment.paraphrasers.grammar.lexicon.rule import SLOT, THE_IMAGE, rule, verb

__all__ = ["VERB_RULES"]

_A = r"(?:an?|one|another|the)"
_WRITTEN = r"(?:caption|description|summary|sentence|paragraph|title|question|story|paraphrase|explanation|review|headline|answer|article|phrase|tagline|version|word|text)"
_TEXT = r"(?:sentences?|text|passage|paragraph|article|review|statement|conversation|dialogue|document|story|description|context|movie review|snippet|tweet|post)"
_THIS = r"(?:the|this|that|these|each|every)(?: (?:following|given|above|below|input|provided|two|whole|entire))*"

VERB_RULES = (
    verb("select|choose|pick", r"(?:the|a|an|one|your|which|from|all|among)\b(?! look)", "(select|choose|pick)"),
    verb("decide|determine|judge|work out|establish|find out", "(?:whether|if)", "(decide|determine|judge|work out|establish|find out)"),
    verb("check|verify|assess", "(?:whether|if)", "(check|verify|find out|determine|assess)"),
    verb("tell me|say|state|indicate", "whether", "(tell me|say|state|indicate)"),
    verb("tell me|say|state", r"(?:which|what (?:kind|type|sort|can|is|the)|how (?:many|large))\b", "(tell me|say|state)"),
    verb("decide|determine|work out|figure out", "(?:which|how many|what)", "(decide|determine|work out|figure out)"),
    verb("identify|name", r"the (?:main |primary |central )?(?:object|item|animal)s?\b(?! (?:region|box|area|class|type))", "(identify|name)"),
    verb("find|locate|identify", r"(?:the|a) (?:region|part|area|bounding box)\b", "(find|locate|identify)"),
    verb("find|locate", rf"(?:the (?!answer|word|best|correct|right|reason|number|sum|cause)|{SLOT}|\"|every instance)", "(find|locate)"),
    verb("output|give|provide|return|report", r"(?:the|its|a) (?:region|bounding box|coordinates|location|position|box)\b", "(output|give|provide|return|report)"),
    verb("give|state|provide|tell me", r"(?:the|its) (?:area|name|size|number|cause|reason|type|kind|class|category|relation|relationship|words)\b", "(give|state|provide)"),
    verb("write|give|provide|produce|compose|generate|create|come up with|draft", rf"{_A} (?:(?!image|picture|photo)[\w-]+ ){{0,2}}(?:caption|description|summary|title|headline|explanation|paraphrase|tagline)\b", "(write|give|provide|produce|compose|come up with)"),
    verb("write|compose|produce|generate|create|come up with|make up", r"(?:an?|one|another) (?:(?!image|picture|photo)[\w-]+ ){0,2}(?:sentence|question|story|review|paragraph|article|dialogue|phrase|poem|expression)\b", "(write|compose|produce|come up with|create)"),
    verb("generate|produce|output|write|print", r"the (?:[\w-]+ ){0,2}(?:sentence|output|word|letters?|translation|form|number|list)\b", "(write|give|provide|produce|output)"),
    verb("answer|respond to|reply to", r"(?:the|this|my|that|each) (?:\w+ )?(?:question|query)\b(?!s? (?:from|by|with|in|step by step|part by part))", "(answer|respond to|reply to|give an answer to)"),
    verb("answer|reply|respond", r"with\b", "(answer|reply|respond)"),
    verb("look at|examine|inspect|study|view", rf"{THE_IMAGE}(?: carefully| closely)?(?:\.|,| and\b)", "(look at|examine|inspect|study|view|take a look at)"),
    verb("look at|focus on|examine|inspect|consider|take a look at", rf"(?:{SLOT}|the (?:object|thing|text|region|regions|area|words) (?:in |at )?{SLOT})(?=[.,]| and\b)", "(look at|focus on|examine|inspect|consider|take a look at)"),
    verb("look through|go through|search", r"(?:the|this) (?:image|picture|photo)\b", "(look through|go through|look over)"),
    verb("use|make use of", r"(?:the|this|your|only)\b(?! (?:word|same|term|letter|phrase))", "(use|make use of)"),
    verb("transcribe|read out|write down", r"(?:the|all the|any|every) (?:\w+ )?(?:text|words?)\b", "(transcribe|read out|write down|copy out)"),
    verb("name|list", r"(?:all )?the (?:\w+ )?(?:objects|things|items)\b", "(name|list|enumerate)"),
    verb("list|enumerate|write down|name", r"all (?:that|the|of the)\b", "(list|enumerate|write down|name)"),
    verb("extract|pull out|pick out|read off", r"the (?:\w+ )?(?:text|words?|keywords?|letters?|names?|part)\b", "(extract|pull out|pick out)"),
    verb("read|read through|go through", rf"{_THIS} {_TEXT}\b", "(read|read through|go through)"),
    verb("finish|complete", rf"{_THIS} (?:sentence|text|story|paragraph|passage|phrase|dialogue|article)\b", "(finish|complete)"),
    verb("summarize|summarise|sum up", rf"(?:{_THIS}|{SLOT})\b", "(summarize|sum up|write a summary of|give a summary of)"),
    verb("paraphrase|rephrase|reword", rf"(?:{_THIS}|{SLOT})\b", "(paraphrase|rephrase|reword|restate)"),
    verb("convert|turn|change|transform", rf"(?:{_THIS}(?: {_TEXT}| \w+)?|{SLOT}|it) (?:to|into)\b", "(convert|turn|change|transform)", unless=r"\bconvert(?! (?:\S+ ){1,4}into)|\bchange(?! (?:\S+ ){1,4}into)|turn (?:\S+ ){1,4}to\b"),
    verb("correct|fix", r"(?:the|any|all)(?: \w+)? (?:errors?|mistakes?|grammar|spelling)\b", "(correct|fix)"),
    verb("classify|categorize", rf"{_THIS} \w+", "(classify|categorize)", unless="category"),
    verb("explain|describe", r"why\b", "(explain|say|tell me)"),
    verb("guess|predict", r"(?:the|what|which|whether|who)\b", "(guess|predict)"),
    verb("compare", r"\S+ \w* ?with\b", "compare"),
    verb("think about|consider", r"(?:what|how|which|the|each)\b", "(think about|consider|reflect on)"),
    verb("locate|point to|point out|find", r"(?:this|the object|the thing)\b", "(locate|find|point out)"),
    verb("evaluate|assess|judge", r"(?:the|this|how)\b(?! step)", "(evaluate|assess|judge)", unless=r"judge (?:by|the sentence by)"),
    verb("continue|go on with|carry on with", r"(?:the|this) (?:dialogue|conversation|story|text|passage)\b", "(continue|go on with|carry on with)"),
    verb("mention|point out|note", r"(?:the|all|any)\b", "(mention|point out)"),
    verb("translate", r"(?:the|this)(?: following)? \w+ (?:in)?to\b", "(translate|render)", unless=r"translate (?:\S+ ){1,4}to\b"),
    rule("simplify", r"\b(?:utilize|employ)(?= (?:the|this|your)\b)", "use"),
    rule("simplify", r"\bsimultaneously\b", "at the same time"),
)  # fmt: skip
"""Verbs of command."""
