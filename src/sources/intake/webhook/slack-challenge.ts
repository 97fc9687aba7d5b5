import { isObject, parseJson } from '#kit'

const challengeBytesMax = 4096

/** Slack asks a new address to say a word back (Events API, `url_verification`); it is no event. */
export function challengeOf(body: Uint8Array): string | undefined {
  if (body.length > challengeBytesMax) return undefined
  try {
    const call = parseJson(Buffer.from(body).toString('utf8'))
    if (!isObject(call) || call['type'] !== 'url_verification') return undefined
    const word = call['challenge']
    return typeof word === 'string' ? word : undefined
  } catch {
    // No JSON is no challenge: the reader of uploads says what is wrong with it.
    return undefined
  }
}
