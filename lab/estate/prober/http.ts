import { Agent, request, type IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'

export type Answer = { status: number; text: string }
/** In PEM: who signs the server's certificate; and the caller's own, where the caller has one. */
export type Trust = { ca: string; cert?: string; key?: string }
export type Ask = { method?: string; headers?: Record<string, string>; body?: string; trust?: Trust | undefined }

const timeoutMs = 10_000
/** Where the thief says to come from: in an audit log these calls stand out. */
export const thiefAddress = '203.0.113.66'
/** Connections are kept: a secret is tried a few hundred times. */
const [agent, secureAgent] = [new Agent({ keepAlive: true }), new SecureAgent({ keepAlive: true })]
const trusting = new WeakMap<Trust, SecureAgent>()
function agentOf(trust: Trust | undefined): SecureAgent {
  if (trust === undefined) return secureAgent
  const known = trusting.get(trust) ?? new SecureAgent({ keepAlive: true, ...trust })
  trusting.set(trust, known)
  return known
}

export function ask(url: string, { method = 'GET', headers = {}, body, trust }: Ask = {}): Promise<Answer> {
  const isSecure = url.startsWith('https:')
  const given = {
    method,
    timeout: timeoutMs,
    headers: {
      'x-forwarded-for': thiefAddress,
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
  }
  return new Promise((resolve, reject) => {
    const take = (answer: IncomingMessage): void => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => void parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
    }
    const sent = isSecure
      ? secureRequest(url, { ...given, agent: agentOf(trust) }, take)
      : request(url, { ...given, agent }, take)
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    sent.on('error', reject)
    sent.end(body)
  })
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
