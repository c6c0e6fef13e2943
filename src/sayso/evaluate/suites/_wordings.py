"""Other ways to ask what the suites ask, by what is wanted as an answer. All in our own words.

Each suite puts the published prompt before them. They keep task and format of the answer, so that what moves a score between them is the wording alone.
"""

__all__ = [
    "CAPTION_PAIR",
    "CHOICE",
    "DESCRIPTION",
    "LETTER",
    "ONE_WORD",
    "RELEASED",
    "STATEMENT",
    "STATEMENT_ON_PAIR",
    "YES_NO",
]

ONE_WORD = "{question}\nAnswer the question using a single word or phrase."
"""The prompt of lmms-eval for short answers."""
LETTER = "{question}\n{options}\nAnswer with the option's letter from the given choices directly."
"""The prompt of LLaVA and lmms-eval for choices."""

YES_NO = (
    "Look at the image and answer yes or no: {question}",
    "{question} Reply with yes or no only.",
    "Here is a question about the picture. {question} Say just yes or no.",
    "Judge from the image alone. {question}\nYour answer should be one word: yes or no.",
    "Question: {question}\nAnswer (yes or no):",
    "Please look closely at the picture, then answer with a single word, yes or no. {question}",
    "I would like to know something about this image: {question} A yes or a no is enough.",
    "{question}\nKeep it short: yes or no.",
    "Using what you can see, respond yes or no to this: {question}",
)
"""A question that is answered by yes or no."""

STATEMENT = (
    'Does the image agree with this sentence? "{statement}" Answer yes or no.',
    "Statement: {statement}\nIs the statement true of the picture? Reply with yes or no only.",
    "Check the following against the image: {statement} Is it correct? Say yes or no.",
    'Look at the picture. Someone claims: "{statement}" Are they right, yes or no?',
    "{statement}\nIs that what the image shows? One word, yes or no.",
    "Decide whether the sentence fits the picture and answer yes or no. Sentence: {statement}",
    'Would you say that "{statement}" describes this image correctly? Please answer with yes or no.',
    "Read the sentence and look at the image: {statement} If the image bears it out, write yes, otherwise no.",
    "True of this picture or not: {statement} Write yes if it is true and no if it is not.",
)
"""A sentence about a picture that is true (yes) or false (no)."""

STATEMENT_ON_PAIR = (
    'Do the two images agree with this sentence? "{statement}" Answer yes or no.',
    "Statement: {statement}\nIs it true of the pair of pictures? Reply with yes or no only.",
    "The first picture is the left one, the second the right one. Is this correct? {statement} Say yes or no.",
    'Look at both pictures. Someone claims: "{statement}" Are they right, yes or no?',
    "{statement}\nIs that what these two images show? One word, yes or no.",
    "Decide whether the sentence fits the left and the right image together, and answer yes or no. Sentence: {statement}",
    'Would you say that "{statement}" is right about the two photographs? Please answer with yes or no.',
    "Compare the left image with the right one. If this holds, write yes, otherwise no: {statement}",
    "True of the two pictures or not: {statement} Write yes if it is true and no if it is not.",
)
"""A sentence about a left and a right picture that is true (yes) or false (no)."""

CHOICE = (
    "{question}\nChoose one of these:\n{options}\nReply with the letter only.",
    "Look at the image and pick the right answer.\n{question}\n{options}\nGive just its letter.",
    "Question: {question}\nOptions:\n{options}\nAnswer (one letter):",
    "Here are a question and its possible answers.\n{question}\n{options}\nWhich one is correct? Write the letter.",
    "{question}\n\n{options}\n\nOnly one of the above is right. Name it by its letter.",
    "Please solve this multiple-choice question. {question}\n{options}\nYour whole answer should be a single letter.",
    "Select the best option for the question below, and say nothing but its letter.\n{question}\n{options}",
    "I have a question for you: {question}\nPossible answers:\n{options}\nTell me the letter of the right one.",
    "Study the question, then the choices.\n{question}\n{options}\nState the letter that belongs to the correct choice.",
)
"""A question with lettered options, answered by a letter."""

CAPTION_PAIR = (
    "Which caption fits the image better?\n{options}\nAnswer with the option's letter from the given choices directly.",
    "Two captions, one picture. Which of them describes it?\n{options}\nReply with the letter only.",
    "Look at the image and choose the sentence that is true of it.\n{options}\nGive just its letter.",
    "One of these sentences is wrong about the picture. Name the right one by its letter.\n{options}",
    "Captions:\n{options}\nWhich one belongs to this image? Write its letter.",
    "Select the description that matches what you see, and say nothing but its letter.\n{options}",
    "Please compare both sentences with the picture.\n{options}\nThe letter of the correct one:",
    "{options}\nWhich of the two is an accurate caption of the image? One letter is enough.",
    "Someone wrote two captions for this photograph and only one is right. Tell me its letter.\n{options}",
    "Decide which sentence the image supports.\n{options}\nState the letter of that sentence.",
)
"""Two captions with letters, of which one is true of the picture; the first is the one that numbers are for."""

DESCRIPTION = (
    "Please describe the picture.",
    "What does this image show? Describe it.",
    "Write a description of what you see here.",
    "Tell me about this picture.",
    "Give an account of the content of the image.",
    "Look at the image and say what is in it.",
    "Put into words what can be seen in this photograph.",
    "I cannot see the image. Describe it to me.",
    "Provide a description of the image.",
)
"""A free description."""

RELEASED = (
    "{input}",
    "Here is a task about the image. {input}",
    "Please do what follows. {input}",
    "Task: {input}",
    "Read the instruction, look at the picture and carry it out. {input}",
    "{input}\nGive nothing but the answer.",
)
"""Rows that hold an instruction already: as it was released, and with a few words around it."""
