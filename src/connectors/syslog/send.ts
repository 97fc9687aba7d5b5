import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'

import { whyUnreachable } from '#kit'
import { VendorError, type PullContext } from '#sources/contract'

import type { SyslogConfig } from './config.ts'

const connectMs = 10_000
/** From the last byte sent until the receiver has closed its side. */
const closeMs = 30_000

/**
 * Opens a connection of its own, writes, ends its side and waits until the receiver has ended its own. Syslog acknowledges
 * nothing: that a receiver read to the end, and did not break off, is all that can be known of one. `bytes` may be empty.
 */
export async function sendOver({ config, see, signal }: PullContext<SyslogConfig>, bytes: Uint8Array): Promise<void> {
  const host = config.host.replace(/^\[|\]$/g, '')
  const identity = see['clientIdentity']
  await new Promise<void>((resolve, reject) => {
    const socket: TLSSocket = connect({
      host,
      port: config.port,
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(config.ca === undefined ? {} : { ca: config.ca }),
      ...(identity === undefined ? {} : { cert: identity, key: identity }),
    })
    const fail = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(new VendorError('ERR_VENDOR_DOWN', 'sending was cut off', { retryable: true }))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.setTimeout(connectMs, () => fail(unreachable(config, ': no answer in time')))
    socket.on('error', (error: Error) => fail(unreachable(config, whyUnreachable(error))))
    socket.once('secureConnect', () => {
      socket.setTimeout(closeMs)
      socket.end(bytes)
    })
    let isEnded = false
    socket.once('end', () => (isEnded = true))
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      if (isEnded) resolve()
      else reject(unreachable(config, ': it broke the connection off'))
    })
    // Whatever it says is nothing to us, and must be read for its end to be seen.
    socket.resume()
  })
}

const unreachable = ({ host, port }: SyslogConfig, why: string): VendorError =>
  new VendorError('ERR_VENDOR_DOWN', `\`${host}:${port}\` takes no messages${why}`, {
    hint: 'see that it listens for TLS, and that `ca` signed its certificate; it is tried again',
    retryable: true,
  })
