import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layout } from '../../app/chat/static/chat/layout.js';

const MINUTE = 60_000;
const dayOf = (at) => `day ${Math.floor(at / (24 * 60 * MINUTE))}`;
const ana = { id: 1, name: 'ana' };
const berto = { id: 2, name: 'berto' };

let key = 0;
const said = (by, minute, type = 'message') => ({ key: `k${key++}`, type, at: minute * MINUTE, by, mine: false });
const called = (row) => (row.first ? 'FIRST' : 'more');
const shape = (items) => layout(items, dayOf).map((row) => (row.type === 'message' ? called(row) : row.type));

test('nothing makes nothing', () => {
  assert.deepEqual(layout([], dayOf), []);
});

test('one author within five minutes stands together', () => {
  const items = [said(ana, 0), said(ana, 5), said(ana, 10), said(ana, 15.1)];
  assert.deepEqual(shape(items), ['day', 'FIRST', 'more', 'more', 'FIRST']);
});

test('another author opens a group', () => {
  assert.deepEqual(shape([said(ana, 0), said(berto, 1), said(ana, 2)]), ['day', 'FIRST', 'FIRST', 'FIRST']);
});

test('what opens a group does so whoever spoke before', () => {
  assert.deepEqual(shape([said(ana, 0), { ...said(ana, 1), opens: true }, said(ana, 2)]), ['day', 'FIRST', 'FIRST', 'more']);
});

test('a note between two messages parts them', () => {
  assert.deepEqual(shape([said(ana, 0), said(berto, 1, 'note'), said(ana, 2)]), ['day', 'FIRST', 'note', 'FIRST']);
});

test('a day opens with a line of its own and a new group', () => {
  const lateEvening = 24 * 60 - 1;
  assert.deepEqual(shape([said(ana, lateEvening), said(ana, lateEvening + 2)]), ['day', 'FIRST', 'day', 'FIRST']);
});

test('a clock that steps back over midnight does not open a day twice', () => {
  const midnight = 24 * 60;
  const rows = layout([said(ana, midnight - 1), said(ana, midnight), said(berto, midnight - 1)], dayOf);
  assert.deepEqual(rows.filter((row) => row.type === 'day').map((row) => row.key), ['dday 0', 'dday 1']);
});

const numbered = (seq, by = berto) => ({ ...said(by, 0), seq, message: {}, mine: by === ana });
const lines = (items, read, more) => layout(items, dayOf, read, more).map(({ type, item }) => item?.seq ?? type);

test('a line stands before the first message of others that was not seen', () => {
  const items = [numbered(4), numbered(5, ana), numbered(7), numbered(8)];
  assert.deepEqual(lines(items, 4, true), ['day', 4, 5, 'new', 7, 8]);
  assert.deepEqual(lines(items, 3, false), ['day', 'new', 4, 5, 7, 8]);
});

test('no line where all was seen, nor where the first that is new may stand above', () => {
  const items = [numbered(4), numbered(5)];
  assert.deepEqual(lines(items, null, true), ['day', 4, 5]);
  assert.deepEqual(lines(items, 9, true), ['day', 4, 5]);
  assert.deepEqual(lines(items, 2, true), ['day', 4, 5]);
});

test('the line opens a group', () => {
  const rows = layout([numbered(4), numbered(5)], dayOf, 4);
  assert.deepEqual(rows.map(({ type, first }) => [type, first]).slice(2), [['new', undefined], ['message', true]]);
});
