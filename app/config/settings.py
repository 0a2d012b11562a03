"""Django's settings, all read from the environment.

.env.example lists every variable with its default and why. Safe unless DEBUG is asked for; what is wrong stops the
start with the name of the variable and the mend.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff

from config.environment import Environment, host_of, writable_folder
from config.logging import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = BASE_DIR.parent / "var"

env = Environment()

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret_key()

# --- Where people reach us ---------------------------------------------------------------------------------------

ORIGINS = env.origins(["http://localhost:8000", "http://127.0.0.1:8000"] if DEBUG else [])
ALLOWED_HOSTS = sorted({host_of(origin) for origin in ORIGINS})
CSRF_TRUSTED_ORIGINS = ORIGINS
BEHIND_TLS = all(origin.startswith("https://") for origin in ORIGINS)

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_AGE = env.number("SESSION_DAYS", 30, at_most=3650) * 86_400
SESSION_ENGINE = "accounts.sessions"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 0, at_least=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Whoever ends TLS redirects plain HTTP (W008). HSTS is the operator's promise to make (W004), for this host alone
# (W005, W021). In the place of axes' middleware stands one of ours (axes.W002).
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W005", "security.W008", "security.W021", "axes.W002"]

# Browsers disagree on whether 'self' covers ws://, so our sockets' addresses are spelled out.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "connect-src": ["'self'", *(origin.replace("http", "ws", 1) for origin in ORIGINS)],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Parts -------------------------------------------------------------------------------------------------------

LAB = env.flag("LAB", default=DEBUG)

INSTALLED_APPS = [
    "daphne",  # first: it takes over runserver
    "channels",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "axes",
    "realtime",
    "accounts",
    "chat",
    "lab",
    "ops",
]

MIDDLEWARE = [
    "ops.request_id.RequestIdMiddleware",
    "ops.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.FirstRunMiddleware",
    "accounts.middleware.TooManyAttemptsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Data --------------------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_database = env.database(f"sqlite:///{writable_folder(STATE_DIR) / 'tertulia.sqlite3'}" if DEBUG else "")
_password = env.text("DATABASE_PASSWORD")
_pool_size = env.number("DATABASE_POOL_SIZE", 8, at_least=2)
if _password:
    _database["PASSWORD"] = _password
if _database.get("ENGINE") == "django.db.backends.postgresql":
    # A pooled connection goes back after each use, whichever thread that was; the pool wants CONN_MAX_AGE = 0.
    _database["CONN_MAX_AGE"] = 0
    # One round trip at each use, so that a connection which the database dropped meanwhile costs nobody an error.
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        # reconnect_timeout: by itself the pool tries with growing pauses for five minutes, and stays blind as long.
        "pool": {"min_size": 1, "max_size": _pool_size, "timeout": 3, "reconnect_timeout": 3},
        "connect_timeout": 3,
        # Who waits for a room's lock gives up after this, so that one room cannot take all threads of a worker.
        "options": "-c lock_timeout=3s",
        # A database that vanished without a word, or came back under another address, is noticed: s, s, ms.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "tcp_user_timeout": 4_000,
    }
if _database.get("ENGINE") == "django.db.backends.sqlite3":
    # A transaction takes the write lock at its start: it waits for its turn instead of failing half-way.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
DATABASES: dict[str, Any] = {"default": _database}

REDIS_URL = env.redis_url()
_processes = env.number("WEB_CONCURRENCY", 1)
if not REDIS_URL and not DEBUG:
    env.problem(
        "REDIS_URL",
        "is missing, and a channel layer in memory cannot reach other processes",
        "Set it to redis://host:6379/0, or DEBUG=true for one process on your own machine",
    )
elif not REDIS_URL and _processes > 1:
    env.problem(
        "WEB_CONCURRENCY",
        f"is {_processes}, but a channel layer in memory serves one process",
        "Set REDIS_URL to redis://host:6379/0, or WEB_CONCURRENCY to 1",
    )

# The layer makes its own pool: what it must survive is said here. socket_timeout: redis-py's default of 5 s would
# end an idle subscription. 12 tries are about 8 s of a restarting Redis.
_redis_host = {
    "address": REDIS_URL,
    "socket_timeout": None,
    "max_connections": 1000,
    "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=1), 12),
}
CHANNEL_LAYERS: dict[str, Any] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [_redis_host], "prefix": "tertulia"},
    }
    if REDIS_URL
    # The relay reads one channel for a whole process: the default of 100 waiting messages is meant for one socket.
    else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
}

# --- Who is who --------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# The first asks whether whoever signs in has to wait, and knows nobody.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "rooms"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# In the stack only nginx reaches us, and says from where a request came (accounts/addresses.py).
BEHIND_NGINX = not DEBUG

# Whoever guesses passwords waits: so many failures for one name from one address, so long a pause. The failures are
# rows of the database, which all workers share, and which the next failure clears away when their time is over.
AXES_FAILURE_LIMIT = env.number("SIGN_IN_FAILURES", 10, at_least=3, at_most=1000)
AXES_COOLOFF_TIME = timedelta(minutes=env.number("SIGN_IN_PAUSE_MINUTES", 15, at_most=1440))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "accounts.failed_sign_ins.FailedSignIns"
AXES_USERNAME_CALLABLE = "accounts.failed_sign_ins.name_meant"
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_address"
AXES_RESET_ON_SUCCESS = True
# An attempt during the pause is refused without a look at it, and does not make the pause longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Who signed in when is not kept. What a form held is not either: these fields are masked, as `password` is.
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "old_password", "new_password1", "new_password2", "csrfmiddlewaretoken"]
AXES_VERBOSE = False
# accounts/admin.py shows what there is.
AXES_ENABLE_ADMIN = False

# --- Languages and time ------------------------------------------------------------------------------------------

LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "en", ("en", "es"))
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = env.time_zone("UTC")

# --- Static files ------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(STATE_DIR / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.storage.HashedStaticFilesStorage"
    },
}

# --- Uploads -----------------------------------------------------------------------------------------------------

# nginx and the workers share this folder; chat/upload_files.py says what lies in it.
UPLOADS_ROOT = env.text("UPLOADS_ROOT", str(STATE_DIR / "uploads"))
# Whether nginx sends the files (X-Accel-Redirect). Else we do.
UPLOADS_BY_NGINX = env.flag("UPLOADS_BY_NGINX", default=False)
UPLOAD_MAX_BYTES = env.number("UPLOAD_MAX_BYTES", 20_971_520, at_least=65_536, at_most=1_073_741_824)
UPLOADS_SPARE_BYTES = env.number("UPLOADS_SPARE_BYTES", 1_073_741_824, at_least=0)
FILE_UPLOAD_HANDLERS = ["chat.upload_handler.IntoUploads"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1

# --- Sockets -----------------------------------------------------------------------------------------------------

RELAY_LOG = "chat.log.RoomLog"
RELAY_ORDERS = "accounts.revocation.Revocations"
FRAMES_PER_SECOND = env.number("FRAMES_PER_SECOND", 20)
FRAMES_BURST = env.number("FRAMES_BURST", 60)
# Frames of one socket that wait for their turn: as many as it may send while one of them waits ten seconds.
FRAMES_WAITING = FRAMES_BURST + 10 * FRAMES_PER_SECOND
MAX_SUBSCRIPTIONS = env.number("MAX_SUBSCRIPTIONS", 100)
MAX_SOCKETS_PER_USER = env.number("MAX_SOCKETS_PER_USER", 20)
SLOW_READER_BYTES = env.number("SLOW_READER_BYTES", 1_048_576, at_least=65_536)
# Threads that held every connection of the pool would leave none for the relay.
WS_THREADS = env.number("WS_THREADS", min(6, _pool_size - 1))
if _pool_size <= WS_THREADS:
    env.problem(
        "WS_THREADS",
        f"is {WS_THREADS}, which leaves nothing of DATABASE_POOL_SIZE, {_pool_size}, for the relay",
        "Set it lower than DATABASE_POOL_SIZE, or DATABASE_POOL_SIZE higher",
    )
# Seconds. A half-dead peer is gone after the two together. The timeout lies below the interval: above it, an answered
# later ping would not save a socket that missed an earlier one (docs/decisions.md).
PING_INTERVAL = env.number("PING_INTERVAL", 20, at_least=2, at_most=60)
PING_TIMEOUT = PING_INTERVAL * 3 / 4
DRAIN_SECONDS = env.number("DRAIN_SECONDS", 0 if DEBUG else 10, at_least=0)
# docs/protocol.md: a frame over 64 KiB closes the socket with 1009. runserver reads these two names.
DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE = DAPHNE_WEBSOCKET_MAX_FRAME_SIZE = 65_536

# --- Logs --------------------------------------------------------------------------------------------------------

LOGGING = logging_config(
    level=env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    style=env.choice("LOG_FORMAT", "text" if DEBUG else "json", ("json", "text")),
)

env.refuse_problems()
