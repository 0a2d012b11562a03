"""Rooms, who is in them, the log of what happened, and the messages as they stand now."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

SLUG = r"[a-z0-9-]{1,64}"


def stream_of(room_id: int) -> str:
    """By id: an address may be used again later."""
    return f"room.{room_id}"


class Room(models.Model):
    """Where people talk. `seq` is the head of its log; the row's lock is what makes the log gapless."""

    slug = models.CharField(
        _("address"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(rf"^{SLUG}\Z", _("Use a to z, 0 to 9 and hyphens, 64 characters at most."))],
    )
    name = models.CharField(_("name"), max_length=80, validators=[ProhibitNullCharactersValidator()])
    topic = models.CharField(_("topic"), max_length=250, blank=True, validators=[ProhibitNullCharactersValidator()])
    private = models.BooleanField(_("private"), default=False)
    seq = models.BigIntegerField(default=0, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)

    # Messages of others that a member has not seen: filled in by selectors.rooms_of for the member who asks.
    unread = 0

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")

    def __str__(self) -> str:
        return self.slug

    @property
    def stream(self) -> str:
        """The name of this room's stream and channel layer group."""
        return stream_of(self.pk)


class Membership(models.Model):
    """Someone may see and say what is in a room: this row is the access."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        MEMBER = "member", _("member")

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    # What this member has seen, up to this seq.
    read_seq = models.BigIntegerField(default=0)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [models.UniqueConstraint(fields=["room", "user"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"


class Event(models.Model):
    """One durable event of a room: the log, which is only ever appended to."""

    class Kind(models.TextChoices):
        MESSAGE_POSTED = "message.posted"
        MEMBER_JOINED = "member.joined"
        MEMBER_LEFT = "member.left"
        ROOM_UPDATED = "room.updated"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Whom the event is about, where that is not who did it: the one who joined or left.
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    client_id = models.UUIDField(null=True, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "seq"], name="one_event_a_seq"),
            models.UniqueConstraint(fields=["room", "by", "client_id"], name="one_event_a_client_id"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.seq} {self.kind}"


class Message(models.Model):
    """A message as it stands now; how it came to be is in the log."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="messages")
    seq = models.BigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    client_id = models.UUIDField()
    at = models.DateTimeField()
    body = models.TextField()
    html = models.TextField()
    reply_to = models.BigIntegerField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["room", "seq"], name="one_message_a_seq")]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.seq}"
