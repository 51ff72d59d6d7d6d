"""Which event is whose job, and how jobs travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from crowd.services import (
    contests,
    disputes,
    exclusions,
    inquiries,
    quality_reports,
    standing,
    surveys,
)
from crowd.services.deliveries import DUE_TOPIC
from crowd.services.webhooks import EVERY_TOPIC

#: Names of the queues, the most urgent first.
QUEUES = ("answers", "housekeeping", "files", "fits", "webhooks")
#: Those whose jobs take long: processes of their own serve them, so that nothing waits behind one.
SLOW = ("files", "fits")
#: Waits for strangers: `crowd up` gives it a worker of its own, so that nothing else waits too.
STRANGERS = "webhooks"
JOB_TIMEOUT_S = 900
FAILED_KEPT_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Subscription:
    """The job that acts on a topic. It is given ids of events, of one project at a time."""

    job: str
    queue: str
    #: Ids a job is given at the most.
    batch: int = 500


#: A topic that is not here has nobody waiting for it: its events end with the relay.
SUBSCRIPTIONS = {
    "answer.submitted": Subscription("workers.jobs.consensus.update_posteriors", "answers"),
    exclusions.TOPIC: Subscription("workers.jobs.consensus.update_posteriors", "answers"),
    standing.DECISION_WANTED: Subscription("workers.jobs.consensus.update_posteriors", "answers"),
    "refit.requested": Subscription("workers.jobs.consensus.refit", "fits"),
    "fits.fell_due": Subscription("workers.jobs.consensus.find_grown", "housekeeping"),
    contests.WANTED: Subscription("workers.jobs.disputes.search", "fits"),
    disputes.OPENED: Subscription("workers.jobs.disputes.weigh", "housekeeping", batch=100),
    "import.requested": Subscription("workers.jobs.imports.go_on", "files", batch=1),
    "export.requested": Subscription("workers.jobs.exports.go_on", "files", batch=1),
    "act.requested": Subscription("workers.jobs.bulk_acts.go_on", "housekeeping", batch=1),
    "what_if.requested": Subscription("workers.jobs.what_ifs.answer", "fits", batch=1),
    quality_reports.TOPIC: Subscription("workers.jobs.quality_reports.write", "files", batch=1),
    "suggestions.requested": Subscription("workers.jobs.suggestions.suggest", "fits"),
    "suggestions.fell_due": Subscription("workers.jobs.suggestions.find_low", "housekeeping"),
    "rules.fell_due": Subscription("workers.jobs.rules.judge", "housekeeping"),
    "idleness.fell_due": Subscription("workers.jobs.rules.judge_idle", "housekeeping"),
    surveys.REQUESTED: Subscription("workers.jobs.surveys.survey", "fits"),
    surveys.FELL_DUE: Subscription("workers.jobs.surveys.find_due", "housekeeping"),
    inquiries.TOPIC: Subscription("workers.jobs.models.ask", "files"),
    "leases.fell_due": Subscription("workers.jobs.housekeeping.expire_leases", "housekeeping"),
    "reviews.fell_due": Subscription("workers.jobs.housekeeping.accept_answers", "housekeeping"),
    "progress.fell_due": Subscription("workers.jobs.progress.keep", "housekeeping"),
    "ledger.fell_due": Subscription("workers.jobs.housekeeping.sum_days", "housekeeping"),
    "memory.fell_due": Subscription("workers.jobs.housekeeping.forget_old", "housekeeping"),
    DUE_TOPIC: Subscription("workers.jobs.webhooks.deliver", STRANGERS),
    **{
        topic: Subscription("workers.jobs.webhooks.spread", "housekeeping") for topic in EVERY_TOPIC
    },
}
#: Repeated work: topic → seconds.
SCHEDULE = {
    "leases.fell_due": 2.0,
    "fits.fell_due": 2.0,
    "rules.fell_due": 1.0,
    "idleness.fell_due": 60.0,
    DUE_TOPIC: 2.0,
    inquiries.TOPIC: 5.0,
    "suggestions.fell_due": 5.0,
    surveys.FELL_DUE: 20.0,
    "reviews.fell_due": 5.0,
    "progress.fell_due": 5.0,
    "ledger.fell_due": 3600.0,
    "memory.fell_due": 3600.0,
}


def named(words: Sequence[str]) -> Sequence[str]:
    """Choose queues by their names, or by `quick` and `slow`; none chosen: all of them.

    Raises ValueError for a name that is none.
    """
    quick = [name for name in QUEUES if name not in (*SLOW, STRANGERS)]
    groups = {"quick": quick, "slow": list(SLOW)}
    chosen = {name for word in words for name in groups.get(word, [word])}
    if unknown := chosen - set(QUEUES):
        raise ValueError(
            f"there is no queue {min(unknown)!r}, only {', '.join((*groups, *QUEUES))}"
        )
    return [name for name in QUEUES if name in chosen or not words]


def crowded(connection: redis.Redis) -> Sequence[str]:
    """Name the topics whose queue holds a job that no worker has begun.

    More sent there would only wait; left in the outbox, events gather into fewer jobs.
    """
    with connection.pipeline(transaction=False) as pipeline:
        for name in QUEUES:
            pipeline.llen(queue(connection, name).key)
        waiting = dict(zip(QUEUES, pipeline.execute(), strict=True))
    return [topic for topic, s in SUBSCRIPTIONS.items() if waiting[s.queue]]


def queue(connection: redis.Redis, name: str) -> Queue:
    """Open a queue whose jobs are JSON, so that no message can run code."""
    return Queue(name, connection=connection, serializer=JSONSerializer)


def send(connection: redis.Redis, topic: str, event_ids: Sequence[int]) -> None:
    """Queue the jobs for some events of one topic and project."""
    subscription = SUBSCRIPTIONS[topic]
    step = subscription.batch
    jobs = [
        Queue.prepare_data(
            subscription.job,
            args=[list(event_ids[start : start + step])],
            timeout=JOB_TIMEOUT_S,
            # what a job did stands in the database: Redis need not remember it
            result_ttl=0,
            failure_ttl=FAILED_KEPT_S,
        )
        for start in range(0, len(event_ids), step)
    ]
    queue(connection, subscription.queue).enqueue_many(jobs)
