import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stream } from '../../app/chat/static/chat/client/channel.js';
import { event } from './surroundings.js';

const seqs = (events) => events.map((one) => one.seq);

test('what follows passes', () => {
  const stream = new Stream(4);
  const { fresh, gap } = stream.take([event(5), event(6)]);
  assert.deepEqual([seqs(fresh), gap, stream.seq], [[5, 6], false, 6]);
});

test('what was seen is dropped', () => {
  const stream = new Stream(4);
  const { fresh, gap } = stream.take([event(3), event(4), event(5), event(5)]);
  assert.deepEqual([seqs(fresh), gap], [[5], false]);
});

test('nothing passes a gap', () => {
  const stream = new Stream(4);
  const { fresh, gap } = stream.take([event(5), event(7), event(6)]);
  assert.deepEqual([seqs(fresh), gap, stream.seq], [[5], true, 5]);
});

test('without a seq it begins with the first event', () => {
  const stream = new Stream(null);
  assert.deepEqual(seqs(stream.take([event(9), event(10)]).fresh), [9, 10]);
});
