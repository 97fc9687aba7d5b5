import { chmodSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'

import { assert, CordonError, createRpcPeer, isObject, type RpcHandler, type RpcPeer } from '#kit'
import type { Home } from '#respond/contract'
import type { ActionDesk, SealedUndo } from '#respond'
import type { ActionId, EntityId, IncidentId } from '#model'
import type { AppendAck } from '#log'
import type { SignalHands } from '#signals'
import type { AskingDesk, OutputDesk, PulledPage, Refused, TrackerDesk } from '#sources'
import type { Blind, Checked, Delivery, ResolvedPerson, StreamEvent } from '#sources/contract'

/** A source as hands needs it: still sealed, opened only for the pull or action in hand. */
export type SourceRecord = {
  id: string
  connector: string
  revision: number
  config: string
  authority: string | null
  see: string | null
  contain: string | null
  /** History is wanted from here on. */
  backfillSinceMs?: number | null
}

export type StreamHealth = {
  source: string
  stream: string
  lastSuccessAtMs: number | null
  lagMs: number | null
  error: string | null
  lastEventAtMs?: number | null
  /** Turned away since the start, by reason. */
  refused?: Refused[]
  /** What the newest run may not read. */
  blind?: Blind[]
  /** Where a long run stands. */
  progress?: string | null
}

/** What the vendor said of a source, what cannot be seen there, and how long until an act is. */
export type SourceChecked = Checked & {
  blind: string[]
  delays: { stream: string; typicalMs: number; worstMs: number }[]
}

/** What hands may ask of core. Nothing else crosses the socket in this direction. */
export type CoreForHands = {
  desk: ActionDesk
  home: Home
  /** What is to leave, and how far it came. */
  outputs: OutputDesk
  /** Tasks, and which issue elsewhere each one is. */
  tracking: TrackerDesk
  /** What is asked of whom, and what they answered. */
  asking: AskingDesk
  intake: {
    append(page: PulledPage): Promise<AppendAck>
    cursor(source: string, stream: string): Promise<string | null>
    health(health: StreamHealth[]): Promise<void>
  }
  registry: {
    sources(): Promise<SourceRecord[]>
    /** Break-glass entities of an authority, by the estate and by what people named. */
    spared(authority: string): Promise<EntityId[]>
    /** The same secret under a newer key of hands; refused when it changed meanwhile. */
    reseal(source: string, use: 'see' | 'contain', from: string, sealed: string): Promise<void>
    /** What is sealed for telling others: signing keys and receivers' headers. */
    signalSecrets(): Promise<{ kind: 'key' | 'stream'; id: string; sealed: string }[]>
    resealSignal(kind: 'key' | 'stream', id: string, from: string, to: string): Promise<void>
    /** A page of what waits for receivers, behind `after`; empty at the end. */
    waitingTokens(
      after: { stream: string; jti: string } | null,
    ): Promise<{ stream: string; jti: string; sealed: string }[]>
    resealTokens(tokens: { stream: string; jti: string; from: string; to: string }[]): Promise<void>
    /** A page of what undos need and hands sealed, behind `after`; empty at the end. */
    sealedUndos(after: ActionId | null): Promise<SealedUndo[]>
    resealUndos(undos: { id: ActionId; from: string; to: string }[]): Promise<void>
  }
}

/** What core may ask of hands. */
export type HandsForCore = {
  source: {
    check(source: string): Promise<SourceChecked>
    changed(): Promise<void>
    /** Reads what the vendor sent to us by itself. Refusals come as ERR_VENDOR_DELIVERY. */
    accept(source: string, stream: string, delivery: Delivery): Promise<StreamEvent[]>
  }
  intake: {
    /** Secrets that core must hold to receive for a source, and no others; with the revision they are of. */
    secrets(source: string): Promise<{ revision: number; secrets: Record<string, string> }>
  }
  /** Shared Signals to others: keys, signatures and pushes. */
  signals: SignalHands & { makeKey(): Promise<{ kid: string; publicJwk: string; sealed: string }> }
  people: {
    /** Live, and kept by neither side. */
    resolve(source: string, persons: string[]): Promise<ResolvedPerson[]>
  }
  response: {
    wake(): Promise<void>
    /** Values for the probes of one incident. */
    lend(incident: IncidentId, values: { credential: EntityId; value: string }[]): Promise<void>
    /** The incident is closed: what was lent for it is forgotten. */
    forget(incident: IncidentId): Promise<void>
  }
}

/** Serves exactly the methods listed in `names`; anything else is refused. */
export function serve<T extends object>(
  object: T,
  names: { [Group in keyof T]: readonly (keyof T[Group] & string)[] },
): RpcHandler {
  const methods = new Map<string, (args: readonly unknown[]) => unknown>()
  for (const group of Object.keys(names)) {
    const target: unknown = Reflect.get(object, group)
    const listed: unknown = Reflect.get(names, group)
    if (!isObject(target) || !Array.isArray(listed)) continue
    for (const name of listed.map(String)) {
      const method = target[name]
      assert(typeof method === 'function', `${group}.${name} is a method`)
      methods.set(`${group}.${name}`, (args) => Reflect.apply(method, target, args))
    }
  }
  return async (name, params) => {
    const method = methods.get(name)
    if (method === undefined || !Array.isArray(params)) {
      throw new CordonError('ERR_RPC_METHOD', `no method \`${name}\` on this socket`)
    }
    return (await method(params)) ?? null
  }
}

/** The other side's object: calls become frames. */
export function remote<T extends object>(peer: () => RpcPeer | undefined): T {
  const group = (name: string): unknown =>
    new Proxy(
      {},
      {
        get: (_, method) =>
          method === 'then'
            ? undefined
            : async (...args: unknown[]) => {
                const other = peer()
                if (other === undefined)
                  throw new CordonError('ERR_RPC_CLOSED', 'the other process is not up', { retryable: true })
                return other.call(`${name}.${String(method)}`, args)
              },
      },
    )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is the type both processes were compiled with
  return new Proxy({}, { get: (_, name) => group(String(name)) }) as T
}

export const coreMethods = {
  desk: ['claim', 'attempt', 'applied', 'probed', 'failed', 'undone', 'release'],
  home: ['killKey', 'reviveKey', 'lendKey', 'keyState', 'keySuccessor', 'issueSuccessor', 'withdrawSuccessor'],
  outputs: ['due', 'move'],
  tracking: ['work', 'opening', 'opened', 'closedHere', 'seen'],
  asking: ['work', 'putting', 'put', 'answered'],
  intake: ['append', 'cursor', 'health'],
  registry: [
    'sources',
    'reseal',
    'spared',
    'signalSecrets',
    'resealSignal',
    'waitingTokens',
    'resealTokens',
    'sealedUndos',
    'resealUndos',
  ],
} as const satisfies { [Group in keyof CoreForHands]: readonly (keyof CoreForHands[Group])[] }

export const handsMethods = {
  source: ['check', 'changed', 'accept'],
  intake: ['secrets'],
  signals: ['sign', 'push', 'makeKey'],
  people: ['resolve'],
  response: ['wake', 'lend', 'forget'],
} as const satisfies { [Group in keyof HandsForCore]: readonly (keyof HandsForCore[Group])[] }

/** Listens on a socket that only this user can open (or, by `mode`, a group); the newest connection is hands. */
export function listenForHands(
  path: string,
  handle: RpcHandler,
  mode = 0o600,
): Promise<{ hands: () => RpcPeer | undefined; close(): Promise<void> }> {
  rmSync(path, { force: true })
  let current: RpcPeer | undefined
  const server: Server = createServer((socket) => {
    const peer = createRpcPeer(socket, handle)
    current = peer
    void peer.closed.then(() => {
      if (current === peer) current = undefined
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      chmodSync(path, mode)
      resolve({
        hands: () => current,
        close: () =>
          new Promise((done) => {
            current?.close()
            server.close(() => done())
          }),
      })
    })
  })
}

export function connectToCore(path: string, handle: RpcHandler): Promise<RpcPeer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      assert(!socket.destroyed, 'a connected socket is open')
      resolve(createRpcPeer(socket, handle))
    })
  })
}
