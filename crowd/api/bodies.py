"""Request bodies: read within bounds, strictly, and remembered for an Idempotency-Key."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable
from typing import IO, Any, NoReturn

from flask import Flask, Request, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from crowd.db import transaction
from crowd.errors import CrowdError, Malformed, TooLarge, UnsupportedMediaType
from crowd.gate import PROBLEM
from crowd.services import idempotency

_SURROGATE = re.compile("[\ud800-\udfff]")
_CHUNK = 1 << 16
#: Files up to this size stay in memory.
_SPOOLED = 1 << 20
MAX_KEY = 200
#: Routes that take files: larger than other bodies, and sent with their length.
FILES = {"imports.create", "console.imports.upload"}
#: In the environment of a request that is only asked whether its large body is welcome.
PROBE = "crowd.probe"


class StrictParser(FlaskParser):
    """Refuses what JSON does not have, and text that no database can hold."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": "raise"}  # noqa: RUF012

    def load_json(self, req: Request, schema: Any) -> Any:
        """Read the body as JSON. Raises Malformed, UnsupportedMediaType."""
        body = req.get_data(cache=True)
        if len(body) == req.max_content_length:
            # a body that does not say its length is cut at the limit: asking for more tells
            req.stream.read(1)
        if not req.is_json:
            raise UnsupportedMediaType("Send JSON with 'Content-Type: application/json'.")
        try:
            text = body.decode("utf-8")
            value = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"The body is not JSON in UTF-8: {error}") from None
        if "\\u" in text and _unstorable(value):
            raise Malformed("The body holds a NUL character or half of a surrogate pair.")
        return value


def register(app: Flask) -> None:
    """Refuse what the gate found wrong; let bodies of imports be larger than others."""

    app.teardown_request(close_body_file)

    @app.before_request
    def _refuse_or_allow() -> None:
        if (problem := request.environ.get(PROBLEM)) is not None:
            raise problem
        if request.endpoint in FILES:
            request.max_content_length = current_app.config["MAX_IMPORT_BYTES"]


def close_body_file(_: BaseException | None = None) -> None:
    """Let go of the file, however the request ended."""
    if (file := g.pop("body_file", None)) is not None:
        file.close()


def body_file() -> IO[bytes]:
    """Read the whole body into a file that is in memory only while it is small.

    Once the upload is in, the work on it takes no longer for a slow client. Raises TooLarge.
    """
    if "body_file" not in g:
        spool = tempfile.SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115 - closed by the request
        g.body_file = spool
        digest = hashlib.sha256()
        try:
            while chunk := request.stream.read(_CHUNK):
                digest.update(chunk)
                spool.write(chunk)
        except RequestEntityTooLarge:
            limit = current_app.config["MAX_IMPORT_BYTES"]
            raise TooLarge(f"An import takes at most {limit} bytes. Send it in parts.") from None
        g.body_digest = digest.digest()
    file: IO[bytes] = g.body_file
    file.seek(0)
    return file


class IdempotentFlask(Flask):
    """Answers a POST that repeats an Idempotency-Key with the stored response."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take every view as it is: none is a coroutine, and looking costs time."""
        return func

    def body_limit(self, environ: dict[str, Any]) -> int:
        """Tell how large the body of a request may be, in bytes."""
        with self.request_context(environ):
            is_file = request.endpoint in FILES
        limit: int = self.config["MAX_IMPORT_BYTES" if is_file else "MAX_CONTENT_LENGTH"]
        return limit

    def admits(self, environ: dict[str, Any]) -> bool:
        """Tell whether a caller may come in and has requests left, before a large body is read."""
        with self.request_context({**environ, PROBE: True}):
            try:
                return self.preprocess_request() is None
            except (CrowdError, HTTPException):
                return False

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view; with a key, in one transaction with the memory of its response."""
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST" or "caller" not in g or g.caller.key_id is None:
            return super().dispatch_request()
        if not key.isprintable() or not 1 <= len(key) <= MAX_KEY:
            raise Malformed(f"An Idempotency-Key has 1 to {MAX_KEY} printable characters.")
        fingerprint = _fingerprint()
        with transaction() as session:
            stored = idempotency.claim(session, g.caller.key_id, key, fingerprint)
            if stored is not None:
                replay = Response(stored.body, stored.status, mimetype="application/json")
                replay.headers["Idempotent-Replayed"] = "true"
                return replay
            response = self.make_response(super().dispatch_request())
            idempotency.keep(
                session, g.caller.key_id, key, response.status_code, _without_secrets(response)
            )
            return response


def _fingerprint() -> bytes:
    if request.endpoint == "imports.create":
        body_file()
        digest: bytes = g.body_digest
    else:
        digest = hashlib.sha256(request.get_data(cache=True)).digest()
    return hashlib.sha256(f"{request.method} {request.full_path} ".encode() + digest).digest()


def _without_secrets(response: Response) -> bytes:
    """Take the body to be remembered: what is shown once stays out of the database."""
    body = response.get_data()
    for secret in g.get("secrets", ()):
        body = body.replace(f'"{secret}"'.encode(), b"null")
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unstorable(value: Any) -> bool:
    text = json.dumps(value, ensure_ascii=False)
    return bool(_SURROGATE.search(text)) or _holds_nul(value)


def _holds_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_holds_nul(k) or _holds_nul(v) for k, v in value.items())
        case list():
            return any(map(_holds_nul, value))
    return False
