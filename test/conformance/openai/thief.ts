import type { Json } from '#kit'
import { isObject, parseJson } from '#kit'

/** Somebody with a stolen key, who speaks plain HTTP and knows nothing of Cordon. */
export async function ask(
  url: string,
  key: string,
  method = 'GET',
  body?: Json,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const parsed = text === '' ? {} : parseJson(text)
  return { status: response.status, body: isObject(parsed) ? parsed : {} }
}

const prompt = { model: 'text-embedding-3-small', input: 'EXAMPLE' }
export const callsModels = async (url: string, key: string): Promise<boolean> =>
  (await ask(`${url}/v1/embeddings`, key, 'POST', prompt)).status === 200
export const readsFiles = async (url: string, key: string): Promise<boolean> =>
  (await ask(`${url}/v1/files`, key)).status === 200
export const administers = async (url: string, key: string): Promise<boolean> =>
  (await ask(`${url}/v1/organization/users`, key)).status === 200

export const textIn = (row: unknown, ...path: string[]): string => {
  let held: unknown = row
  for (const key of path) held = isObject(held) ? held[key] : undefined
  return typeof held === 'string' ? held : ''
}
