import { request } from 'node:https'

import type { SendBytes } from './http.ts'

/**
 * Sends over TLS that trusts `ca` (PEM) and nothing else: for systems whose certificates an authority of their own signs.
 * The trust is this source's alone. In Node's own list it would let whoever holds that key stand in for every vendor.
 */
export function sendTrusting(ca: string): SendBytes {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method, headers: { ...headers }, ca, signal, agent: false }, (response) => {
        resolve({
          status: response.statusCode ?? 0,
          header: (name) => {
            const value = response.headers[name.toLowerCase()]
            return Array.isArray(value) ? value.join(', ') : value
          },
          body: response,
        })
      })
      sent.once('error', reject)
      sent.end(body)
    })
}
