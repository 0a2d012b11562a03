from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        # `runserver`, which Daphne takes over, starts the server that the stack runs.
        from daphne.management.commands import runserver

        from realtime.server import Server

        runserver.Command.server_cls = Server
