import { connect, createServer, type Socket } from 'node:net'

/** A statement that a client sends: simple, or parsed with what belongs to it. */
export type Statement = { says: string; bytes: Buffer }
export type Wire = { port: number; isOpen(): boolean; close(): Promise<void> }

const startupLength = 4
const headLength = 5

/**
 * Between a client and the server, without encryption: each statement goes through `call`, which forwards it and has its answer
 * up to ReadyForQuery (https://www.postgresql.org/docs/current/protocol-flow.html), or never comes back. Closing cuts all
 * connections, as the kernel does for a process that died.
 */
export async function startWire(
  upstream: number,
  call: (says: string, forward: () => Promise<Buffer>) => Promise<Buffer>,
): Promise<Wire> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const behind = connect(upstream, '127.0.0.1')
    for (const socket of [client, behind]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        open.delete(socket)
        client.destroy()
        behind.destroy()
      })
    }
    let answered: ((bytes: Buffer) => void) | undefined
    let answer: Buffer = Buffer.alloc(0)
    behind.on('data', (bytes) => {
      if (answered === undefined) return void client.write(bytes)
      answer = Buffer.concat([answer, bytes])
      // ReadyForQuery: 'Z', a length of five, one letter.
      if (answer.length < 6 || answer.subarray(-6, -1).toString('latin1') !== 'Z\0\0\0\u0005') return
      const done = answered
      answered = undefined
      done(answer)
    })
    const forward = (bytes: Buffer) => (): Promise<Buffer> => {
      answer = Buffer.alloc(0)
      return new Promise((resolve) => {
        answered = resolve
        behind.write(bytes)
      })
    }
    const send = ({ says, bytes }: Statement): void =>
      void call(says, forward(bytes)).then((told) => client.destroyed || client.write(told))
    const reader = messages({ pass: (bytes) => behind.write(bytes), send })
    client.on('data', (bytes) => reader(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    isOpen: () => open.size > 0,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Splits what a client sends: sign-in and good-bye pass, a simple query or all up to a Sync is one statement. */
export function messages({ pass, send }: { pass(bytes: Buffer): void; send(statement: Statement): void }) {
  let rest: Buffer = Buffer.alloc(0)
  let isStarted = false
  let parts: Buffer[] = []
  let says = ''
  return (bytes: Buffer): void => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const head = isStarted ? headLength : startupLength
      if (rest.length < head) return
      const length = rest.readInt32BE(head - 4) + head - 4
      if (rest.length < length) return
      const message = rest.subarray(0, length)
      rest = rest.subarray(length)
      const type = isStarted ? String.fromCharCode(message[0] ?? 0) : 'startup'
      isStarted = true
      if (type === 'startup' || type === 'p' || type === 'X') {
        pass(message)
        continue
      }
      parts.push(message)
      if (type === 'Q') says = message.subarray(headLength, -1).toString()
      if (type === 'P') says = message.subarray(headLength).toString().split('\0')[1] ?? ''
      if (type !== 'Q' && type !== 'S') continue
      send({ says: says.replaceAll(/\s+/g, ' ').trim(), bytes: Buffer.concat(parts) })
      parts = []
    }
  }
}
