"""`app` is for any WSGI server; `gate`, which guards it from slow clients, is for `crowd web`.

Behind a WSGI server of your own, a proxy has to take bodies in before it passes them on.
"""

import gc
import signal
from multiprocessing import parent_process

from config import load_settings
from crowd.app import create_app
from crowd.gate import Gate
from crowd.servers.launch import die_with

# a server killed outright leaves its workers behind, which would answer on its port for ever and
# hear nothing but SIGKILL; one that is already gone by now has left us behind too
if (parent := parent_process()) is not None and parent.pid is not None:
    die_with(parent.pid, signal.SIGKILL)

settings = load_settings()
app = create_app(settings)
gate = Gate(
    app,
    threads=settings.web_threads,
    usual_limit=settings.max_body_bytes,
    patience_s=settings.body_patience_s,
)
# what has been made by now stays for ever: the collector need not look at it again and again, nor
# interrupt a request for a few hundred objects that are gone by themselves when it ends
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
