"""Keeps a set of programs running until told to stop."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Self

from crowd.servers import Servers, process

#: How long a program may take to finish what it is doing.
GRACE_SECONDS = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
#: After this long without dying a program is forgiven its earlier deaths.
FORGIVEN_AFTER = 30.0


@dataclass
class Child:
    """A program to keep running."""

    name: str
    command: Sequence[str]
    running: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = field(default=FIRST_PAUSE)


class Supervisor:
    """Starts programs, starts again those that die, and stops them all in the end."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        servers: Servers,
        env: Mapping[str, str],
        tell: Callable[[str], None],
        output: int | None = None,
    ) -> None:
        """`output`: where the programs write, instead of where this one does."""
        self._children = children
        self._servers = servers
        self._env = env
        self._tell = tell
        self._output = output
        self._stopping = False

    def start(self) -> None:
        """Start every program."""
        for child in self._children:
            self._start(child)

    def keep_running(self) -> None:
        """Watch until Ctrl-C or SIGTERM. A second signal stops everything at once."""
        earlier = {s: signal.signal(s, self._signalled) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self._stopping:
                self.look_after()
                time.sleep(0.1)
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def look_after(self) -> None:
        """Start again what has died, after a pause that grows with every death."""
        for name in self._servers.restart_dead():
            self._tell(f"{name} had died; it is up again")
        now = time.monotonic()
        for child in self._children:
            if child.running is None or (status := child.running.poll()) is None:
                continue
            if now - child.started > FORGIVEN_AFTER:
                child.pause = FIRST_PAUSE
            if now - child.started < child.pause:
                continue
            self._tell(f"{child.name} ended with status {status}; starting it again")
            child.pause = min(2 * child.pause, LONGEST_PAUSE)
            self._start(child)

    def stop(self) -> None:
        """Stop every program, the last started first, and wait for what each is doing."""
        for child in reversed(self._children):
            if child.running is not None:
                child.running.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in reversed(self._children):
            if child.running is not None:
                self._wait(child.running, deadline)
                child.running = None

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        child.running = process.start(
            child.command, death_signal=signal.SIGTERM, env=self._env, output=self._output
        )

    def _wait(self, running: subprocess.Popen[bytes], deadline: float) -> None:
        try:
            running.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            for child in self._children:
                if child.running is not None:
                    child.running.kill()
        self._stopping = True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
