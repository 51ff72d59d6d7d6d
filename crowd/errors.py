"""Everything the platform refuses, as one tree; the HTTP status stands on the class.

CrowdError
├── Malformed 400
├── Unauthenticated 401
├── MissingScope 403
├── WrongMode 403
├── NotFound 404
├── TimedOut 408
├── Conflict 409
│   ├── AlreadyAnswered
│   ├── AssignmentClosed
│   ├── BonusKeyReused
│   ├── DuplicateExternalId
│   ├── DuplicateName
│   ├── IdempotencyKeyReused
│   ├── TooManyWebhooks
│   └── WebhookDisabled
├── AssignmentExpired 410
├── LengthRequired 411
├── StaleVersion 412
├── TooLarge 413
├── UnsupportedMediaType 415
├── Invalid 422
│   └── UnknownLabel
├── VersionRequired 428
├── RateLimited 429
└── Unavailable 503
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar


class CrowdError(Exception):
    """A refusal. The message says what is wrong and what to do; nothing has been changed."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, *, errors: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        #: What is wrong with which field: {"label": ["…"]}.
        self.errors = dict(errors or {})

    #: The stable name a client can rely on: the class name in snake_case.
    code: ClassVar[str] = "internal_error"

    def __init_subclass__(cls) -> None:
        words = re.findall("[A-Z][a-z]*", cls.__name__)
        cls.code = "_".join(words).lower()


class Malformed(CrowdError):
    status, title = 400, "The request cannot be read"


class Unauthenticated(CrowdError):
    status, title = 401, "No valid key"


class MissingScope(CrowdError):
    status, title = 403, "The key does not allow this"


class WrongMode(CrowdError):
    status, title = 403, "The key is of the other mode: real, or sandbox"


class NotFound(CrowdError):
    status, title = 404, "Not found"


class TimedOut(CrowdError):
    status, title = 408, "The request took too long to arrive"


class Conflict(CrowdError):
    status, title = 409, "Conflict with the present state"


class AlreadyAnswered(Conflict):
    title = "The assignment has its answer"


class AssignmentClosed(Conflict):
    title = "The assignment was given back"


class BonusKeyReused(Conflict):
    title = "Another bonus was paid under this key"


class DuplicateExternalId(Conflict):
    title = "The external_id is taken"


class DuplicateName(Conflict):
    title = "The name is taken"


class IdempotencyKeyReused(Conflict):
    title = "The idempotency key was used for another request"


class TooManyWebhooks(Conflict):
    title = "No further webhook can be added"


class WebhookDisabled(Conflict):
    title = "The webhook is disabled"


class AssignmentExpired(CrowdError):
    status, title = 410, "The assignment has expired"


class LengthRequired(CrowdError):
    status, title = 411, "Content-Length is required"


class StaleVersion(CrowdError):
    status, title = 412, "Somebody changed it since you read it"


class TooLarge(CrowdError):
    status, title = 413, "The body is too large"


class UnsupportedMediaType(CrowdError):
    status, title = 415, "The content type is not understood"


class Invalid(CrowdError):
    status, title = 422, "A field is not valid"


class UnknownLabel(Invalid):
    title = "The label is not one of the project's"


class VersionRequired(CrowdError):
    status, title = 428, "If-Match is required"


class RateLimited(CrowdError):
    status, title = 429, "Too many requests"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(CrowdError):
    status, title = 503, "Temporarily not available"
