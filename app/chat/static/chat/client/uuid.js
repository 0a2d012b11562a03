/**
 * A random UUID. `crypto.randomUUID` exists only in a secure context, which plain HTTP on
 * a local network is not.
 *
 * @param {Pick<Crypto, 'getRandomValues'> & Partial<Crypto>} [source]
 */
export function uuid(source = crypto) {
  if (source.randomUUID) return source.randomUUID();
  const random = source.getRandomValues(new Uint8Array(31));
  let at = 0;
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (digit) => {
    const bits = random[at++] & 15;
    return (digit === 'y' ? (bits & 3) | 8 : bits).toString(16);
  });
}
