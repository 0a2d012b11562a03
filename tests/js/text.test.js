import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countCharacters, initials, tidy } from '../../app/chat/static/chat/text.js';

test('characters are code points, as the server counts them', () => {
  assert.equal(countCharacters(''), 0);
  assert.equal(countCharacters('hola'), 4);
  assert.equal(countCharacters('😀'), 1);
  assert.equal(countCharacters('👩‍👩‍👧‍👦'), 7);
  assert.equal(countCharacters('e\u0301'), 2);
  assert.equal(countCharacters('𝕏'.repeat(4000)), 4000);
});

test('blank lines before and blanks behind are not sent', () => {
  assert.equal(tidy('\n  \n\t\nhola \n\n'), 'hola');
  assert.equal(tidy(' \n\t '), '');
});

test('the first line keeps its indent', () => {
  assert.equal(tidy('\n    if x:\n        y()\n'), '    if x:\n        y()');
});

test('initials are of whole characters', () => {
  assert.equal(initials('ana'), 'A');
  assert.equal(initials('ana maría lópez'), 'AM');
  assert.equal(initials('berto_b'), 'BB');
  assert.equal(initials('𝒜na'), '𝒜');
  assert.equal(initials(''), '');
});
