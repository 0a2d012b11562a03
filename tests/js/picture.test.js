import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Picture } from '../../app/chat/static/chat/picture.js';
import { event } from './surroundings.js';

const ana = { id: 1, name: 'ana' };
const berto = { id: 2, name: 'berto' };

const message = (seq, by = berto, client_id = `id-${seq}`) => ({
  seq, client_id, by, at: '2026-11-22T10:00:00.000Z', body: `message ${seq}`, html: `<p>message ${seq}</p>`,
});
const post = (state, more = {}) => ({ room: 'lobby', client_id: 'mine', body: 'hola', at: 0, state, ...more });
const ours = (seq) => event(seq, { by: ana, data: { client_id: 'mine', body: 'hola', html: '<p>hola</p>' } });
const shown = (picture) => picture.items.map((item) => item.message?.seq ?? item.event?.kind ?? item.post.state);

function pictureOf(seq, messages, more = false) {
  const picture = new Picture(ana);
  picture.load({ seq, more, messages });
  return picture;
}

test('a page, an older page above it, an event below it', () => {
  const picture = pictureOf(5, [message(4), message(5)], true);
  assert.equal(picture.oldest, 4);
  picture.prepend({ seq: 5, more: false, messages: [message(1), message(3)] });
  picture.apply(event(6));
  assert.deepEqual([shown(picture), picture.oldest, picture.more, picture.seq], [[1, 3, 4, 5, 6], 1, false, 6]);
});

test('a page goes on opening a group when there is more above it', () => {
  const picture = pictureOf(5, [message(4), message(5)], true);
  picture.prepend({ seq: 5, more: true, messages: [message(2), message(3)] });
  assert.deepEqual(picture.items.map(({ opens }) => opens), [true, false, true, false]);
});

test('an event that the page held already changes nothing', () => {
  const picture = pictureOf(5, [message(5)]);
  picture.apply(event(5));
  assert.deepEqual(shown(picture), [5]);
});

test('a post of ours is shown at once, and its event takes its place under the same key', () => {
  const picture = pictureOf(5, [message(5)]);
  picture.post(post('queued'));
  picture.post(post('sent'));
  const [, before] = picture.items;
  picture.apply(event(6));
  picture.post(post('delivered', { seq: 7 }));
  assert.deepEqual(shown(picture), [5, 6, 'delivered']);
  picture.apply(ours(7));
  assert.deepEqual(shown(picture), [5, 6, 7]);
  assert.equal(picture.items[2].key, before.key);
  assert.equal(picture.items[2].mine, true);
});

test('the event may come before the ack', () => {
  const picture = pictureOf(5, []);
  picture.post(post('queued'));
  picture.apply(ours(6));
  picture.post(post('queued'));
  picture.post(post('sent'));
  picture.post(post('delivered', { seq: 6 }));
  assert.deepEqual(shown(picture), [6]);
});

test('a duplicate of something older than what is shown is not shown', () => {
  const picture = pictureOf(500, [message(500)]);
  picture.post(post('queued'));
  picture.post(post('delivered', { seq: 3, duplicate: true }));
  assert.deepEqual(shown(picture), [500]);
});

test('a post of another tab, or of a page before this one, is shown as it stands', () => {
  const picture = pictureOf(5, [message(4, ana, 'arrived')]);
  for (const state of ['failed', 'sent', 'queued']) picture.post(post(state, { client_id: state }));
  picture.post(post('delivered', { client_id: 'never seen', seq: 9 }));
  picture.post(post('sent', { client_id: 'arrived' }));
  assert.deepEqual(shown(picture), [4, 'failed', 'sent', 'queued']);
});

test('a failed post stays below until it is discarded', () => {
  const picture = pictureOf(5, []);
  picture.post(post('queued'));
  picture.post(post('failed', { code: 'too_long' }));
  picture.apply(event(6));
  assert.deepEqual(shown(picture), [6, 'failed']);
  picture.post(post('discarded'));
  assert.deepEqual(shown(picture), [6]);
});

