"""A child process that dies with this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

LAUNCH = str(Path(__file__).with_name("launch.py"))


def start(
    command: Sequence[str],
    *,
    death_signal: signal.Signals,
    unroot: bool = False,
    output: IO[bytes] | int | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that Ctrl-C reaches only its parent.

    Call it from the main thread: the kernel takes the end of the calling thread for our own.
    """
    return subprocess.Popen(
        [*_launcher(death_signal, unroot=unroot), *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        env=env,
    )


def run(command: Sequence[str], *, unroot: bool = False) -> None:
    """Run a program to its end. Raises CalledProcessError with what it printed."""
    subprocess.run(
        [*_launcher(signal.SIGKILL, unroot=unroot), *command],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@cache
def must_unroot() -> bool:
    """Tell whether this process is root, which PostgreSQL refuses to run as."""
    return os.geteuid() == 0


def _launcher(death_signal: signal.Signals, *, unroot: bool) -> list[str]:
    flags = [str(os.getpid()), str(int(death_signal)), str(int(unroot and must_unroot()))]
    return [sys.executable, "-I", "-S", LAUNCH, *flags, "--"]
