"""The change: a post goes to a database thread by itself, as many at once as there are threads."""

from typing import TYPE_CHECKING

from django.apps import AppConfig

from realtime.database import in_database

if TYPE_CHECKING:
    from chat.poster import Poster
    from chat.posting import Draft, Posted


class OneEachConfig(AppConfig):
    """Takes the place of the poster's way when the process starts."""

    name = "tests.load.scenarios.one_each"

    def ready(self) -> None:
        from chat.poster import Poster

        Poster.post = post_alone  # type: ignore[method-assign]


async def post_alone(self: "Poster", draft: "Draft") -> "Posted":
    """Raises what Poster.post raises."""
    from chat.posting import write_post

    return await in_database(write_post, draft)
