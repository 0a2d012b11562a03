/**
 * A random UUID. `crypto.randomUUID` exists only in a secure context, which plain HTTP on
 * a local network is not.
 *
 * @param {Pick<Crypto, 'getRandomValues'> & Partial<Crypto>} [source]
 * @returns {string}
 */
export function uuid(source = crypto) {
  if (source.randomUUID) return source.randomUUID();
  const bytes = source.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
