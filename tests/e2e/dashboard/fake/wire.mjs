// What the parts of the fake share: the shapes of replies.

/** A refusal as the product sends it. */
export class Failed extends Error {
  constructor(status, code, message, field) {
    super(message);
    Object.assign(this, { status, code, field });
  }
}

export const notFound = () => new Failed(404, 'not_found', 'There is nothing here under that name.');
export const one = (data) => ({ data });

/** A page of a list, with the cursor of the next. */
export function listed(items, query, size = 20) {
  const start = Number(query.get('cursor') ?? 0);
  const next = start + size < items.length ? String(start + size) : undefined;
  return { data: items.slice(start, start + size), ...(next && { meta: { next_cursor: next } }) };
}

/** The parameters of a path that has the pattern's form, as in `/v1/members/{user}`; otherwise nothing. */
export function parameters(pattern, path) {
  const [want, have] = [pattern.split('/'), path.split('/')];
  if (want.length !== have.length) return undefined;
  const values = [];
  for (const [i, part] of want.entries()) {
    if (part.startsWith('{')) values.push(have[i]);
    else if (part !== have[i]) return undefined;
  }
  return values;
}

/** Answers with the first route (`'METHOD /v1/path/{id}': (call, ...parameters) => reply`) that fits; otherwise with nothing. */
export function dispatch(routes, call) {
  for (const [key, act] of Object.entries(routes)) {
    const [method, pattern] = key.split(' ');
    const found = method === call.method && parameters(pattern, call.path);
    if (found) return act(call, ...found);
  }
  return undefined;
}
