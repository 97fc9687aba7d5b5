import { isObject, parseJson, type Json } from '#kit'

/** Somebody with a stolen credential, who speaks plain HTTP and knows nothing of Cordon. */
export type Bearing = { cookie: string } | { authorization: string }
export const withSession = (sid: string): Bearing => ({ cookie: `sid=${sid}` })
export const withApiToken = (value: string): Bearing => ({ authorization: `SSWS ${value}` })
export const withAccessToken = (value: string): Bearing => ({ authorization: `Bearer ${value}` })
export const basic = (id: string, secret: string): Bearing => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

const from = { 'user-agent': 'curl/8.5', 'x-forwarded-for': '203.0.113.66' }

export async function ask(
  url: string,
  bearing: Bearing | undefined,
  method = 'GET',
  body?: Json | URLSearchParams,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const isForm = body instanceof URLSearchParams
  const response = await fetch(url, {
    method,
    headers: { ...from, ...bearing, ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const parsed = text === '' ? {} : parseJson(text)
  return { status: response.status, body: isObject(parsed) ? parsed : {} }
}

export const idIn = ({ id }: Record<string, unknown>): string => (typeof id === 'string' ? id : '')

/** Undefined: refused. */
export async function signIn(url: string, body: Record<string, Json>): Promise<string | undefined> {
  const answer = await ask(`${url}/api/v1/sessions`, undefined, 'POST', body)
  return typeof answer.body['id'] === 'string' ? answer.body['id'] : undefined
}

export const meAt = async (url: string, bearing: Bearing): Promise<number> =>
  (await ask(`${url}/api/v1/users/me`, bearing)).status

/** Status of a token endpoint's answer, and the access token where there is one. */
export async function tokenAt(url: string, form: Record<string, string>, bearing?: Bearing) {
  const { status, body } = await ask(url, bearing, 'POST', new URLSearchParams(form))
  return { status, token: typeof body['access_token'] === 'string' ? body['access_token'] : '' }
}
