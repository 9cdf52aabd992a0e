"""Compressed files: recognised by their first bytes, read as a stream.

Rule of this file: a stream that ends before its compression says so is an error, never a shorter
file. (DuckDB reads a truncated gzip file to where it breaks and says nothing; python-zstandard's
own stream reader does the same with zstd. Both were tried on 2026-11-21.)
"""

from __future__ import annotations

import gzip
import io
import zlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, assert_never

from costing.ingest.error import SourceDamaged, SourceTruncated, source_error

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Compression(StrEnum):
    """How a file's bytes are packed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


_MAGIC = {b"\x1f\x8b": Compression.GZIP, b"\x28\xb5\x2f\xfd": Compression.ZSTD}
# A skippable frame, with which pzstd begins its files: 0x184D2A50 to 0x184D2A5F, little-endian
# (RFC 8878, section 3.1.2).
_MAGIC |= {bytes([low]) + b"\x2a\x4d\x18": Compression.ZSTD for low in range(0x50, 0x60)}
_BUFFER_BYTES = 256 * 1024
# A few hundred bytes of zstd may hold many megabytes, so it is fed in small pieces: 1 KiB unpacks
# to 32 MiB at the very worst (a four-byte block of 128 KiB).
_ZSTD_PIECE_BYTES = 1024


def recognise_compression(head: bytes) -> Compression:
    r"""The compression that a file's first bytes announce.

    >>> recognise_compression(b"\x28\xb5\x2f\xfd\x04").value
    'zstd'
    """
    matches = (kind for magic, kind in _MAGIC.items() if head.startswith(magic))
    return next(matches, Compression.NONE)


def open_stream(file: Path, compression: Compression, *, name: str) -> BinaryIO:
    """Open a file for reading from its beginning, unpacked.

    Args:
        file: where the bytes are.
        compression: how they are packed.
        name: what errors call the file.

    Raises:
        SourceUnreadable: at once or while reading: not readable, truncated or damaged.
    """
    try:
        packed = file.open("rb", buffering=0)
    except OSError as failure:
        raise source_error(name, failure) from None
    raw = _CheckedStream(packed, _unpack(packed, compression), name, compression)
    return io.BufferedReader(raw, _BUFFER_BYTES)


def _unpack(packed: io.FileIO, compression: Compression) -> _Readable:
    match compression:
        case Compression.NONE:
            return packed
        case Compression.GZIP:
            return gzip.GzipFile(fileobj=packed)
        case Compression.ZSTD:
            return _ZstdReader(packed)
        case _:
            assert_never(compression)


class _Readable(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


class _CheckedStream(io.RawIOBase):
    """A stream whose failures are told as errors of the source; owns and closes the file."""

    def __init__(
        self, packed: io.FileIO, unpacked: _Readable, name: str, compression: Compression
    ) -> None:
        self._packed = packed
        self._unpacked = unpacked
        self._name = name
        self._compression = compression

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer, at least partly unless the stream is at its end."""
        try:
            return self._unpacked.readinto(memoryview(buffer).cast("B")) or 0
        except EOFError:
            raise SourceTruncated(self._name, self._compression.value) from None
        except (gzip.BadGzipFile, zlib.error, _ZstdDamaged):
            reason = "its bytes do not unpack"
            raise SourceDamaged(self._name, f"{self._compression} stream", reason) from None
        except OSError as failure:
            raise source_error(self._name, failure) from None

    def close(self) -> None:
        self._packed.close()
        super().close()


class _ZstdDamaged(ValueError):
    """The bytes are not what zstd wrote."""


class _ZstdReader:
    """Frames of zstd one after the other, as one stream; EOFError where the last one breaks off."""

    def __init__(self, packed: io.FileIO) -> None:
        from zstandard import ZstdDecompressor, ZstdError

        self._packed = packed
        self._new_frame = ZstdDecompressor().decompressobj
        self._error = ZstdError
        self._frame = self._new_frame()
        self._is_frame_begun = False
        self._ready = memoryview(b"")

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer at least partly; 0 only at the end."""
        while not self._ready:
            piece = self._frame.unused_data if self._frame.eof else b""
            piece = piece or self._packed.read(_ZSTD_PIECE_BYTES)
            if not piece:
                return self._end()
            self._feed(piece)
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _feed(self, piece: bytes) -> None:
        if self._frame.eof:
            self._frame = self._new_frame()
        try:
            self._ready = memoryview(self._frame.decompress(piece))
        except self._error:
            raise _ZstdDamaged from None
        self._is_frame_begun = not self._frame.eof

    def _end(self) -> int:
        if self._is_frame_begun:
            raise EOFError
        return 0
