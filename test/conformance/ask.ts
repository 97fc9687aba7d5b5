import { isObject, parseJson, type Json, type JsonObject } from '#kit'

/** As anybody would ask a vendor, knowing nothing of Cordon: what a thief sees. */
export async function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
  body?: Json | URLSearchParams,
): Promise<{ status: number; body: JsonObject }> {
  // A form says its own type.
  const isForm = body instanceof URLSearchParams
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const parsed = text === '' ? {} : parseJson(text)
  return { status: response.status, body: isObject(parsed) ? parsed : {} }
}

export const textIn = (row: unknown, ...path: string[]): string => {
  let held: unknown = row
  for (const key of path) held = isObject(held) ? held[key] : undefined
  return typeof held === 'string' ? held : ''
}
