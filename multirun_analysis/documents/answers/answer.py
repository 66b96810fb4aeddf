"""A document's questions and answer: sentences that are made of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from multirun_analysis.documents.answers.facts import Facts, NotRunError

Sentence = Callable[[Facts], str]  # may say nothing; raises NotRunError where a network that it is about was not run


@dataclass(frozen=True)
class Answer:
    """The questions of a document in our words, and what makes the sentences of the answer.

    asked: The questions.
    short: Makes the answer in one sentence.
    sentences: Make the rest, in order.
    """

    asked: str
    short: Sentence
    sentences: Sequence[Sentence]

    def write(self, facts: Facts) -> list[str]:
        """The sentences that can be said, the short answer first, and last what was not run."""
        said, gaps = [], []
        for sentence in (self.short, *self.sentences):
            try:
                said.append(sentence(facts))
            except NotRunError as gap:
                gaps.append(str(gap))
        if gaps:
            said.append(f"Not run here by its command, and so not told of: {'; '.join(dict.fromkeys(gaps))}.")
        return [text for text in said if text]

    def write_short(self, facts: Facts) -> str:
        """The short answer, or that there is none."""
        try:
            return self.short(facts)
        except NotRunError as gap:
            return f"Not run here: {gap}."
