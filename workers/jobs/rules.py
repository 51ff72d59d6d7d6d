"""Rules on quality, judged as the answers come in."""

from __future__ import annotations

import uuid

import structlog

from crowd.db import transaction
from crowd.services import judgements, outbox

log = structlog.get_logger("crowd.jobs")


def judge(event_ids: list[int]) -> None:
    """Judge what is new in every project that has rules, an annotator at a time."""
    with transaction() as session:
        projects = judgements.projects_with_rules(session)
    for project_id in projects:
        judge_project(project_id)
    with transaction() as session:
        outbox.confirm(session, event_ids)


def judge_project(project_id: uuid.UUID) -> None:
    """Judge what is new in a project; each annotator's actions are one commit."""
    with transaction() as session:
        replayed = judgements.to_replay(session, project_id)
        annotators = judgements.annotators_to_judge(session, project_id)
        copiers = judgements.copiers(session, project_id)
    acted = 0
    for annotator_id in annotators:
        with transaction() as session:
            acted += judgements.judge(session, project_id, annotator_id)
    for rule_id, hit in copiers:
        with transaction() as session:
            acted += judgements.stop_copier(session, rule_id, hit)
    if replayed:
        with transaction() as session:
            judgements.note_replayed(session, replayed)
    if acted:
        log.info("acted", project=str(project_id), annotators=len(annotators), actions=acted)


def judge_idle(event_ids: list[int]) -> None:
    """Judge those of whom a rule on activity has not heard for too long."""
    with transaction() as session:
        idle = judgements.idle_annotators(session)
    for project_id, annotator_id in idle:
        with transaction() as session:
            judgements.judge(session, project_id, annotator_id)
    with transaction() as session:
        outbox.confirm(session, event_ids)
