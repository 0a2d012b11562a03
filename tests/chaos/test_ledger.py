"""The ledger finds what is wrong: were it blind, every run would pass."""

from itertools import count

import pytest

from tests.chaos.ledger import Counts, Ledger, Listener, Post

numbers = count(1)


def write(ledger: Ledger, seq: int, *, at: float = 0.0, room: str = "plaza", sender: str = "ana") -> Post:
    """A post that was acknowledged with `seq`."""
    post = Post(room, f"id-{next(numbers)}", sender, at)
    ledger.written(post)
    ledger.acknowledged(post.client_id, seq, at)
    return post


def ears(ledger: Ledger, *names: str, since: int = 0, room: str = "plaza") -> list[Listener]:
    return [ledger.listen(name, room, since=since, at=0.0) for name in names]


def hear(ledger: Ledger, listener: Listener, *posts: Post, at: float = 0.0) -> None:
    for post in posts:
        assert post.seq is not None
        ledger.delivered(listener, post.seq, post.client_id, at)


def test_all_that_arrived_once_and_in_order_is_well() -> None:
    ledger = Ledger()
    listeners = ears(ledger, "ana", "berto")
    posts = [write(ledger, seq) for seq in (1, 2, 3)]
    for listener in listeners:
        hear(ledger, listener, *posts)
    assert ledger.count_lost() == 0
    assert ledger.counts == Counts(posted=3, acknowledged=3, delivered=6)
    assert ledger.counts.kept
    assert ledger.complaints == []


@pytest.mark.parametrize("heard", [[0, 1], [1, 2], [0, 2], []], ids=["the last", "the first", "one between", "all"])
def test_what_was_acknowledged_and_did_not_arrive_is_lost(heard: list[int]) -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    posts = [write(ledger, seq) for seq in (1, 2, 3)]
    hear(ledger, berto, *(posts[index] for index in heard))
    assert ledger.count_lost() == 3 - len(heard)
    assert not ledger.counts.kept
    assert "was acknowledged and never came" in ledger.complaints[-1]


def test_a_loss_is_counted_once_however_often_it_is_looked_for() -> None:
    ledger = Ledger()
    ears(ledger, "ana", "berto")
    write(ledger, 1)
    assert ledger.count_lost() == 2
    assert ledger.count_lost() == 0
    assert ledger.counts.lost == 2


def test_what_came_later_was_late() -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    posts = [write(ledger, 1), write(ledger, 2)]
    assert ledger.count_lost() == 2
    hear(ledger, berto, posts[0])
    assert (ledger.counts.lost, ledger.late) == (2, 1)


def test_what_nobody_acknowledged_may_be_lost() -> None:
    ledger = Ledger()
    ears(ledger, "berto")
    ledger.written(Post("plaza", "id-of-nothing", "ana", 0.0))
    assert ledger.count_lost() == 0
    assert ledger.counts == Counts(posted=1)


def test_who_is_in_another_room_lacks_nothing() -> None:
    ledger = Ledger()
    ears(ledger, "carla", room="lobby")
    write(ledger, 1)
    assert ledger.count_lost() == 0


def test_an_event_that_comes_again_is_doubled() -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    first, second = write(ledger, 1), write(ledger, 2)
    hear(ledger, berto, first, second, first)
    assert (ledger.counts.doubled, ledger.counts.delivered) == (1, 2)
    assert not ledger.counts.kept


def test_a_post_under_two_seqs_is_doubled() -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    post = write(ledger, 1)
    hear(ledger, berto, post)
    ledger.delivered(berto, 2, post.client_id, 0.0)
    assert ledger.counts.doubled == 1


def test_an_ack_that_names_another_seq_than_the_first_is_doubled() -> None:
    ledger = Ledger()
    post = write(ledger, 1)
    ledger.acknowledged(post.client_id, 1, 1.0)
    assert ledger.counts == Counts(posted=1, acknowledged=1)
    ledger.acknowledged(post.client_id, 2, 2.0)
    assert ledger.counts.doubled == 1


