"""What can go wrong with a call, as one tree. Decide by the class, or by `code`.

ClientError
├── Unreachable                 no answer, after every attempt
├── Unreadable                  an answer this client cannot read, such as a proxy's own page
└── Problem                     the API said no, and nothing was changed
    ├── Malformed 400
    ├── Unauthenticated 401
    ├── Forbidden 403
    │   └── MissingScope
    ├── NotFound 404
    ├── Conflict 409
    │   ├── AlreadyAnswered
    │   ├── AssignmentClosed
    │   ├── BonusKeyReused
    │   ├── DuplicateExternalId
    │   ├── DuplicateName
    │   └── IdempotencyKeyReused
    ├── Expired 410
    ├── StaleVersion 412
    ├── TooLarge 413
    ├── UnsupportedMediaType 415
    ├── Invalid 422
    │   └── UnknownLabel
    ├── VersionRequired 428
    ├── RateLimited 429
    └── ServerFault 500
        └── Unavailable 502, 503, 504
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

#: The class of a problem, by its code or its status.
KINDS: dict[str | int, type[Problem]] = {}


class ClientError(Exception):
    """Whatever this client raises."""


class Unreachable(ClientError):
    """No answer came, after every attempt. What was asked may have been done or not."""


class Unreadable(ClientError):
    """An answer came that is not one of this API's."""


class Problem(ClientError):
    """The API refused (RFC 9457)."""

    def __init_subclass__(cls, *, statuses: tuple[int, ...] = ()) -> None:
        # a class stands for all that comes with a status, or else for the one code it is named by
        for mark in statuses or ("_".join(re.findall("[A-Z][a-z]*", cls.__name__)).lower(),):
            KINDS[mark] = cls

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        # all of them as arguments of the exception: it travels between processes
        super().__init__(status, code, detail, errors, request_id, retry_after)
        self.status = status
        #: The stable name of the refusal; explained at /docs/errors.
        self.code = code
        #: What is wrong and what to do, for a person to read.
        self.detail = detail
        #: What is wrong with which field: {"label": ["…"]}.
        self.errors: Mapping[str, Any] = errors or {}
        #: What to tell the operator.
        self.request_id = request_id
        #: Seconds after which another attempt makes sense, where the API says so.
        self.retry_after = retry_after

    def __str__(self) -> str:
        fields = f" {json.dumps(self.errors)}" if self.errors else ""
        request = f" [request {self.request_id}]" if self.request_id else ""
        return f"{self.code}: {self.detail}{fields}{request}"

    @staticmethod
    def of(body: Mapping[str, Any], retry_after: float | None = None) -> Problem:
        """Make the exception of a problem's body: by its code, else by its status."""
        status, code = int(body.get("status", 0)), str(body.get("code", "unknown"))
        other = ServerFault if status >= 500 else Problem
        kind = KINDS.get(code) or KINDS.get(status) or other
        detail = str(body.get("detail", ""))
        return kind(status, code, detail, body.get("errors"), body.get("request_id"), retry_after)


class Malformed(Problem, statuses=(400,)):
    """The request cannot be read."""


class Unauthenticated(Problem, statuses=(401,)):
    """The key is not known, revoked, or expired."""


class Forbidden(Problem, statuses=(403,)):
    """The key is good but may not do this."""


class MissingScope(Forbidden):
    """The key lacks the scope for this; `detail` names it."""


class NotFound(Problem, statuses=(404,)):
    """There is no such thing, or it is not yours."""


class Conflict(Problem, statuses=(409,)):
    """The present state does not allow it."""


class AlreadyAnswered(Conflict):
    """The assignment has its answer; the first one counts."""


class AssignmentClosed(Conflict):
    """The assignment was given back."""


class BonusKeyReused(Conflict):
    """Another bonus was paid under this key."""


class DuplicateExternalId(Conflict):
    """Your own name for it is taken."""


class DuplicateName(Conflict):
    """The name is taken."""


class IdempotencyKeyReused(Conflict):
    """The key came with another request before."""


class Expired(Problem, statuses=(410,)):
    """The lease is over and its slot is taken."""


class StaleVersion(Problem, statuses=(412,)):
    """Somebody changed it since you read it: read it again."""


class TooLarge(Problem, statuses=(413,)):
    """The body is too large: send it in parts."""


class UnsupportedMediaType(Problem, statuses=(415,)):
    """The content type is not understood."""


class Invalid(Problem, statuses=(422,)):
    """A field is not valid; `errors` says which, and why."""


class UnknownLabel(Invalid):
    """The label is not one of the project's."""


class VersionRequired(Problem, statuses=(428,)):
    """A change must say which version it has read."""


class RateLimited(Problem, statuses=(429,)):
    """Too many requests, for longer than this client waits; `retry_after` says how long."""


class ServerFault(Problem, statuses=(500,)):
    """A fault of the service; it is logged under the request_id."""


class Unavailable(ServerFault, statuses=(502, 503, 504)):
    """The service was away for longer than this client waits."""
