import assert from 'node:assert/strict';
import { test } from 'node:test';

Object.assign(globalThis, {
  document: { documentElement: { lang: 'es' } },
  navigator: { languages: ['en-GB', 'es-MX', 'es'] },
});
const { fill, language } = await import('../../app/chat/static/chat/page-data.js');

test('values are put into a text, which may lack or repeat them', () => {
  assert.equal(fill('{name}: {text}, {name}', { name: 'ana', text: '{name}' }), 'ana: {name}, ana');
  assert.equal(fill('{name} {nothing}', { name: 'ana' }), 'ana {nothing}');
  assert.equal(fill('{count}', { count: 0 }), '0');
});

test('the language is the page\'s, in the variety that the person prefers', () => {
  assert.equal(language, 'es-MX');
});
