"""manage.py first_run NAME: the first run without a browser, for automation."""

import getpass
import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import AlreadySetUp
from chat.errors import described
from chat.first_run import first_run
from chat.services import LOBBY

PASSWORD_VARIABLE = "FIRST_RUN_PASSWORD"  # noqa: S105 - a name, not a password


class Command(BaseCommand):
    help = (
        "Makes the administrator and the first room, once. The password is read from the variable "
        f"{PASSWORD_VARIABLE}, or asked for: as an argument it would be seen in the list of processes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the administrator's name")
        parser.add_argument("--room", default="Lobby", help="the name of the first room (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get(PASSWORD_VARIABLE) or getpass.getpass("Password: ")
        try:
            administrator = first_run(name=options["name"], password=password, room=options["room"])
        except AlreadySetUp as error:
            raise CommandError("The first run has been done already; nothing was changed.") from error
        except ValidationError as error:
            raise CommandError(described(error)) from error
        self.stdout.write(f"{administrator} is the administrator; the first room is at /rooms/{LOBBY}/.")
