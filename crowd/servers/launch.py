"""Become a program that dies with its parent; run as a script: it needs nothing but Python.

    python -I launch.py PARENT_PID SIGNAL UNROOT -- PROGRAM ARGUMENTS…

PostgreSQL refuses to run as root. With UNROOT=1, root steps into a user namespace where it is
nobody: no file changes hands, no account is made.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOBODY = 65534


def enter_user_namespace() -> None:
    """Map root to nobody. Raises OSError where the kernel refuses namespaces."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} 0 1"),
        ("gid_map", f"{NOBODY} 0 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def die_with(parent: int, signal: int) -> None:
    """Have the kernel send a signal when the parent goes, however it goes."""
    if sys.platform != "linux":
        return
    # after the change of user: that one clears the setting
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")


def main() -> None:
    """Take the steps, then become the program."""
    parent, signal, unroot = (int(word) for word in sys.argv[1:4])
    command = sys.argv[5:]
    if unroot:
        enter_user_namespace()
    die_with(parent, signal)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
