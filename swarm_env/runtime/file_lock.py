"""A lock on an open file that the operating system takes back when the process ends, however it ends."""

import errno
import sys

_FAR_BYTE = 2**62  # Windows locks bytes, against reading too: one that no file reaches


def lock(file: int) -> bool:
    """Lock an open file for this process, without waiting.

    Args:
        file: Its descriptor. Closing it gives the lock back.

    Returns:
        False when somebody else holds the lock. On a file system that knows no locks: True.
    """
    try:
        if sys.platform == "win32":
            import msvcrt
            import os

            os.lseek(file, _FAR_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True
