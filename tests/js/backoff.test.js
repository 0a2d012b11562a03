import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff } from '../../app/chat/static/chat/client/timers.js';

test('the bound doubles from half a second up to ten', () => {
  const bounds = [0, 1, 2, 5, 6, 7, 50, 2000].map((attempt) => backoff(attempt, () => 1));
  assert.deepEqual(bounds, [500, 1000, 2000, 10_000, 10_000, 10_000, 10_000, 10_000]);
});

test('the jitter is full: any wait down to none', () => {
  assert.equal(backoff(3, () => 0), 0);
  assert.equal(backoff(3, () => 0.25), 1000);
});
