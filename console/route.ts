/** Where the console stands: `#/sources/people-db`, `#/findings?before=900`. The part after `#` is sent to nobody. */
export type Route = { page: string; id: string | null; query: Readonly<Record<string, string>> }

export function routeOf(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?', 2)
  const [page = '', id] = path.split('/', 2).map(decoded)
  return {
    page: page === '' ? 'sources' : page,
    id: id === undefined || id === '' ? null : id,
    query: Object.fromEntries(new URLSearchParams(search)),
  }
}

export function href(page: string, id?: string | null, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString()
  const at = id === undefined || id === null ? '' : `/${encodeURIComponent(id)}`
  return `#/${page}${at}${search === '' ? '' : `?${search}`}`
}

/** A half-written escape is no reason to show nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
