import type { Json } from '#kit'

import { ask as askAnybody } from '../ask.ts'

export { textIn } from '../ask.ts'

/** Somebody with a stolen key, who speaks plain HTTP and knows nothing of Cordon. */
export const ask = (url: string, key: string, method?: string, body?: Json) =>
  askAnybody(url, { 'x-api-key': key, 'anthropic-version': '2023-06-01' }, method, body)

const prompt = { model: 'claude-twin', max_tokens: 1, messages: [{ role: 'user', content: 'EXAMPLE' }] }
export const callsModels = async (url: string, key: string): Promise<boolean> =>
  (await ask(`${url}/v1/messages`, key, 'POST', prompt)).status === 200
export const readsFile = async (url: string, key: string, file: string): Promise<boolean> =>
  (await ask(`${url}/v1/files/${file}/content`, key)).status === 200
export const administers = async (url: string, key: string): Promise<boolean> =>
  (await ask(`${url}/v1/organizations/users`, key)).status === 200
