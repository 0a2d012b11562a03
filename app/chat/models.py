"""Rooms, who is in them, the log of what happened, and the messages as they stand now."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

SLUG = r"[a-z0-9-]{1,64}"


def stream_of(room_id: int) -> str:
    """By id: an address may be used again later."""
    return f"room.{room_id}"


class Room(models.Model):
    """Where people talk. `seq` is the head of its log; the row's lock is what makes the log gapless."""

    class Kind(models.TextChoices):
        ROOM = "room", _("room")
        # Between the same people for ever: nobody joins it, leaves it or renames it.
        DIRECT = "direct", _("direct messages")

    slug = models.CharField(
        _("address"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(rf"^{SLUG}\Z", _("Use a to z, 0 to 9 and hyphens, 64 characters at most."))],
    )
    name = models.CharField(_("name"), max_length=80, validators=[ProhibitNullCharactersValidator()])
    topic = models.CharField(_("topic"), max_length=250, blank=True, validators=[ProhibitNullCharactersValidator()])
    private = models.BooleanField(_("private"), default=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ROOM, db_default=Kind.ROOM)
    # Of direct messages: the ids of who is in it, in order, so that the same people have one.
    direct_key = models.CharField(max_length=200, unique=True, null=True, blank=True, editable=False)
    # Since when nothing is said in it any more; it can still be read.
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    seq = models.BigIntegerField(default=0, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)

    # Filled in by selectors.rooms_of for the member who asks: messages of others that they have not seen, those of them
    # that name them, their membership, and of direct messages the others.
    unread = 0
    mentions = 0
    mine: "Membership | None" = None
    people: "Sequence[User]" = ()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")

    def __str__(self) -> str:
        return self.slug

    @property
    def stream(self) -> str:
        """The name of this room's stream and channel layer group."""
        return stream_of(self.pk)

    @property
    def title(self) -> str:
        """What the member who asks calls it: direct messages have the names of the others."""
        return ", ".join(person.username for person in self.people) or self.name

    @property
    def archived(self) -> bool:
        return self.archived_at is not None


class Membership(models.Model):
    """Someone may see and say what is in a room: this row is the access."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        MODERATOR = "moderator", _("moderator")
        MEMBER = "member", _("member")

    class Notify(models.TextChoices):
        EVERYTHING = "everything", _("every message")
        MENTIONS = "mentions", _("mentions only")
        NOTHING = "nothing", _("nothing")

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    # What this member has seen, up to this seq.
    read_seq = models.BigIntegerField(default=0)
    # What of this room a person wants to be told of while they look elsewhere.
    notify = models.CharField(
        _("notices"), max_length=10, choices=Notify.choices, default=Notify.MENTIONS, db_default=Notify.MENTIONS
    )
    # Until when this member may read and not write.
    muted_until = models.DateTimeField(_("muted until"), null=True, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [models.UniqueConstraint(fields=["room", "user"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"

    @property
    def muted(self) -> bool:
        return self.muted_until is not None and self.muted_until > timezone.now()


# The kinds of events that owners read in the room's log (chat/room_log.py).
DONE = ("member.changed", "member.joined", "member.left", "message.deleted", "room.updated")


class Event(models.Model):
    """One durable event of a room: the log, which is only ever appended to."""

    class Kind(models.TextChoices):
        MESSAGE_POSTED = "message.posted"
        MESSAGE_EDITED = "message.edited"
        MESSAGE_DELETED = "message.deleted"
        REACTION_ADDED = "reaction.added"
        REACTION_REMOVED = "reaction.removed"
        MEMBER_JOINED = "member.joined"
        MEMBER_LEFT = "member.left"
        MEMBER_CHANGED = "member.changed"
        ROOM_UPDATED = "room.updated"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Whom the event is about, where that is not who did it: the one who joined, left or was changed; the author of a
    # message that somebody else deleted.
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
        indexes: ClassVar = [
            # What is not said but done: few among the many, and looked for backwards (chat/room_log.py).
            models.Index(fields=["room", "-seq"], name="done_in_a_room", condition=models.Q(kind__in=DONE)),
            # The edits of a message that is deleted are emptied.
            models.Index(fields=["room", "seq"], name="edits_in_a_room", condition=models.Q(kind="message.edited")),
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


class Mention(models.Model):
    """A message names a member of its room: what counts the mentions that somebody has not seen."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "room", "seq"], name="one_mention")]

    def __str__(self) -> str:
        return f"{self.user} in {self.room_id}/{self.seq}"


class Reaction(models.Model):
    """An emoji that somebody put to a message, as it stands now."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    emoji = models.CharField(max_length=32)
    # Of the event that added it, or of the one that first put this emoji to the message (chat/reactions.py).
    seq = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "user", "emoji"], name="one_reaction_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.emoji} of {self.user}"


class Upload(models.Model):
    """A file that somebody brought into a room; `message` is the one that shows it, once that is posted."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="uploads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="uploads", null=True, blank=True)
    # Its place among the files of its message.
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=255)
    # Bytes.
    size = models.BigIntegerField()
    # The media type, judged by the content.
    type = models.CharField(max_length=100)
    # Pixels, of a picture that browsers may show, and of its thumbnail.
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    thumb_width = models.PositiveIntegerField(null=True, blank=True)
    thumb_height = models.PositiveIntegerField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.name
