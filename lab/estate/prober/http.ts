export type Answer = { status: number; text: string; headers: Headers }
export type Ask = { method?: string; headers?: Record<string, string>; body?: string }

const timeoutMs = 10_000
/** Where the thief says to come from: in an audit log these calls stand out. */
export const thiefAddress = '203.0.113.66'

export async function ask(url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'x-forwarded-for': thiefAddress, ...headers },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

export const isOk = ({ status }: Answer): boolean => status >= 200 && status < 300
/** The caller was let through, and what was named is not there: a right is proven and nothing is harmed. */
export const isLetThrough = ({ status }: Answer): boolean => status === 404
export const form = (fields: Record<string, string>): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})

/** A text field of a JSON answer; empty when there is none. */
export function field({ text }: Answer, name: string): string {
  try {
    const body: unknown = JSON.parse(text)
    const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
    return typeof value === 'string' ? value : ''
  } catch {
    return ''
  }
}
