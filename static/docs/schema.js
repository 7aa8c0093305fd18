/** A JSON Schema of the description, read: what a value is, in a few words, and its fields. */

/** @typedef {{[name: string]: any}} Schema */
/** @typedef {{name: string, kind: string, needed: boolean, words: string}} Field */
/** @typedef {typeof import('../words/docs.js').docsEn} Words */

/** What a reference stands for; a schema that is none stays. @param {any} document @param {any} at @returns {Schema} */
export function resolve(document, at) {
  const ref = at?.$ref;
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return at ?? {};
  return ref.slice(2).split('/').reduce((/** @type {any} */ place, part) => place?.[part], document) ?? {};
}

/** The last part of a reference. @param {Schema} at */
const nameOf = (at) => String(at.$ref ?? '').split('/').pop() ?? '';

/** The values that it may have, where these are few words. @param {Schema} schema @returns {string[]} */
function choices(schema) {
  if (Array.isArray(schema.enum)) return schema.enum.map(String);
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  return (schema.oneOf ?? schema.anyOf ?? []).flatMap(choices);
}

/** `list of CallView`, `string or null`. @param {any} at @param {Words} words @returns {string} */
export function kind(at, words) {
  if (!at || at === true) return 'JSON';
  if (at.$ref) return nameOf(at);
  if (at.allOf) return at.allOf.map((/** @type {Schema} */ part) => kind(part, words)).find((/** @type {string} */ text) => text !== 'JSON') ?? 'JSON';
  const some = at.anyOf ?? at.oneOf;
  const few = choices(at);
  if (some && few.length < some.length) {
    const kinds = new Set(some.map((/** @type {Schema} */ part) => kind(part, words)));
    const nothing = kinds.delete('null');
    return `${[...kinds].join(' / ')}${nothing ? ` ${words.nullable}` : ''}`;
  }
  if (few.length > 0) return `${words.oneOf} ${few.join(', ')}`;
  const types = [at.type ?? []].flat();
  const nothing = types.includes('null');
  const first = types.find((type) => type !== 'null') ?? 'JSON';
  let text = first === 'array' ? `${words.listOf} ${kind(at.items, words)}` : first;
  if (at.minimum !== undefined || at.maximum !== undefined) text += ` ${at.minimum ?? ''}…${at.maximum ?? ''}`;
  return nothing ? `${text} ${words.nullable}` : text;
}

/** The fields of an object. @param {any} at @param {Words} words @returns {Field[]} */
export function fields(at, words) {
  const needed = new Set(at.required ?? []);
  return Object.entries(at.properties ?? {}).map(([name, of]) => ({
    name, kind: kind(of, words), needed: needed.has(name), words: String(/** @type {Schema} */ (of).description ?? ''),
  }));
}

/** Every named type that a schema is made of, itself first. @param {any} document @param {any} at @returns {string[]} */
export function types(document, at) {
  /** @type {Set<string>} */
  const found = new Set();
  const walk = (/** @type {any} */ part) => {
    if (Array.isArray(part)) return part.forEach(walk);
    if (!part || typeof part !== 'object') return;
    if (typeof part.$ref === 'string') {
      if (found.has(nameOf(part))) return;
      found.add(nameOf(part));
      return walk(resolve(document, part));
    }
    Object.values(part).forEach(walk);
  };
  walk(at);
  return [...found].filter((name) => Object.keys(resolve(document, { $ref: `#/components/schemas/${name}` }).properties ?? {}).length > 0);
}
