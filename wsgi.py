"""For any WSGI server: `granian --interface wsgi wsgi:app`."""

from config import load_settings
from crowd.app import create_app

app = create_app(load_settings())
