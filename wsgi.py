"""For any WSGI server: `granian --interface wsgi wsgi:app`."""

import signal
from multiprocessing import parent_process

from config import load_settings
from crowd.app import create_app
from crowd.servers.launch import die_with

# a server killed outright leaves its workers behind, which would answer on its port for ever and
# hear nothing but SIGKILL; one that is already gone by now has left us behind too
if (parent := parent_process()) is not None and parent.pid is not None:
    die_with(parent.pid, signal.SIGKILL)

app = create_app(load_settings())
