"""Rules over the words of a text: patterns in order, of which a text fits some."""

import re
from collections.abc import Iterator
from functools import cached_property

_WORD = re.compile(r"\w+")
# Distinct words that are remembered; beyond, they are forgotten and looked at again.
_REMEMBERED_MAX = 100_000


class WordRules:
    """
    Rules, each a value and a pattern that a text fits where it has whole words that match.

    Most alternatives of a pattern are for one word, so each distinct word is matched once.  Those for phrases are
    tried only where one pattern for all of them finds any.
    """

    def __init__(self, *rules: tuple[str, str]) -> None:
        self._values = [value for value, _ in rules]
        self._split = [list(_alternatives(pattern)) for _, pattern in rules]
        # Sets of rules are bits of a number: rule i is bit i.
        self._known: dict[str, int] = {}
        self._named: dict[int, tuple[str, ...]] = {}

    # Patterns take long to compile, and many a process needs none of them.

    @cached_property
    def _words(self) -> list[re.Pattern[str]]:
        return [re.compile("|".join(each for each in some if " " not in each) or "(?!)") for some in self._split]

    @cached_property
    def _phrases(self) -> list[tuple[int, re.Pattern[str]]]:
        return [(rule, _whole(each)) for rule, each in enumerate(self._joined_phrases()) if each]

    @cached_property
    def _any_phrase(self) -> re.Pattern[str]:
        return _whole("|".join(filter(None, self._joined_phrases())) or "(?!)")

    def _joined_phrases(self) -> list[str]:
        return ["|".join(each for each in some if " " in each) for some in self._split]

    def fitting(self, text: str) -> tuple[str, ...]:
        """Return the values of the rules that *text* fits, in their order."""
        found, known = 0, self._known
        for word in _WORD.findall(text):
            of_word = known.get(word)
            found |= self._of_word(word) if of_word is None else of_word
        if self._any_phrase.search(text):
            found |= sum(1 << rule for rule, pattern in self._phrases if pattern.search(text))
        named = self._named.get(found)
        if named is None:
            named = self._named[found] = tuple(v for rule, v in enumerate(self._values) if found >> rule & 1)
        return named

    def _of_word(self, word: str) -> int:
        if len(self._known) >= _REMEMBERED_MAX:
            self._known.clear()
        found = sum(1 << rule for rule, pattern in enumerate(self._words) if pattern.fullmatch(word))
        self._known[word] = found
        return found


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b")


def _alternatives(pattern: str) -> Iterator[str]:
    """Yield the alternatives of *pattern* that no bracket encloses."""
    depth = start = 0
    for place, sign in enumerate(pattern):
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and not depth:
            yield pattern[start:place]
            start = place + 1
    yield pattern[start:]
