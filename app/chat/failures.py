"""What goes wrong on our side becomes an answer, so that the socket and the worker live on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from redis import RedisError

from chat.errors import ChatError, Unavailable
from realtime.database import DATABASE_GONE

logger = logging.getLogger(__name__)


@contextmanager
def failures_answered() -> Iterator[None]:
    """Turn whatever is raised inside, but for our own named errors, into Unavailable; the log has the traceback."""
    try:
        yield
    except ChatError:
        raise
    except (*DATABASE_GONE, RedisError) as error:
        logger.warning("the database or Redis did not answer", extra={"error": str(error)})
        raise Unavailable from error
    except Exception as error:
        logger.exception("a request failed")
        raise Unavailable from error
