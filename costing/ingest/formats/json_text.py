"""A JSON text that is looked through once, a piece at a time.

Rule of this file: it knows strings, brackets and space, and no values. Memory is bounded: of a text
that is longer than what may be taken only the beginning is kept, and brackets are followed down to
16 million levels.
"""

from __future__ import annotations

import re
from typing import BinaryIO

_LEAST_PIECE_BYTES = 256 * 1024
_MOST_PIECE_BYTES = 2 * 1024 * 1024
_MOST_OPEN_BRACKETS = 16 * 1024 * 1024
_WHITE_SPACE = b" \t\n\r"

# Possessive, so that nothing is tried twice, however the text goes on.
_SPACE = re.compile(rb"[ \t\n\r]*+")
_WORD = re.compile(rb'[^ \t\n\r,"{}\[\]]*+')
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BETWEEN_BRACKETS = re.compile(
    rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+', re.DOTALL
)
_CLOSERS = {ord("{"): ord("}"), ord("["): ord("]")}
_QUOTE = ord('"')


class BrokenJson(ValueError):
    """Brackets or strings of a JSON text cannot be followed.

    Attributes:
        reason: what is wrong, with nothing of the text itself.
        byte: how many bytes stand before the place where that was seen.
    """

    def __init__(self, reason: str, byte: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.byte = byte


class CutJson(BrokenJson):
    """The text ends before its brackets do.

    Attributes:
        is_in_string: it ends within a string.
    """

    def __init__(self, byte: int, *, is_in_string: bool) -> None:
        super().__init__("it ends too early", byte)
        self.is_in_string = is_in_string


class JsonText:
    """A place in a JSON text, which only moves on.

    Args:
        stream: the text from its beginning, in UTF-8 without a mark; it is not closed.
        max_bytes: longest text that is taken whole.
    """

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._buffer = b""
        self._position = 0
        self._bytes_before = 0
        # Where that begins which is being taken, and its first bytes once it is too long to keep.
        self._begin: int | None = None
        self._cut_text: bytes | None = None

    def byte(self) -> int:
        """How many bytes stand before this place."""
        return self._bytes_before + self._position

    def broken(self, reason: str) -> BrokenJson:
        """The error that something is wrong here."""
        return BrokenJson(reason, self.byte())

    def next_sign(self) -> bytes:
        """Skip space and look at the byte behind it; empty at the end of the text."""
        sign = self._sign()
        while sign <= b" ":  # Only then it may be space, or nothing may be left.
            self._move(_SPACE)
            sign = self._sign()
            if sign or not self._read_on():
                return sign
            sign = self._sign()
        return sign

    def skip_sign(self, sign: bytes) -> None:
        """Skip space and go behind this byte.

        Raises:
            BrokenJson: another byte is here, or none.
        """
        found = self.next_sign()
        if not found:
            raise CutJson(self.byte(), is_in_string=False)
        if found != sign:
            raise self.broken(f"`{sign.decode()}` was expected")
        self._position += 1

    def skip_value(self) -> None:
        """Skip space and go behind the value that begins there.

        Raises:
            BrokenJson: no value begins there, or its end cannot be found.
        """
        sign = self.next_sign()
        if not sign:
            raise CutJson(self.byte(), is_in_string=False)
        if sign in b",}]":
            raise self.broken("a value was expected")
        if sign in b"{[":
            self._skip_brackets()
        elif sign == b'"':
            self._position += 1
            self._skip_string()
        else:
            self._skip_word()

    def take_value(self) -> bytes:
        """The text of the next value; of a longer one the beginning, a byte more than the bound.

        Raises:
            BrokenJson: no value begins here, or its end cannot be found.
        """
        self.next_sign()
        begin = self._begin = self.byte()
        self.skip_value()
        return self._taken(begin)

    def take_element(self) -> bytes:
        """As `take_value`, with all that follows up to the next comma or the end of an array.

        Raises:
            BrokenJson: the end cannot be found.
        """
        self.next_sign()
        begin = self._begin = self.byte()
        while self.next_sign() not in {b",", b"]"}:
            self.skip_value()
        return self._taken(begin)

    def _sign(self) -> bytes:
        return self._buffer[self._position : self._position + 1]

    def _move(self, pattern: re.Pattern[bytes]) -> None:
        found = pattern.match(self._buffer, self._position)
        self._position = self._position if found is None else found.end()

    def _skip_brackets(self) -> None:
        """Go behind the bracket that closes the one that begins here."""
        closers = bytearray()
        while True:
            sign = self._next_bracket()
            if sign in _CLOSERS:
                closers.append(_CLOSERS[sign])
                if len(closers) > _MOST_OPEN_BRACKETS:
                    raise self.broken("brackets are nested too deeply to be followed")
            elif sign != closers.pop():
                raise self.broken("brackets do not match")
            elif not closers:
                return

    def _next_bracket(self) -> int:
        """Go behind the next bracket that stands in no string."""
        while True:
            found = _BETWEEN_BRACKETS.match(self._buffer, self._position)
            end = self._position if found is None else found.end()
            if end == len(self._buffer):
                self._position = end
                self._read_on_within(is_in_string=False)
                continue
            self._position = end + 1
            sign = self._buffer[end]
            if sign != _QUOTE:
                return sign
            self._skip_string()

    def _skip_string(self) -> None:
        """Go behind the string within which we are."""
        while True:
            self._move(_IN_STRING)
            if self._sign() == b'"':
                self._position += 1
                return
            self._read_on_within(is_in_string=True)

    def _skip_word(self) -> None:
        """Go behind a number or a name."""
        while True:
            self._move(_WORD)
            if self._sign() or not self._read_on():
                return

    def _taken(self, begin: int) -> bytes:
        """What was passed since the beginning.

        A text that was cut keeps its length, with spaces for line breaks at its end, since whoever
        reads a line takes those off and must still see that it is too long.
        """
        start = begin - self._bytes_before
        text = self._cut_text or self._buffer[start : self._position]
        self._begin = self._cut_text = None
        if len(text) > self._max_bytes:
            most_bytes = self._max_bytes + 1
            return text[:most_bytes].rstrip(b"\r\n").ljust(most_bytes)
        return text.rstrip(_WHITE_SPACE)

    def _read_on_within(self, *, is_in_string: bool) -> None:
        if not self._read_on():
            raise CutJson(self.byte(), is_in_string=is_in_string)

    def _read_on(self) -> bool:
        """Put the next piece behind what is still needed; False at the end of the text."""
        start = self._position
        if self._begin is not None and self._cut_text is None:
            start = self._begin - self._bytes_before
            if self._position - start > self._max_bytes:
                self._cut_text = self._buffer[start : start + self._max_bytes + 1]
                start = self._position
        kept = self._buffer[start:]
        piece = self._stream.read(min(max(len(kept), _LEAST_PIECE_BYTES), _MOST_PIECE_BYTES))
        self._buffer = kept + piece
        self._bytes_before += start
        self._position -= start
        return bool(piece)
