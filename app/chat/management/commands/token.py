"""manage.py token: make, list and revoke the tokens with which programs speak."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.tokens import issue_token, list_tokens, revoke_token
from chat.errors import ChatError, described
from chat.joining import program_in_rooms


class Command(BaseCommand):
    help = "Prints a new token for the program NAME, making its account and joining it to rooms where needed."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("name", nargs="?", help="the program's name")
        what.add_argument("--list", action="store_true", help="list all tokens by number")
        what.add_argument("--revoke", type=int, metavar="NUMBER", help="revoke the token with this number")
        parser.add_argument(
            "--room", action="append", default=[], metavar="SLUG", help="a room to join; repeat for more"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.list()
        elif options["revoke"] is not None:
            self.revoke(options["revoke"])
        else:
            self.issue(options["name"], options["room"])

    def issue(self, name: str, slugs: list[str]) -> None:
        try:
            with transaction.atomic():
                token = issue_token(user=program_in_rooms(name=name, slugs=slugs))
        except ChatError as error:
            raise CommandError(error.message) from error
        except ValidationError as error:
            raise CommandError(described(error)) from error
        # Alone on standard output, so that a script can take it; it is not stored and cannot be shown again.
        self.stdout.write(token)

    def list(self) -> None:
        for token in list_tokens():
            self.stdout.write(
                f"{token.pk}\t{token.user.username}\t{token.hint}…\t{token.created_at:%Y-%m-%d %H:%M} UTC"
            )

    def revoke(self, number: int) -> None:
        if not revoke_token(token_id=number):
            raise CommandError(f"There is no token number {number}; --list shows them.")
        self.stdout.write(f"Token {number} is revoked; its connections are being closed.")
