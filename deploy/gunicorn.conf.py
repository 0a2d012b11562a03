"""How gunicorn runs the web role. The knobs are WEB_CONCURRENCY and WEB_THREADS."""

import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment

try:
    env = Environment()
    workers = env.number("WEB_CONCURRENCY", 2)
    threads = env.number("WEB_THREADS", 4)
    env.refuse_problems()
    # gunicorn's own lines go where the application's go, in the same form. nginx logs the requests.
    logconfig_dict = settings.LOGGING | {
        "loggers": settings.LOGGING["loggers"]
        | {
            "gunicorn.error": {"handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False},
        }
    }
except ImproperlyConfigured as error:
    sys.exit(f"tertulia: {error}")

bind = "0.0.0.0:8000"
# gthread, with an end in which nothing that nginx sent is lost.
pythonpath = "../deploy"
worker_class = "gunicorn_worker.Worker"

# The application is loaded once and forked: a mistake in it is said once, and the workers share its memory.
preload_app = True

# Heartbeat files, in memory: on a disk, one slow sync looks like a hung worker.
worker_tmp_dir = "/dev/shm"

# Longer than nginx keeps an idle connection (1 s): the side that sends requests must be the one that lets go. A worker
# that leaves still keeps them for 2 s, so that this holds to the end.
keepalive = 75

# A leak in a library has an end. The jitter keeps the workers from leaving together.
max_requests = 20_000
max_requests_jitter = 2_000

# Requests in flight may finish; a little less than the container's own grace (STOP_GRACE, 30 s).
graceful_timeout = 25

# Only nginx reaches this port, and it overwrites what it forwards. Of what clients send, nothing else is believed.
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
forwarder_headers = ""

# As much as nginx lets through (large_client_header_buffers).
limit_request_line = 8190

# A control interface nobody uses, which would want a writable home.
control_socket_disable = True
