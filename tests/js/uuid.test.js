import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuid } from '../../app/chat/static/chat/client/outbox.js';

const V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const insecure = { getRandomValues: (bytes) => crypto.getRandomValues(bytes) };

test('is a UUID of version 4 in a secure context', () => {
  assert.match(uuid(), V4);
});

test('is one without a secure context too, and another each time', () => {
  const made = Array.from({ length: 100 }, () => uuid(insecure));
  for (const one of made) assert.match(one, V4);
  assert.equal(new Set(made).size, 100);
});
