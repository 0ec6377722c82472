// Header values, wherever they come from.

/**
 * The headers of a request: Fetch `Headers`, a Node object (`request.headers`), a `Map`, pairs, or
 * the variables of a CGI environment (`HTTP_WEBHOOK_ID`). Names are found in any case.
 */
export type HeadersLike =
  | { get(name: string): string | null | undefined; forEach(each: never): void }
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The first value of a header; nothing for one that is absent or empty. */
export function header(headers: HeadersLike, name: string): string | undefined {
  return find(headers ?? {}, name) || undefined;
}

function find(headers: HeadersLike, name: string): string | undefined {
  if (typeof Headers !== "undefined" && headers instanceof Headers) {
    return headers.get(name) ?? undefined;
  }
  const variable = `HTTP_${name.toUpperCase().replaceAll("-", "_")}`;
  for (const [key, value] of pairs(headers)) {
    if (key === variable || key.toLowerCase() === name) {
      return typeof value === "string" ? value : value?.[0];
    }
  }
  // A stand-in for Headers that can only be asked, as some frameworks have.
  if ("get" in headers && typeof headers.get === "function") return headers.get(name) ?? undefined;
  return undefined;
}

function pairs(
  headers: HeadersLike,
): Iterable<readonly [string, string | readonly string[] | undefined]> {
  if (Symbol.iterator in headers) return headers as Iterable<readonly [string, string]>;
  return Object.entries(headers);
}
