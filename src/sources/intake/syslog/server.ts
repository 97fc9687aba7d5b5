import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'

import { CordonError, type Clock } from '#kit'

import { IntakeError } from '../error.ts'
import { FrameReader } from './frames.ts'
import type { TlsParts } from './identity.ts'

export const syslogBounds = {
  connectionsMax: 256,
  handshakeMs: 10_000,
  /** From the handshake to the end of the first message. */
  firstMessageMs: 60_000,
  /** Spent waiting for the rest of a message that has begun. */
  frameMs: 30_000,
  /** A quiet sender is not dead: to close on it would lose what it sends next, since syslog acknowledges nothing. */
  idleMs: 24 * 3_600_000,
  keepAliveMs: 60_000,
} as const
export type SyslogBounds = { [Name in keyof typeof syslogBounds]: number }

export type SyslogServer = {
  port: number
  /** A renewed certificate is shown to new connections; those that are open stay. */
  renew(tls: TlsParts): void
  close(): Promise<void>
}

/**
 * RFC 5425. `take` resolves once the messages are on disk, and until then nothing more is read of that connection: TCP
 * holds the sender back. `refuse` hears of what was turned away; the connection ends with it.
 */
export async function listenForSyslog(options: {
  host: string
  port: number
  tls: TlsParts
  framing: 'octets' | 'lines'
  clock: Clock
  take: (messages: readonly Buffer[], connection: string) => Promise<void>
  refuse: (reason: string, place: string) => void
  bounds?: Partial<SyslogBounds>
}): Promise<SyslogServer> {
  const { host, port, tls, clock, take, refuse } = options
  const bounds: SyslogBounds = { ...syslogBounds, ...options.bounds }
  /** From the first byte on, before any TLS: what is open when it closes is ended. */
  const open = new Set<Socket>()
  let connections = 0

  const serve = async (socket: TLSSocket, frames: FrameReader, name: string): Promise<void> => {
    const chunks = socket[Symbol.asyncIterator]()
    let allowedMs = bounds.firstMessageMs
    let hasSpoken = false
    for (;;) {
      const wasPartial = frames.isPartial
      const startedMs = clock.monotonicMs()
      const timer = setTimeout(() => socket.destroy(tooSlow(wasPartial)), allowedMs)
      const { done, value } = await chunks.next().finally(() => clearTimeout(timer))
      if (done === true) return
      const { messages, fault } = frames.push(value)
      if (messages.length > 0) await take(messages, name)
      if (fault !== undefined) throw fault
      hasSpoken ||= messages.length > 0
      // Only what waits for the rest of a message uses up its time; a sender between two messages may be quiet.
      if (messages.length > 0) allowedMs = frames.isPartial ? bounds.frameMs : bounds.idleMs
      else if (hasSpoken && frames.isPartial && !wasPartial) allowedMs = bounds.frameMs
      else allowedMs = Math.max(0, allowedMs - (clock.monotonicMs() - startedMs))
    }
  }

  const server: Server = createServer(
    { ...tls, minVersion: 'TLSv1.2', handshakeTimeout: bounds.handshakeMs, rejectUnauthorized: tls.requestCert },
    (socket) => {
      const place = socket.remoteAddress ?? 'somebody'
      const name = String(++connections)
      socket.setKeepAlive(true, bounds.keepAliveMs)
      const frames = new FrameReader(options.framing)
      void serve(socket, frames, name)
        .then(
          () => undefined,
          (error: unknown) => (error instanceof CordonError ? error.message : undefined),
        )
        .then((why) => {
          socket.destroy()
          const reason = why ?? (frames.isPartial ? 'the connection ended inside a message' : undefined)
          if (reason !== undefined) refuse(reason, place)
        })
    },
  )
  server.maxConnections = bounds.connectionsMax
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('drop', () => refuse(`more than ${bounds.connectionsMax} connections at once`, 'new connection'))
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) =>
    refuse(`no TLS session: ${error.code ?? 'unknown'}`, socket.remoteAddress ?? 'somebody'),
  )
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', (error: NodeJS.ErrnoException) =>
    refuse(`not accepted: ${error.code ?? 'unknown'}`, 'new connection'),
  )
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    renew: (fresh) => server.setSecureContext(fresh),
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

const tooSlow = (isPartial: boolean): IntakeError =>
  new IntakeError('ERR_INTAKE_SLOW', isPartial ? 'a message that began did not end' : 'nothing was sent for too long')