test('somebody else with the same client_id is somebody else', () => {
  const picture = pictureOf(5, []);
  picture.post(post('queued'));
  picture.apply(event(6, { data: { client_id: 'mine', body: 'x', html: 'x' } }));
  assert.deepEqual(shown(picture), [6, 'queued']);
});

test('a post does not stand before what is on the page, however slow our clock is', () => {
  const picture = pictureOf(5, [message(5)]);
  picture.post(post('queued'));
  assert.equal(picture.items[1].at, picture.items[0].at);
});

test('starting afresh keeps what is on its way and drops what arrived meanwhile', () => {
  const picture = pictureOf(5, [message(5)]);
  picture.post(post('queued'));
  picture.post(post('queued', { client_id: 'other' }));
  picture.load({ seq: 900, more: true, messages: [message(899), message(900, ana, 'mine')] });
  assert.deepEqual(shown(picture), [899, 900, 'queued']);
});

test('who comes and goes, and what the room is called, is told in the list', () => {
  const picture = pictureOf(5, []);
  for (const [seq, kind] of [[6, 'member.joined'], [7, 'member.left'], [8, 'room.updated']]) {
    picture.apply(event(seq, { kind, data: {} }));
  }
  assert.deepEqual(shown(picture), ['member.joined', 'member.left', 'room.updated']);
});

test('an event of a kind that is not known yet only counts', () => {
  const picture = pictureOf(5, []);
  picture.apply(event(6, { kind: 'poll.opened' }));
  assert.deepEqual([shown(picture), picture.seq], [[], 6]);
});

// --- edits, deletes and reactions ---

const EDITED = { of: 5, body: 'better', html: '<p>better</p>', mentions: [1] };
const edited = (seq, more = {}) => event(seq, { kind: 'message.edited', by: berto, data: { client_id: `e${seq}`, ...EDITED }, ...more });
const deleted = (seq, of = 5) => event(seq, { kind: 'message.deleted', by: berto, data: { client_id: `d${seq}`, of } });
const react = (seq, by, emoji = '👍', kind = 'added') => (
  event(seq, { kind: `reaction.${kind}`, by, data: { client_id: `r${seq}`, of: 5, emoji } })
);
const write = (kind, more = {}) => ({ room: 'lobby', client_id: 'write', kind, of: 5, at: 0, state: 'queued', ...more });
const five = (picture) => picture.items.find(({ seq }) => seq === 5).message;
const chips = (message) => message.reactions.map(({ emoji, users }) => [emoji, ...users.map(({ name }) => name)].join(' '));

test('an edit changes the text, and says when', () => {
  const picture = pictureOf(5, [message(5)]);
  picture.apply(edited(6));
  const { body, html, mentions, edited_at } = five(picture);
  assert.deepEqual([body, html, mentions, edited_at], ['better', '<p>better</p>', [1], event(6).at]);
});

test('a deleted message keeps its place and nothing else', () => {
  const picture = pictureOf(5, [{ ...message(5), reactions: [{ emoji: '👍', users: [ana] }], uploads: [{ id: 'x' }] }]);
  picture.apply(deleted(6));
  picture.apply(edited(7));
  const { body, html, deleted: gone, reactions, uploads, edited_at } = five(picture);
  assert.deepEqual([body, html, gone, reactions, uploads, edited_at], ['', '', true, [], [], null]);
  assert.equal(picture.items.length, 1);
});

test('reactions come and go by person and emoji', () => {
  const picture = pictureOf(5, [message(5)]);
  for (const one of [react(6, ana), react(7, berto), react(8, berto, '🎉'), react(9, ana)]) picture.apply(one);
  assert.deepEqual(chips(five(picture)), ['👍 ana berto', '🎉 berto']);
  picture.apply(react(10, ana, '👍', 'removed'));
  picture.apply(react(11, berto, '🎉', 'removed'));
  picture.apply(react(12, ana, '🎉', 'removed'));
  assert.deepEqual(chips(five(picture)), ['👍 berto']);
});

