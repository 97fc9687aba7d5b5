import { isObject, parseJson, type JsonObject } from '#kit'

const from = { 'user-agent': 'curl/8.5', 'x-forwarded-for': '203.0.113.66' }

/** Somebody with a stolen key, who speaks plain HTTP and knows nothing of Cordon. */
export async function ask(
  url: string,
  value: string,
  method: 'GET' | 'POST',
  path: string,
  body?: JsonObject,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...from, authorization: `Bearer ${value}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const parsed = parseJson(await response.text())
  return { status: response.status, body: isObject(parsed) ? parsed : {} }
}

export const chat = (url: string, value: string, model = 'gpt-4o') =>
  ask(url, value, 'POST', '/v1/chat/completions', { model, messages: [{ role: 'user', content: 'a SECRET prompt' }] })

/** Does it open the gateway at any worker? Four tries: a balancer of two leads to each at least once. */
export async function works(url: string, value: string, model?: string): Promise<boolean> {
  let isOpen = false
  for (let turn = 0; turn < 4; turn++) if ((await chat(url, value, model)).status === 200) isOpen = true
  return isOpen
}
