/**
 * Whether scripts mean what their sources mean, as a parser reads them: comments, blanks and the names of what is only
 * known within the script aside, and without the hash that a served module's name has. Reads pairs of paths from stdin,
 * as JSON; prints those that differ, and where.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'acorn';

/** What says nothing of the meaning: places, how a literal was written, and whether a name is said once for two things. */
const ASIDE = new Set(['start', 'end', 'raw', 'shorthand']);
/** Where a name is known to others: which key of which node. */
const KNOWN = {
  Property: 'key',
  MethodDefinition: 'key',
  PropertyDefinition: 'key',
  MemberExpression: 'property',
  ImportSpecifier: 'imported',
  ExportSpecifier: 'exported',
};

/** What has two spellings: undefined, Infinity, and a text without anything put into it.  @param {any} node */
function spelling(node) {
  const { type, operator, left, right, argument, expressions, quasis } = node;
  if (type === 'UnaryExpression' && operator === 'void' && argument.value === 0) return 'undefined';
  if (type === 'Identifier' && (node.name === 'undefined' || node.name === 'Infinity')) return node.name;
  if (type === 'TemplateLiteral' && !expressions.length) return `Literal ${quasis[0].value.cooked}`;
  if (type === 'Literal' && typeof node.value === 'string') return `Literal ${node.value}`;
  if (type === 'UnaryExpression' && operator === '-' && argument.name === 'Infinity') return '-Infinity';
  if (type !== 'BinaryExpression' || operator !== '/' || right.value !== 0) return undefined;
  if (left.value === 1) return 'Infinity';
  return left.operator === '-' && left.argument.value === 1 ? '-Infinity' : undefined;
}

/** @param {any} node  @param {boolean} [known]  whether its name is  @returns {any} */
function meaning(node, known = false) {
  if (Array.isArray(node)) return node.map((part) => meaning(part));
  if (!node || typeof node !== 'object' || node instanceof RegExp) return String(node);
  const spelled = known ? undefined : spelling(node);
  if (spelled) return spelled.replace(/\.[0-9a-f]{6}(?=\.js$)/, '');
  if (node.type === 'ReturnStatement' && spelling(node.argument ?? {}) === 'undefined') return meaning({ ...node, argument: null });
  if (node.type === 'PrivateIdentifier' || (node.type === 'Identifier' && !known)) return node.type;
  const parts = Object.entries(node).filter(([key]) => !ASIDE.has(key));
  return Object.fromEntries(parts.map(([key, part]) => [key, meaning(part, !node.computed && KNOWN[node.type] === key)]));
}

/** @param {any} one  @param {any} other  @param {string} [path]  @returns {string | undefined} where they differ first */
function difference(one, other, path = '') {
  if (typeof one !== 'object' || typeof other !== 'object') {
    return one === other ? undefined : `${path}: ${JSON.stringify(one)?.slice(0, 80)}, ${JSON.stringify(other)?.slice(0, 80)}`;
  }
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = difference(one[key], other[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

/** @param {string} file */
function programOf(file) {
  return meaning(parse(readFileSync(file, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' }).body);
}

for (const [source, served] of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    const where = difference(programOf(source), programOf(served));
    if (where) throw new Error(where);
  } catch (error) {
    console.log(`${source}: ${error.message}`);
    process.exitCode = 1;
  }
}
