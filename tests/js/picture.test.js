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

test('applying events gives the picture that fetching afresh gives', () => {
  const applied = pictureOf(0, []);
  for (let seq = 1; seq <= 20; seq += 1) applied.apply(event(seq));
  const fetched = pictureOf(20, Array.from({ length: 20 }, (_, at) => message(at + 1)));
  const fact = ({ key, at, mine, message: { seq, body, html } }) => ({ key, at, mine, seq, body, html });
  const facts = ({ items }) => items.map(fact);
  assert.deepEqual(facts(applied), facts(fetched));
});
