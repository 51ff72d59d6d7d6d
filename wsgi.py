"""For any WSGI server: `granian --interface wsgi wsgi:app`."""

import os
import signal

from config import load_settings
from crowd.app import create_app
from crowd.servers.launch import die_with

# a server killed outright leaves its workers behind, which would answer on its port for ever and
# hear nothing but SIGKILL
die_with(os.getppid(), signal.SIGKILL)

app = create_app(load_settings())
