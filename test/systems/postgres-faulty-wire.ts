import { connect, createServer, type Socket } from 'node:net'

import { messages, type Statement } from './postgres-wire.ts'

/** What goes wrong at one statement, counted from when it was asked for; `refused`: at the next connection. */
export const wireFaults = ['reset-mid-result', 'terminated', 'statement-timeout', 'refused'] as const
export type WireFault = (typeof wireFaults)[number]

export type FaultyWire = {
  port: number
  /** From now on; undefined: nothing goes wrong. */
  arm(fault: WireFault | undefined, statements: number): void
  /** How often each came to pass. */
  hits: ReadonlyMap<WireFault, number>
  /** All connections, as the kernel does for a process that died. */
  cut(): void
  close(): Promise<void>
}

/** A statement that the server itself gives up by its timeout; what is set in it ends with it. */
const slow = Buffer.from('set statement_timeout = 20; select pg_sleep(30)\0')
const slowBytes = Buffer.concat([Buffer.from('Q'), Buffer.from(Uint32Array.of(slow.length + 4).buffer).swap32(), slow])

/**
 * Between a client and a real server, without encryption (https://www.postgresql.org/docs/current/protocol-flow.html). Errors
 * are the server's own: `terminate` has it end the client's backends, a timeout is a statement that it gives up.
 */
export async function startFaultyWire(upstream: number, terminate: () => Promise<void>): Promise<FaultyWire> {
  const open = new Set<Socket>()
  const hits = new Map<WireFault, number>()
  let armed: { fault: WireFault; left: number } | undefined
  const strike = (at: (fault: WireFault) => boolean): WireFault | undefined => {
    if (armed === undefined || !at(armed.fault) || armed.left-- > 0) return undefined
    const { fault } = armed
    armed = undefined
    hits.set(fault, (hits.get(fault) ?? 0) + 1)
    return fault
  }
  const server = createServer((client) => {
    if (strike((fault) => fault === 'refused') !== undefined) return void client.resetAndDestroy()
    const behind = connect(upstream, '127.0.0.1')
    for (const socket of [client, behind]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        open.delete(socket)
        client.destroySoon()
        behind.destroySoon()
      })
    }
    let isCutting = false
    behind.on('data', (bytes) => {
      if (!isCutting) return void client.write(bytes)
      client.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => client.resetAndDestroy())
    })
    const send = ({ bytes }: Statement): void => {
      const fault = strike((one) => one !== 'refused')
      isCutting = fault === 'reset-mid-result'
      if (fault === 'terminated') void terminate().then(() => behind.write(bytes))
      else behind.write(fault === 'statement-timeout' ? slowBytes : bytes)
    }
    const reader = messages({ pass: (bytes) => behind.write(bytes), send })
    client.on('data', (bytes) => reader(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    arm: (fault, left) => (armed = fault === undefined ? undefined : { fault, left }),
    hits,
    cut,
    async close() {
      cut()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
