// As much of Make's interpreter as our components use: expressions that are paths, `base` below each
// request, `iterate` and `output`. What it does not know it refuses, so that a component cannot use
// what nobody has replayed.

import assert from 'node:assert/strict';

const KNOWN = {
  request: ['url', 'method', 'headers', 'qs', 'body', 'response', 'log', 'baseUrl'],
  response: ['data', 'error', 'iterate', 'output', 'metadata'],
};

/** A value with its `{{…}}` replaced; one that is nothing but an expression keeps its type. */
export function evaluate(value, scope) {
  if (typeof value === 'string') {
    const whole = /^\{\{([^{}]+)\}\}$/.exec(value);
    if (whole) return look(whole[1], scope);
    return value.replace(/\{\{([^{}]+)\}\}/g, (_, path) => look(path, scope));
  }
  if (Array.isArray(value)) return value.map((one) => evaluate(one, scope));
  if (value === null || typeof value !== 'object') return value;
  const pairs = Object.entries(value).map(([key, one]) => [key, evaluate(one, scope)]);
  return Object.fromEntries(pairs);
}

function look(path, scope) {
  assert.match(path, /^[\w.]+$/, `an expression that is no path: ${path}`);
  return path.split('.').reduce((found, key) => {
    assert.ok(found && key in found, `{{${path}}} leads nowhere`);
    return found[key];
  }, scope);
}

/** Makes a component's request; gives what its `response` says, or fails with its error's words. */
export async function communicate(component, scope, base = {}) {
  const unknown = Object.keys(component).filter((key) => !KNOWN.request.includes(key));
  assert.deepEqual(unknown, []);
  const { response = {}, ...asked } = component;
  const answered = { ...base.response, ...response };
  assert.deepEqual(Object.keys(answered).filter((key) => !KNOWN.response.includes(key)), []);
  const request = evaluate({ ...asked, headers: { ...base.headers, ...asked.headers } }, scope);
  const address = request.url.startsWith('/')
    ? evaluate(base.baseUrl, scope) + request.url
    : request.url;
  const query = request.qs ? `?${new URLSearchParams(request.qs)}` : '';
  const reply = await fetch(address + query, {
    method: request.method ?? 'GET',
    headers: { 'content-type': 'application/json', ...request.headers },
    body: request.body && JSON.stringify(request.body),
  });
  const text = await reply.text();
  const given = { ...scope, statusCode: reply.status, body: text ? JSON.parse(text) : null };
  if (!reply.ok) throw new Error(evaluate(answered.error.message, given));
  const output = answered.output ?? '{{body}}';
  return {
    data: answered.data && evaluate(answered.data, given),
    metadata: answered.metadata && evaluate(answered.metadata, given),
    output: answered.iterate
      ? evaluate(answered.iterate, given).map((item) => evaluate(output, { ...given, item }))
      : evaluate(output, given),
  };
}
