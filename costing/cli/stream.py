"""The three streams of a process, which its parent may have closed, or may stop to read.

Rule of this file: a reader of our stdout that has seen enough (`| head`) ends the run quietly with
0, as it has got what it wanted. A stdout that is closed or full is an error: an answer that nobody
can read was not given.
"""

from __future__ import annotations

import errno
import os
import sys


def occupy_closed() -> None:
    """Put the null device where a stream of the process was closed.

    The next file that is opened would take its number, and whoever then writes to "stderr" would
    write into that file, the ledger for one. Python's own `sys.stdout` and so on stay None.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def write(data: bytes) -> None:
    """Write data to stdout as it is, to the last byte.

    Raises:
        BrokenPipeError: its reader has gone.
        OSError: it is closed or full.
    """
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output cannot be written")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError:
        end_quietly()
        sys.stdout = None
        raise


def is_written(data: bytes) -> bool:
    """Write data to stdout; whether that is done, or nobody wants it any more."""
    try:
        write(data)
    except BrokenPipeError:
        return True
    except OSError:
        return False
    return True


def end_quietly() -> int:
    """Send whatever is still to be flushed to nowhere, so that Python ends without a word.

    Returns:
        The exit code.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return 0
