import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs'

import { concatBytes, fromBase64, isObject, parseOwnJson, toBase64, utf8 } from '#kit'
import type { TenantId } from '#model'
import type { LogKeys } from '#vault'

/** Sealed in pieces of about this size, so that a million groups are no single text. */
const pieceChars = 1 << 20
/** A forged length cannot exhaust memory. */
const pieceBytesMax = 256 * 1024 * 1024
const version = 2
const nonceBytes = 12
const tagBytes = 16
const lengthBytes = 4
const headBytesMax = 4_096
/** Where a day stands for keys of the log: the state's key is wrapped for nothing else. */
const keyPlace = 'state'

/**
 * What a desk holds after the event at `offset`: names, addresses and habits of people, so it lies sealed under a key of its
 * own, which the ring `log` wraps. INVARIANT: what was changed, cut off, swapped with another state's pieces or sealed under
 * a key that is gone is no state: it is made again from the log, and nothing of it is believed.
 */
export interface StateFile {
  /** Written whole or not at all. What follows in the log is read again, so a file that is older only costs time. */
  write(offset: number, lines: Iterable<string>): void
  /** Undefined where there is none, or none that opens from end to end. `lines` are read while they are asked for, once. */
  read(): { offset: number; lines: Iterable<string> } | undefined
}
/** `name` tells two states of one tenant apart. The rules' cache is made of their files, and of no event: its offset is 0. */
export type StateFileOptions = {
  path: string
  name: 'rules' | 'behaviour' | 'rule cache'
  tenant: TenantId
  keys: LogKeys
}
type Head = { version: number; offset: number; wrapped: string }

export function openStateFile({ path, name, tenant, keys }: StateFileOptions): StateFile {
  const boundTo = (offset: number, piece: number, isLast: boolean): Uint8Array =>
    utf8(JSON.stringify(['cordon state v2', tenant, name, offset, piece, isLast]))

  function* linesOf(file: number, at: number, key: Uint8Array, offset: number): Generator<string, void, undefined> {
    for (let piece = 0, isLast = false; !isLast; piece++) {
      const head = readAt(file, at, lengthBytes)
      const size = head.readUInt32BE() & 0x7fffffff
      isLast = (head[0] ?? 0) >= 0x80
      if (size > pieceBytesMax) throw new Error('a piece is too long')
      const plain = open(key, piece, boundTo(offset, piece, isLast), readAt(file, at + lengthBytes, size))
      at += lengthBytes + size
      for (const line of new TextDecoder().decode(plain).split('\n')) if (line !== '') yield line
    }
  }

  return {
    write(offset, lines) {
      const fresh = `${path}.new`
      const { key, wrapped } = keys.create(tenant, keyPlace)
      const head: Head = { version, offset, wrapped: toBase64(wrapped) }
      const file = openSync(fresh, 'w', 0o600)
      try {
        writeSync(file, `${JSON.stringify(head)}\n`)
        let number = 0
        const put = (text: string, isLast: boolean): void => {
          const sealed = seal(key, number, boundTo(offset, number, isLast), utf8(text))
          const length = Buffer.alloc(lengthBytes)
          length.writeUInt32BE(sealed.length + (isLast ? 0x80000000 : 0))
          writeSync(file, concatBytes(length, sealed))
          number++
        }
        let piece = ''
        for (const line of lines) {
          piece += `${line}\n`
          if (piece.length < pieceChars) continue
          put(piece, false)
          piece = ''
        }
        put(piece, true)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(fresh, path)
    },
    read() {
      if (!existsSync(path)) return undefined
      try {
        // Once through before anything is believed: half a state would be worse than none.
        const { offset } = reading((file) => {
          const { head, at } = readHead(file)
          const key = keys.unwrap(tenant, keyPlace, fromBase64(head.wrapped))
          for (const _ of linesOf(file, at, key, head.offset));
          return head
        })
        return { offset, lines: again() }
      } catch {
        // Not ours, changed or cut off: it is made again from the log.
        return undefined
      }
    },
  }

  function reading<T>(work: (file: number) => T): T {
    const file = openSync(path, 'r')
    try {
      return work(file)
    } finally {
      closeSync(file)
    }
  }
  function* again(): Generator<string, void, undefined> {
    const file = openSync(path, 'r')
    try {
      const { head, at } = readHead(file)
      yield* linesOf(file, at, keys.unwrap(tenant, keyPlace, fromBase64(head.wrapped)), head.offset)
    } finally {
      closeSync(file)
    }
  }
}

function readHead(file: number): { head: Head; at: number } {
  const start = Buffer.alloc(headBytesMax)
  const read = readSync(file, start, 0, headBytesMax, 0)
  const end = start.subarray(0, read).indexOf('\n')
  const head = parseOwnJson<unknown>(start.toString('utf8', 0, end))
  if (!isObject(head) || head['version'] !== version) throw new Error('of another version')
  const { offset, wrapped } = head
  if (typeof offset !== 'number' || typeof wrapped !== 'string') throw new Error('no head of a state')
  return { head: { version, offset, wrapped }, at: end + 1 }
}

function readAt(file: number, at: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  if (readSync(file, bytes, 0, size, at) < size) throw new Error('cut off')
  return bytes
}

/** The key seals one file, each piece under its own number. */
function nonceOf(piece: number): Buffer {
  const nonce = Buffer.alloc(nonceBytes)
  nonce.writeUInt32BE(piece, nonceBytes - 4)
  return nonce
}

function seal(key: Uint8Array, piece: number, aad: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonceOf(piece)).setAAD(aad)
  return concatBytes(cipher.update(plain), cipher.final(), cipher.getAuthTag())
}

function open(key: Uint8Array, piece: number, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
  const at = Math.max(0, sealed.length - tagBytes)
  const options = { authTagLength: tagBytes }
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), nonceOf(piece), options).setAAD(aad)
  decipher.setAuthTag(sealed.subarray(at))
  return concatBytes(decipher.update(sealed.subarray(0, at)), decipher.final())
}