@pytest.mark.parametrize("order", [[0, 2], [1, 0, 2], [2, 0, 1]], ids=["a gap", "two changed places", "one too early"])
def test_a_seq_that_does_not_follow_the_one_before_is_out_of_order(order: list[int]) -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    posts = [write(ledger, seq) for seq in (1, 2, 3)]
    hear(ledger, berto, *(posts[index] for index in order))
    assert ledger.counts.out_of_order > 0
    assert ledger.count_lost() == 3 - len(order)


def test_two_events_under_one_seq_are_out_of_order() -> None:
    ledger = Ledger()
    berto, carla = ears(ledger, "berto", "carla")
    post = write(ledger, 1)
    hear(ledger, berto, post)
    ledger.delivered(carla, 1, "another", 0.0)
    assert ledger.counts.out_of_order == 1


def test_a_room_read_afresh_counts_for_what_it_held() -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    posts = [write(ledger, seq) for seq in (1, 2, 3, 4)]
    hear(ledger, berto, posts[0])
    ledger.read(berto, {1: posts[0].client_id, 2: posts[1].client_id, 3: posts[2].client_id}, 3, 1.0)
    hear(ledger, berto, posts[3])
    assert ledger.count_lost() == 0
    assert ledger.counts == Counts(posted=4, acknowledged=4, delivered=4)
    assert ledger.read_afresh == 1


def test_a_room_read_afresh_that_lacks_one_has_lost_it() -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    posts = [write(ledger, seq) for seq in (1, 2, 3)]
    ledger.read(berto, {1: posts[0].client_id, 3: posts[2].client_id}, 3, 1.0)
    assert ledger.count_lost() == 1


def test_who_lacks_what_was_acknowledged_by_then_is_behind() -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    post = write(ledger, 1, at=10.0)
    assert not ledger.behind(berto, by=9.0)
    assert ledger.behind(berto, by=10.0)
    hear(ledger, berto, post)
    assert not ledger.behind(berto, by=10.0)


def test_a_silence_begins_with_what_could_have_been_heard() -> None:
    ledger = Ledger()
    [berto] = ears(ledger, "berto")
    hear(ledger, berto, write(ledger, 1, at=100.0), at=100.5)
    assert ledger.longest_silence == 0.5
    hear(ledger, berto, write(ledger, 2, at=200.0), at=207.0)
    assert ledger.longest_silence == 7.0
    third, fourth = write(ledger, 3, at=300.0), write(ledger, 4, at=300.0)
    hear(ledger, berto, third, at=306.0)
    hear(ledger, berto, fourth, at=309.0)
    assert ledger.longest_silence == 7.0


def test_the_log_is_compared_with_what_was_acknowledged() -> None:
    ledger = Ledger()
    posts = [write(ledger, seq, at=float(seq)) for seq in (5, 6, 7)]
    log = [(post.seq or 0, post.client_id) for post in posts]
    ledger.audit("plaza", log, since=4)
    assert ledger.counts.kept
    ledger.audit("plaza", log[:2], since=4)
    assert ledger.counts.lost == 1


@pytest.mark.parametrize(
    ("log", "wrong"),
    [
        ([(1, "a"), (3, "b")], Counts(out_of_order=1)),
        ([(2, "a"), (3, "b")], Counts(out_of_order=1)),
        ([(1, "a"), (2, "b"), (3, "a")], Counts(doubled=1)),
        ([(1, None), (2, "a")], Counts()),
    ],
    ids=["a gap", "a gap at the start", "a post twice", "an event that is no message"],
)
def test_a_log_that_is_wrong_by_itself_is_found(log: list[tuple[int, str | None]], wrong: Counts) -> None:
    ledger = Ledger()
    ledger.audit("plaza", log, since=0)
    assert ledger.counts == wrong


def test_one_persons_posts_that_changed_places_are_out_of_order() -> None:
    ledger = Ledger()
    later, earlier = write(ledger, 1, at=2.0), write(ledger, 2, at=1.0)
    ledger.audit("plaza", [(1, later.client_id), (2, earlier.client_id)], since=0)
    assert ledger.counts.out_of_order == 1
    ledger = Ledger()
    later, earlier = write(ledger, 1, at=2.0, sender="ana"), write(ledger, 2, at=1.0, sender="berto")
    ledger.audit("plaza", [(1, later.client_id), (2, earlier.client_id)], since=0)
    assert ledger.counts.kept
