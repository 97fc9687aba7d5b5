import { isObject, parseJson, type Json } from '#kit'

const from = { 'user-agent': 'curl/8.5', 'x-forwarded-for': '203.0.113.66' }

/** Somebody with a stolen token, who speaks plain HTTP and knows nothing of Cordon. */
export async function ask(
  url: string,
  token: string,
  method = 'GET',
  body?: Json,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method,
    headers: {
      ...from,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const parsed = text === '' ? {} : parseJson(text)
  return { status: response.status, body: isObject(parsed) ? parsed : {} }
}

/** `git clone https://…` with the token for a password: 200, or how it is refused. */
export async function clone(url: string, repo: string, token: string): Promise<number> {
  const response = await fetch(`${url}/${repo}.git/info/refs?service=git-upload-pack`, {
    headers: { ...from, authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
  })
  await response.text()
  return response.status
}
