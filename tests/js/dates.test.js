import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dates } from '../../app/chat/static/chat/dates.js';

const noon = (year, month, day) => new Date(year, month - 1, day, 12).getTime();
const now = () => noon(2026, 11, 22);

test('days near by have names', () => {
  const { day } = dates('en', now);
  assert.equal(day(noon(2026, 11, 22)), 'Today');
  assert.equal(day(noon(2026, 11, 21)), 'Yesterday');
  assert.equal(day(noon(2026, 11, 20)), 'Friday, November 20');
  assert.equal(day(noon(2025, 11, 20)), 'November 20, 2025');
});

test('in Spanish too', () => {
  const { day } = dates('es', now);
  assert.equal(day(noon(2026, 11, 22)), 'Hoy');
  assert.equal(day(noon(2026, 11, 21)), 'Ayer');
  assert.equal(day(noon(2026, 11, 20)), 'Viernes, 20 de noviembre');
});

test('a server whose clock runs ahead writes today', () => {
  assert.equal(dates('en', now).day(noon(2026, 11, 22) + 3_600_000), 'Today');
});

test('moments of one day share a key, those of two do not', () => {
  const { dayKey } = dates('en', now);
  assert.equal(dayKey(noon(2026, 11, 22)), dayKey(noon(2026, 11, 22) + 3_600_000));
  assert.notEqual(dayKey(noon(2026, 11, 22)), dayKey(noon(2026, 11, 21)));
});
