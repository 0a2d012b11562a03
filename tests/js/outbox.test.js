import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../app/chat/static/chat/outbox.js';

const post = (client_id) => ({ room: 'lobby', client_id, body: client_id, at: 0, state: 'queued' });

function outboxOf(...ids) {
  const outbox = new Outbox();
  for (const id of ids) outbox.add(post(id));
  return outbox;
}

test('the oldest goes first, and the next only when it is settled', () => {
  const outbox = outboxOf('a', 'b');
  assert.equal(outbox.next().client_id, 'a');
  outbox.change('a', 'sent');
  assert.equal(outbox.next(), undefined);
  outbox.change('a', 'delivered', { seq: 7 });
  assert.equal(outbox.next().client_id, 'b');
});

test('one that goes back to the queue keeps its place', () => {
  const outbox = outboxOf('a', 'b');
  outbox.change('a', 'sent');
  outbox.change('a', 'queued');
  assert.equal(outbox.next().client_id, 'a');
});

test('a failed one lets the others pass, and stays until the person decides', () => {
  const outbox = outboxOf('a', 'b');
  assert.equal(outbox.change('a', 'failed', { code: 'too_long' }).code, 'too_long');
  assert.equal(outbox.next().client_id, 'b');
  assert.equal(outbox.empty, false);
  assert.equal(outbox.change('a', 'queued').code, undefined);
  assert.equal(outbox.next().client_id, 'a');
});

test('delivered and discarded ones leave', () => {
  const outbox = outboxOf('a', 'b');
  outbox.change('a', 'delivered', { seq: 1 });
  outbox.change('b', 'discarded');
  assert.equal(outbox.empty, true);
  assert.equal(outbox.change('a', 'failed'), undefined);
});

test('a change makes a new object, so that the page sees it', () => {
  const outbox = outboxOf('a');
  const before = outbox.next();
  const after = outbox.change('a', 'sent');
  assert.notEqual(before, after);
  assert.equal(before.state, 'queued');
});
