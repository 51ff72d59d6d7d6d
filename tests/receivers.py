"""A real HTTP server that receives webhooks, and builders around it."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import func, select, update

from crowd.models import OutboxEvent, WebhookDelivery, WebhookEndpoint
from crowd.services import deliveries, webhooks
from crowd.services.webhooks import EVERY_TOPIC
from tests.factories import World


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


#: Writes the answer to a request.
Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


@dataclass
class Receiver:
    url: str
    answer: Answer = field(default_factory=lambda: status(204))
    got: list[Received] = field(default_factory=list)


@contextmanager
def receiving(
    answer: Answer | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Run a receiver on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Received(self.path, names, body.decode()))
            receiver.answer(self)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up, or does not trust us, is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        receiver = Receiver(f"{scheme}://localhost:{server.server_port}/hook?key=1")
        if answer is not None:
            receiver.answer = answer
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def listen(
    world: World, kind: str, url: str = "https://192.0.2.1/", topics: Sequence[str] = ()
) -> WebhookEndpoint:
    """Give one of the world's tenants an endpoint."""
    return webhooks.create(world.session, getattr(world, kind), url=url, topics=topics)


def spread(world: World) -> int:
    """Spread every event there is, as the relay and the job would."""
    query = select(OutboxEvent).where(OutboxEvent.topic.in_(EVERY_TOPIC))
    events = world.session.scalars(query.order_by(OutboxEvent.id)).all()
    return deliveries.spread(world.session, events)


def forget_events(world: World) -> None:
    """Leave behind what building the world has caused."""
    world.session.query(OutboxEvent).delete()


def sent_to(world: World, endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
    """Read an endpoint's deliveries, the oldest first."""
    query = select(WebhookDelivery).filter_by(endpoint_id=endpoint.id)
    return list(
        world.session.scalars(
            query.order_by(WebhookDelivery.event_id, WebhookDelivery.id),
            execution_options={"populate_existing": True},
        )
    )


def topics_sent_to(world: World, endpoint: WebhookEndpoint) -> list[str]:
    return [delivery.topic for delivery in sent_to(world, endpoint)]


def let_fall_due(world: World) -> None:
    """Move the next attempt of everything pending to now."""
    world.session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.state == "pending")
        .values(next_attempt_at=func.now())
    )
    world.session.expire_all()
