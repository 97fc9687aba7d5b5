import type { Json } from '#kit'

import { ask as askAnybody } from '../ask.ts'

export { textIn } from '../ask.ts'

/** Somebody with a stolen key, who speaks plain HTTP and knows nothing of Cordon. */
export const ask = (url: string, key: string, method?: string, body?: Json) =>
  askAnybody(url, { authorization: `Bearer ${key}` }, method, body)

const prompt = { model: 'text-embedding-3-small', input: 'EXAMPLE' }
export const callsModels = async (url: string, key: string): Promise<boolean> =>
  (await ask(`${url}/v1/embeddings`, key, 'POST', prompt)).status === 200
export const readsFiles = async (url: string, key: string): Promise<boolean> =>
  (await ask(`${url}/v1/files`, key)).status === 200
export const administers = async (url: string, key: string): Promise<boolean> =>
  (await ask(`${url}/v1/organization/users`, key)).status === 200
