"""Files kept in the database, in chunks: the one place that web and worker hosts share.

Local folders would tie a worker to the host that took the upload, and PostgreSQL's large objects
belong to no table: nothing deletes them with the row that speaks of them.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import IO, Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crowd.db import sessions
from crowd.models import FileChunk

#: Size of the chunks of a file that came in, in bytes. Those of a file that goes out vary.
CHUNK_BYTES = 1 << 20


def write(session: Session, operation_id: uuid.UUID, file: IO[bytes]) -> int:
    """Store a file chunk by chunk; returns its size."""
    size = number = 0
    while content := file.read(CHUNK_BYTES):
        append(session, operation_id, number, content)
        size += len(content)
        number += 1
    return size


def append(session: Session, operation_id: uuid.UUID, number: int, content: bytes) -> None:
    """Add the next chunk."""
    row = {"operation_id": operation_id, "number": number, "content": content}
    session.execute(insert(FileChunk), [row])


def open_file(session: Session, operation_id: uuid.UUID) -> IO[bytes]:
    """Open a file that came in, for reading from any place."""
    return io.BufferedReader(_Chunks(session, operation_id), CHUNK_BYTES)


def stream(operation_id: uuid.UUID) -> Iterator[bytes]:
    """Give the chunks one by one; between them no transaction is open, however slow the reader."""
    number = 0
    while True:
        with sessions() as session:
            content = _content(session, operation_id, number)
        if content is None:
            return
        yield content
        number += 1


def remove(session: Session, operation_id: uuid.UUID) -> None:
    """Let go of a file."""
    session.execute(delete(FileChunk).where(FileChunk.operation_id == operation_id))


class _Chunks(io.RawIOBase):
    def __init__(self, session: Session, operation_id: uuid.UUID) -> None:
        self._session = session
        self._operation_id = operation_id
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place counted from the start, or from here. Others raise ValueError."""
        if whence == io.SEEK_END:
            raise ValueError("The end is not known here.")
        self._at = offset if whence == io.SEEK_SET else self._at + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        number, skip = divmod(self._at, CHUNK_BYTES)
        content = _content(self._session, self._operation_id, number) or b""
        piece = content[skip : skip + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _content(session: Session, operation_id: uuid.UUID, number: int) -> bytes | None:
    return session.scalar(
        select(FileChunk.content).filter_by(operation_id=operation_id, number=number)
    )