test('what is about a message that is not here only counts', () => {
  const picture = pictureOf(9, [message(9)]);
  for (const one of [edited(10), deleted(11), react(12, berto)]) picture.apply(one);
  assert.deepEqual([shown(picture), picture.seq], [[9], 12]);
});

test('our edit is shown at once, and its event makes it so', () => {
  const picture = pictureOf(5, [message(5)]);
  for (const state of ['queued', 'sent']) picture.post(write('edit', { body: 'mine', state }));
  assert.deepEqual([five(picture).body, five(picture).html], ['mine', '']);
  assert.equal(picture.items[0].writes[0].state, 'sent');
  picture.apply(edited(6, { by: ana, data: { ...EDITED, client_id: 'write', body: 'mine', html: '<p>mine</p>' } }));
  picture.post(write('edit', { body: 'mine', state: 'sent' }));
  picture.post(write('edit', { body: 'mine', state: 'delivered', seq: 6 }));
  assert.deepEqual([five(picture).html, picture.items[0].writes], ['<p>mine</p>', []]);
});

test('an edit that was refused stays to be seen until it is given up; another write that was refused changes nothing', () => {
  const picture = pictureOf(5, [message(5)]);
  picture.post(write('edit', { body: 'mine' }));
  picture.post(write('edit', { body: 'mine', state: 'failed', code: 'forbidden' }));
  picture.post(write('delete', { client_id: 'gone', state: 'failed' }));
  picture.post(write('react', { client_id: 'liked', emoji: '👍', on: true, state: 'failed' }));
  assert.deepEqual([five(picture).body, five(picture).deleted, five(picture).reactions], ['mine', undefined, undefined]);
  assert.equal(picture.items[0].writes.length, 3);
  for (const client_id of ['write', 'gone', 'liked']) picture.post(write('edit', { client_id, state: 'discarded' }));
  assert.deepEqual([five(picture).body, picture.items[0].writes], ['message 5', []]);
});

test('our delete is shown at once', () => {
  const picture = pictureOf(5, [message(5)]);
  picture.post(write('delete'));
  assert.equal(five(picture).deleted, true);
});

test('our reactions are shown at once, in the order in which we gave and took them', () => {
  const picture = pictureOf(5, [message(5)]);
  for (const [client_id, on] of [['a', true], ['b', false], ['c', true]]) {
    picture.post(write('react', { client_id, emoji: '👍', on }));
  }
  assert.deepEqual(chips(five(picture)), ['👍 ana']);
  picture.apply(react(6, berto));
  assert.deepEqual(chips(five(picture)), ['👍 berto ana']);
});

test('a reaction that changed nothing has no event, and waits for none beyond the seq that it was told', () => {
  const picture = pictureOf(5, [message(5)]);
  picture.post(write('react', { emoji: '👍', on: false }));
  picture.post(write('react', { emoji: '👍', on: false, state: 'delivered', seq: 7 }));
  assert.equal(picture.items[0].writes.length, 1);
  picture.apply(event(6));
  picture.apply(event(7));
  assert.deepEqual(picture.items[0].writes, []);
});

// --- what is quoted ---

test('a reply knows what it answers: from the window, from the page, or once it is fetched', () => {
  const answer = (seq, to) => ({ ...message(seq), reply_to: to });
  const picture = new Picture(ana);
  picture.load({ seq: 9, more: true, messages: [message(5), answer(6, 5), answer(7, 2), answer(8, 1)], quoted: [message(2)] });
  assert.deepEqual(picture.items.map(({ quote }) => quote?.seq), [undefined, 5, 2, undefined]);
  assert.deepEqual(picture.wanted, [1]);
  picture.quote(message(1), 9);
  assert.deepEqual([picture.items[3].quote.seq, picture.wanted, shown(picture)], [1, [], [5, 6, 7, 8]]);
});

