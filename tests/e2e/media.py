"""A host that keeps pictures, sounds and films, other than the service's own."""

from __future__ import annotations

import base64
import io
import threading
import wave
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: A third of a second of changing colours, 16 by 16 pixels.
FILM = base64.b64decode(
    "GkXfo59ChoEBQveBAULygQRC84EIQoKEd2VibUKHgQRChYECGFOAZwEAAAAAAAI4EU2bdLlNu4tTq4QVSalmU6yBbk27"
    "i1OrhBZUrmtTrIGTTbuLU6uEH0O2dVOsgcFNu4xTq4QcU7trU6yCAibsrgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAVSalmoCrXsYMPQkBEiYRDuedtTYCGQ2hyb21lV0GGQ2hyb21lFlSua6mup9eBAXPF"
    "h9w9N5ix1V6DgQFV7oEBhoVWX1ZQOOCKsIEQuoEQU8CBAR9DtnUBAAAAAAABWeeBAKDoob2BAAAA8AIAnQEqEAAQAAAH"
    "CIWFiJmEiAEkEBOtUB/AH9AQam9w/vwp0f/Nc7kIjf+a7f/5LgGcAzg/+ScAdaGmpqTugQGlnxACAJ0BKhAAEAABhwiF"
    "hYiZhIgIAgAMDWAA/v5N4ACgzqGugQB4ALEBAAAQFAAYADA/9AwAwgD++ziD/7/X508c7/3+x/+1nJf6zkv9aH8kgHWh"
    "mKaW7oEBpZGxAQAGEFwAGAAYWC/0AAgAAPuBAKDMoayBAPoAsQEAABAJIADAAYH/oGAGEP76uT//ln7B3t3/LQv/8qDj"
    "wceD//KTQHWhmKaW7oEBpZGxAQAGEFQAGAAYWC/0AAgAAPuBeKDMoayBAXMAsQEAABAJIADAAYH/oGAHeP79IUX/9sz+"
    "C4WZ/9s0f/jKC3wBv+LmAHWhmKaW7oEBpZGxAQAGEEwAGAAYWC/0AAgAAPuB+hxTu2uNu4uzgQC3hveBAfGBwQ=="
)


def picture(width: int = 64, height: int = 48) -> bytes:
    """Make a PNG of one colour."""
    row = b"\0" + b"\x52\x4e\xd2" * width
    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0"
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(row * height)), (b"IEND", b"")]
    chunks = [
        len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)
        for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def sound(seconds: float = 1.0) -> bytes:
    """Make a WAV of silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", "not compressed"))
        file.writeframes(b"\x80" * int(8000 * seconds))
    return made.getvalue()


class MediaHost:
    """Serves `/a.png`, `/a.wav` and `/a.webm`; anything else is missing."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        files = {"/a.png": picture(), "/a.wav": sound(), "/a.webm": FILM}
        kinds = {"png": "image/png", "wav": "audio/wav", "webm": "video/webm"}
        host = self

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                host.asked.append(path)
                self.send_response(200 if path in files else 404)
                body = files.get(path, b"")
                self.send_header("Content-Type", kinds.get(path.rpartition(".")[2], "text/plain"))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def item(self) -> dict[str, str]:
        """An item with a picture, a sound and a film."""
        named = {"photo": "a.png", "voice": "a.wav", "film": "a.webm"}
        return {name: f"{self.origin}/{file}" for name, file in named.items()}


@contextmanager
def media_host() -> Iterator[MediaHost]:
    """Keep a host up for as long as a test takes."""
    host = MediaHost()
    thread = threading.Thread(target=host.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield host
    finally:
        host.server.shutdown()
        thread.join()
        host.server.server_close()
