"""Which tasks an annotator had best be given next, where a project asks for the most informative.

Worth knowing, never binding: a task may have closed since, and the list may be empty.
"""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from crowd.db import Model


class Suggestion(Model):
    __tablename__ = "suggestions"

    project_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    annotator_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("annotators.id", ondelete="CASCADE"), primary_key=True
    )
    #: From 0, the best first.
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    task_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), index=True
    )
    #: What the annotator's answer is expected to tell of the task's label, in nats.
    value: Mapped[float]