test('a quote changes with its message, though that is not in the window', () => {
  const picture = new Picture(ana);
  picture.load({ seq: 9, more: true, messages: [{ ...message(8), reply_to: 5 }], quoted: [message(5)] });
  const [before] = picture.items;
  picture.apply(edited(10));
  assert.equal(picture.items[0].quote.body, 'better');
  assert.notEqual(picture.items[0], before);
});

test('what happened to a quote while it was fetched is not lost', () => {
  const picture = pictureOf(9, [{ ...message(8), reply_to: 5 }]);
  picture.apply(edited(10));
  picture.quote(message(5), 9);
  assert.equal(picture.items[0].quote.body, 'better');
});

// --- the window ---

test('a window in the middle takes no new message but ours on its way, and grows to the live end', () => {
  const picture = new Picture(ana);
  picture.load({ seq: 9, more: true, newer: true, messages: [message(4), message(5)] });
  picture.post(post('queued'));
  picture.apply(event(10));
  assert.deepEqual([shown(picture), picture.oldest, picture.newest], [[4, 5, 'queued'], 4, 5]);
  picture.append({ seq: 9, more: true, newer: false, messages: [message(6), message(9)] });
  assert.deepEqual(shown(picture), [4, 5, 6, 9, 10, 'queued']);
});

test('a page that is ahead of the events holds what they will bring', () => {
  const picture = new Picture(ana);
  picture.load({ seq: 9, more: true, newer: true, messages: [message(5)] });
  picture.append({ seq: 12, more: true, newer: false, messages: [message(9), message(12)] });
  for (const one of [event(10, { kind: 'member.joined', data: {} }), edited(11), event(12), event(13)]) picture.apply(one);
  assert.deepEqual(shown(picture), [5, 9, 12, 13]);
  assert.equal(five(picture).body, 'better');
});

test('what happened while a page was on its way is not lost', () => {
  const picture = pictureOf(9, [message(9)], true);
  picture.apply(edited(10));
  picture.prepend({ seq: 9, more: false, messages: [message(5)] });
  assert.equal(five(picture).body, 'better');
});

test('what has grown too long is cut at one end, which can be loaded again', () => {
  const many = Array.from({ length: 301 }, (_, at) => message(at + 1));
  const top = pictureOf(301, many);
  top.trim(true);
  assert.deepEqual([shown(top).length, shown(top)[0], top.more, top.newer], [200, 102, true, false]);
  const bottom = pictureOf(301, many);
  bottom.trim(false);
  assert.deepEqual([shown(bottom).length, shown(bottom).at(-1), bottom.more, bottom.newer], [200, 200, false, true]);
  const short = pictureOf(300, many.slice(0, 300));
  short.trim(true);
  assert.equal(shown(short).length, 300);
});

// --- a model ---

/** Dice that fall the same each time. */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * sides);
  };
}

/** A room on a server: its log, and the messages as they stand. */
class Room {
  log = [];
  messages = [];

  say(kind, data, by) {
    const seq = this.log.length + 1;
    const one = event(seq, { kind, by, data: { client_id: `id-${seq}`, ...data } });
    this.log.push(one);
    const its = this.messages.find((message) => message.seq === data.of);
    if (kind === 'message.posted') this.messages.push({ ...message(seq, by), ...one.data, at: one.at, reactions: [] });
    else if (kind === 'message.edited') Object.assign(its, { body: data.body, html: data.html, edited_at: one.at });
    else if (kind === 'message.deleted') {
      Object.assign(its, { body: '', html: '', deleted: true, reactions: [], mentions: [], uploads: [], edited_at: null });
    } else {
      const users = (its.reactions.find(({ emoji }) => emoji === data.emoji)?.users ?? []).filter(({ id }) => id !== by.id);
      const others = its.reactions.filter(({ emoji }) => emoji !== data.emoji);
      const now = { emoji: data.emoji, users: kind === 'reaction.added' ? [...users, by] : users };
      its.reactions = now.users.length ? [...others, now] : others;
    }
  }

