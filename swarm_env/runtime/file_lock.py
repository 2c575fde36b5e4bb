"""A lock on an open file, released by the operating system when the process ends in any way.

The library `filelock` is not used: it locks a file of its own beside the data.
"""

import errno
import sys

_FAR_BYTE = 2**62  # Windows locks bytes, also against reading: lock one beyond any file's end


def lock(file: int) -> bool:
    """Lock an open file for this process, without waiting; closing its descriptor releases the lock.

    Returns False if another process or descriptor holds the lock; True also on a file system without locks.
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
