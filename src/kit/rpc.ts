import type { Socket } from 'node:net'

import { CordonError, fromErrorRecord, toErrorRecord, type ErrorRecord } from './errors.ts'
import { parseOwnJson, isObject } from './json.ts'

/** Frames on a local stream socket: 4-byte big-endian length, then JSON. Calls carry an id, notices do not. */
export type RpcHandler = (method: string, params: unknown) => Promise<unknown>

export interface RpcPeer {
  call(method: string, params: unknown): Promise<unknown>
  notify(method: string, params: unknown): void
  close(): void
  readonly closed: Promise<void>
}

export const rpcFrameBytesMax = 32 * 1024 * 1024
export const rpcPendingMax = 10_000

type Frame =
  | { id: number; method: string; params: unknown }
  | { method: string; params: unknown }
  | { id: number; result: unknown }
  | { id: number; error: ErrorRecord }

/** Turns a connected socket into a peer. A frame over the bound closes the socket; pending calls then fail as retryable. */
export function createRpcPeer(socket: Socket, handle: RpcHandler): RpcPeer {
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const chunks: Buffer[] = []
  let buffered = 0
  let nextId = 1
  let isClosed = false
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<void>()

  /** Throws ERR_RPC_SIZE before anything is sent: the other side would have to hang up, and all calls would be lost. */
  const send = (frame: Frame): void => {
    if (isClosed) return
    const body = Buffer.from(JSON.stringify(frame))
    if (body.length > rpcFrameBytesMax) {
      throw new CordonError('ERR_RPC_SIZE', `larger than a frame of ${rpcFrameBytesMax} bytes`, {
        hint: 'ask for less at once',
      })
    }
    const head = Buffer.alloc(4)
    head.writeUInt32BE(body.length)
    socket.cork()
    socket.write(head)
    socket.write(body)
    socket.uncork()
  }

  const receive = (frame: unknown): void => {
    if (!isObject(frame)) return
    if (typeof frame['method'] === 'string') {
      const { id, method, params } = frame
      const work = handle(method, params)
      if (typeof id !== 'number') {
        work.catch(() => undefined)
        return
      }
      work.then((result) => send({ id, result })).catch((error: unknown) => send({ id, error: toErrorRecord(error) }))
      return
    }
    const id = frame['id']
    if (typeof id !== 'number') return
    const waiter = pending.get(id)
    pending.delete(id)
    const error = frame['error']
    if (isObject(error)) {
      waiter?.reject(
        fromErrorRecord({ code: String(error['code']), message: String(error['message']), ...pickStrings(error) }),
      )
    } else {
      waiter?.resolve(frame['result'])
    }
  }

  /** Bytes from which on it is worth to look again: a large frame is put together once, not with every piece. */
  let wanted = 4
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    buffered += chunk.length
    if (buffered < wanted) return
    let all = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    for (wanted = 4; all.length >= wanted; wanted = 4) {
      const length = all.readUInt32BE(0)
      wanted = 4 + length
      if (length > rpcFrameBytesMax) {
        socket.destroy()
        return
      }
      if (all.length < wanted) break
      const frame = parseFrame(all.toString('utf8', 4, wanted))
      if (frame === undefined) {
        socket.destroy()
        return
      }
      receive(frame)
      all = all.subarray(wanted)
    }
    chunks.length = 0
    chunks.push(all)
    buffered = all.length
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    isClosed = true
    for (const waiter of pending.values()) waiter.reject(lost())
    pending.clear()
    resolveClosed()
  })

  return {
    call(method, params) {
      if (isClosed) return Promise.reject(lost())
      if (pending.size >= rpcPendingMax) {
        return Promise.reject(
          new CordonError('ERR_RPC_BUSY', `${rpcPendingMax} calls are already waiting`, { retryable: true }),
        )
      }
      const id = nextId++
      return new Promise((resolve, reject) => {
        send({ id, method, params })
        pending.set(id, { resolve, reject })
      })
    },
    notify(method, params) {
      send({ method, params })
    },
    close() {
      socket.end()
    },
    closed,
  }
}

/** Undefined for what is no JSON: whoever wrote it is not our other half, and must not end this process. */
function parseFrame(text: string): unknown {
  try {
    return parseOwnJson<unknown>(text)
  } catch {
    return undefined
  }
}

const lost = (): CordonError => new CordonError('ERR_RPC_CLOSED', 'the other process went away', { retryable: true })

function pickStrings(error: Record<string, unknown>): { hint?: string; place?: string; retryable?: boolean } {
  return {
    ...(typeof error['hint'] === 'string' ? { hint: error['hint'] } : {}),
    ...(typeof error['place'] === 'string' ? { place: error['place'] } : {}),
    ...(error['retryable'] === true ? { retryable: true } : {}),
  }
}
