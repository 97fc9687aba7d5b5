import { isObject, parseJson } from '#kit'

import type { Session } from '../../../lab/twins/slack/state.ts'

/** Somebody with a stolen credential, who speaks plain HTTP and knows nothing of Cordon. */
export type Bearing = { authorization: string; cookie?: string }
export const withToken = (value: string): Bearing => ({ authorization: `Bearer ${value}` })
/** A client's token is worth nothing without the cookie: thieves of browsers take both. */
export const withSession = ({ token, cookie }: Session): Bearing => ({ ...withToken(token), cookie: `d=${cookie}` })

const from = { 'user-agent': 'curl/8.5', 'x-forwarded-for': '203.0.113.66' }

export async function ask(
  url: string,
  method: string,
  bearing: Bearing,
  given: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/api/${method}`, {
    method: 'POST',
    headers: { ...from, ...bearing },
    body: new URLSearchParams(given),
  })
  const body = parseJson(await response.text())
  return isObject(body) ? body : {}
}

/** Does it still open anything? Slack refuses in a 200. */
export const works = async (url: string, bearing: Bearing): Promise<boolean> =>
  (await ask(url, 'auth.test', bearing))['ok'] === true
