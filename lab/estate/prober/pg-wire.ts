import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export type PgLogin = { host: string; port: number; user: string; password: string; database: string }
/** `state`: SQLSTATE of what went wrong, '' where nothing did. `rows`: as text; null is ''. */
export type PgAnswer = { state: string; says: string; rows: string[][] }
export type PgSession = { isSuper: boolean; ask(sql: string): Promise<PgAnswer>; close(): void }

type Message = { type: string; body: Buffer }

const timeoutMs = 10_000
const messageBytesMax = 16 * 2 ** 20
const protocolVersion = 196_608
/** Refused as whom or by what they say; anything else that goes wrong says nothing of the password. */
const refusals: ReadonlySet<string> = new Set(['28P01', '28000'])

/**
 * Signs in with a name and a password, over plain TCP (loopback of the lab). Undefined: the server refuses them. Throws on
 * whatever else: a server that is full would count as one that nothing opens.
 * https://www.postgresql.org/docs/current/protocol-flow.html
 */
export async function pgSignIn(login: PgLogin): Promise<PgSession | undefined> {
  const { socket, next } = await open(login)
  try {
    const start = Buffer.from(`user\0${login.user}\0database\0${login.database}\0\0`)
    socket.write(Buffer.concat([int32(start.length + 8), int32(protocolVersion), start]))
    let isSuper = false
    let scram: Scram | undefined
    for (;;) {
      const { type, body } = await next()
      if (type === 'Z') break
      if (type === 'S') isSuper ||= body.toString() === 'is_superuser\0on\0'
      if (type === 'E') {
        const { state, says } = errorOf(body)
        if (!refusals.has(state)) throw new Error(`the server does not let anybody in: ${state} ${says}`)
        socket.destroy()
        return undefined
      }
      if (type !== 'R') continue
      const asked = body.readInt32BE(0)
      if (asked === 10) {
        scram = startScram()
        const first = Buffer.from(scram.first)
        socket.write(message('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), int32(first.length), first])))
      } else if (asked === 11 && scram !== undefined)
        socket.write(message('p', Buffer.from(scram.final(body.subarray(4).toString(), login.password))))
      else if (asked !== 0 && asked !== 12) throw new Error(`the server asks for a sign-in of kind ${asked}`)
    }
    return {
      isSuper,
      ask: (sql) => ask(socket, next, sql),
      close: () => void socket.end(message('X', Buffer.alloc(0))),
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function ask(socket: Socket, next: () => Promise<Message>, sql: string): Promise<PgAnswer> {
  socket.write(message('Q', Buffer.from(`${sql}\0`)))
  const answer: PgAnswer = { state: '', says: '', rows: [] }
  for (;;) {
    const { type, body } = await next()
    if (type === 'Z') return answer
    if (type === 'E') Object.assign(answer, errorOf(body))
    if (type === 'D') answer.rows.push(rowOf(body))
  }
}

async function open({ host, port }: PgLogin) {
  const socket = connect(port, host)
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)))
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const next = reader(socket)
  return { socket, next }
}

/** Messages as they come; one at a time is waited for. */
function reader(socket: Socket): () => Promise<Message> {
  let rest: Buffer = Buffer.alloc(0)
  let ended: Error | undefined
  let wake: (() => void) | undefined
  const end = (error: Error): void => {
    ended ??= error
    wake?.()
  }
  socket.on('data', (bytes: Buffer) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    wake?.()
  })
  socket.on('error', end)
  socket.on('close', () => end(new Error('the server hung up')))
  return async () => {
    for (;;) {
      const length = rest.length < 5 ? Infinity : rest.readInt32BE(1) + 1
      if (length < 5 || (length > messageBytesMax && length !== Infinity))
        throw new Error('not a message of PostgreSQL')
      if (rest.length >= length) {
        const found = { type: rest.toString('latin1', 0, 1), body: rest.subarray(5, length) }
        rest = rest.subarray(length)
        return found
      }
      if (ended !== undefined) throw ended
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
}

type Scram = { first: string; final(serverFirst: string, password: string): string }

/** SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677); the server takes the name from the start, not from here. */
function startScram(): Scram {
  const nonce = randomBytes(18).toString('base64')
  const bare = `n=,r=${nonce}`
  return {
    first: `n,,${bare}`,
    final(serverFirst, password) {
      const [, both = '', salt = '', rounds = '0'] = /^r=([^,]+),s=([^,]+),i=(\d{1,7})/.exec(serverFirst) ?? []
      if (!both.startsWith(nonce)) throw new Error('the server answers somebody else')
      const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256')
      const key = hmac(salted, 'Client Key')
      const unproven = `c=biws,r=${both}`
      const signature = hmac(createHash('sha256').update(key).digest(), `${bare},${serverFirst},${unproven}`)
      return `${unproven},p=${Buffer.from(key.map((byte, at) => byte ^ (signature[at] ?? 0))).toString('base64')}`
    },
  }
}
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

function errorOf(body: Buffer): { state: string; says: string } {
  const fields = new Map(
    body
      .toString()
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  )
  return { state: fields.get('C') ?? 'XX000', says: fields.get('M') ?? '' }
}

function rowOf(body: Buffer): string[] {
  const row: string[] = []
  let at = 2
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const length = Math.max(0, body.readInt32BE(at))
    row.push(body.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return row
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const message = (type: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(type, 'latin1'), int32(body.length + 4), body])