  /** Something happens that can. */
  live(roll) {
    const by = [ana, berto][roll(2)];
    const its = this.messages[roll(this.messages.length)];
    const what = roll(8);
    const body = `text ${this.log.length}`;
    if (!its || its.deleted || what < 3) {
      const reply_to = its && roll(2) ? its.seq : null;
      this.say('message.posted', { body, html: `<p>${body}</p>`, reply_to, mentions: [], uploads: [] }, by);
    } else if (what === 3) this.say('message.edited', { of: its.seq, body, html: `<p>${body}</p>`, mentions: [] }, its.by);
    else if (what === 4) this.say('message.deleted', { of: its.seq }, its.by);
    else {
      const emoji = ['👍', '🎉'][roll(2)];
      const on = its.reactions.some((one) => one.emoji === emoji && one.users.some(({ id }) => id === by.id));
      this.say(on ? 'reaction.removed' : 'reaction.added', { of: its.seq, emoji }, by);
    }
  }

  page({ before = Infinity, after = 0 } = {}, limit = 6) {
    const fit = this.messages.filter(({ seq }) => seq < before && seq > after);
    const messages = structuredClone(after ? fit.slice(0, limit) : fit.slice(-limit));
    const [first, last] = [messages[0]?.seq ?? before, messages.at(-1)?.seq ?? after];
    const here = new Set(messages.map(({ seq }) => seq));
    const answered = new Set(messages.map(({ reply_to }) => reply_to));
    return {
      seq: this.log.length,
      more: this.messages.some(({ seq }) => seq < first),
      newer: this.messages.some(({ seq }) => seq > last),
      messages,
      quoted: this.messages.filter(({ seq }) => answered.has(seq) && !here.has(seq))
        .map(({ seq, by, at, body, deleted: gone = false }) => ({ seq, by, at, body, deleted: gone })),
    };
  }
}

// Which emoji stands first may differ: chips do not jump on an open page when the first of them loses its first person.
const bySymbol = (reactions) => [...reactions].sort((one, other) => (one.emoji < other.emoji ? -1 : 1))
  .map(({ emoji, users }) => [emoji, ...users.map(({ id }) => id).sort()]);
const plain = ({ seq, body, html, deleted: gone = false, edited_at = null, reactions }) => (
  { seq, body, html, gone, edited_at, reactions: bySymbol(reactions) }
);
const facts = ({ items }) => items.filter((item) => item.message)
  .map(({ key, at, mine, message: one, quote }) => ({ key, at, mine, ...plain(one), quote: quote && [quote.seq, quote.body, !!quote.deleted] }));

for (let seed = 1; seed <= 60; seed += 1) {
  test(`applying events gives the picture that fetching afresh gives, whatever came when (${seed})`, () => {
    const roll = dice(seed);
    const room = new Room();
    for (let number = 0; number < 20; number += 1) room.live(roll);
    const picture = new Picture(ana);
    picture.load(room.page());
    let coming = null;
    for (let turn = 0; turn < 120; turn += 1) {
      const what = roll(8);
      if (what < 3) room.live(roll);
      else if (what < 6 && picture.seq < room.log.length) picture.apply(room.log[picture.seq]);
      else if (coming) {
        picture[coming.take](coming.page);
        coming = null;
      } else if (picture.newer) coming = { take: 'append', page: room.page({ after: picture.newest }) };
      else if (picture.more) coming = { take: 'prepend', page: room.page({ before: picture.oldest }) };
      if (!coming && roll(10) === 0) {
        const { seq } = room.messages[roll(room.messages.length)];
        picture.load(room.page({ before: seq + 1 }));
      }
    }
    if (coming) picture[coming.take](coming.page);
    while (picture.seq < room.log.length) picture.apply(room.log[picture.seq]);
    while (picture.newer) picture.append(room.page({ after: picture.newest }));
    for (const seq of picture.wanted) picture.quote(room.messages.find((one) => one.seq === seq), picture.seq);
    const fetched = new Picture(ana);
    fetched.load(room.page({}, room.messages.length));
    assert.deepEqual(facts(picture), facts(fetched).slice(-picture.items.length));
  });
}
