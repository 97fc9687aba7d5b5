import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

import { parseOwnJson } from '#kit'

import { EstateError } from '../error.ts'
import { arraysOf, emptyBase, type Coarse, type GraphBase } from './base.ts'

/** Rises when the layout changes. The file is a copy of what the edge log says: one of another version is built anew. */
export const graphFileVersion = 2

/** Which state of the store the arrays stand for. `store`: what the store must hold at `lastEdge`, or it is another one. */
export type GraphMark = {
  tenant: string
  generation: number
  asOf: number
  heardAtMs: number
  lastEdge: number
  lastClose: number
  store: string
}

type Head = GraphMark & { nodes: number; slots: number; coarse: Coarse; crcs: number[] }

const magic = 'CDNGRAPH'
/** Magic, version, length and checksum of the JSON, then the JSON; the arrays follow, each from a multiple of eight. */
const headBytes = 4096
const jsonAt = 24
const chunkBytes = 4 * 1024 * 1024

const padded = (length: number): number => Math.ceil(length / 8) * 8
const bytesOfArray = (array: Uint32Array | Uint8Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/**
 * Written beside, synced, then renamed over the old one: there is always one whole file. Goes in slices, so that the
 * graph stays in use; a close marked meanwhile is in the store's log too and is worked in again when the file is read.
 */
export async function writeGraphFile(path: string, base: GraphBase, mark: GraphMark): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    const crcs: number[] = []
    let at = headBytes
    for (const array of arraysOf(base)) {
      const bytes = bytesOfArray(array)
      let crc = 0
      for (let start = 0; start < bytes.length; start += chunkBytes) {
        const chunk = bytes.slice(start, start + chunkBytes)
        crc = crc32(chunk, crc)
        await file.write(chunk, 0, chunk.length, at + start)
      }
      crcs.push(crc)
      at += padded(bytes.length)
    }
    const head: Head = { ...mark, nodes: base.nodes, slots: base.slots, coarse: base.coarse, crcs }
    const json = Buffer.from(JSON.stringify(head))
    const first = Buffer.alloc(headBytes)
    first.write(magic, 0, 'latin1')
    first.writeUInt32LE(graphFileVersion, 8)
    first.writeUInt32LE(json.length, 12)
    first.writeUInt32LE(crc32(json), 16)
    json.copy(first, jsonAt)
    await file.write(first, 0, headBytes, 0)
    await file.truncate(at)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}

/** Throws ERR_ESTATE_SNAPSHOT_NEWER, _OLDER or _CORRUPT by name, and the system's own error when there is none. */
export function readGraphFile(path: string): { base: GraphBase; mark: GraphMark } {
  const file = openSync(path, 'r')
  try {
    const { nodes, slots, coarse, crcs, ...mark } = readHead(file, path)
    const base = emptyBase(nodes, slots, coarse)
    let at = headBytes
    for (const [index, array] of arraysOf(base).entries()) {
      const bytes = bytesOfArray(array)
      for (let start = 0; start < bytes.length;) {
        const read = readSync(file, bytes, start, Math.min(bytes.length - start, 1 << 30), at + start)
        if (read === 0) throw corrupt(path, 'it ends too early')
        start += read
      }
      if (crc32(bytes) !== crcs[index]) throw corrupt(path, `the checksum of array ${index} differs`)
      at += padded(bytes.length)
    }
    return { base, mark }
  } finally {
    closeSync(file)
  }
}

function readHead(file: number, path: string): Head {
  const first = Buffer.alloc(headBytes)
  if (readSync(file, first, 0, headBytes, 0) < headBytes) throw corrupt(path, 'it ends too early')
  if (first.toString('latin1', 0, 8) !== magic) throw corrupt(path, 'it is no graph file')
  const version = first.readUInt32LE(8)
  if (version !== graphFileVersion) {
    const [code, age] =
      version > graphFileVersion
        ? (['ERR_ESTATE_SNAPSHOT_NEWER', 'a newer'] as const)
        : (['ERR_ESTATE_SNAPSHOT_OLDER', 'an older'] as const)
    throw new EstateError(code, `\`${path}\` was written by ${age} Cordon (format ${version})`, { hint: rebuilt })
  }
  const length = first.readUInt32LE(12)
  const json = first.subarray(jsonAt, jsonAt + length)
  if (length > headBytes - jsonAt || crc32(json) !== first.readUInt32LE(16)) throw corrupt(path, 'its head is damaged')
  const head = parseOwnJson<Head>(json.toString())
  const sizes = arraySizes(head.nodes, head.slots)
  if (fstatSync(file).size !== headBytes + sizes.reduce((sum, size) => sum + padded(size), 0)) {
    throw corrupt(path, 'its length is not what its head says')
  }
  return head
}

/** Bytes of each array, so that a damaged length is noticed before memory is asked for. */
const arraySizes = (nodes: number, slots: number): number[] => [
  4 * (nodes + 1),
  4 * slots,
  slots,
  8 * slots,
  4 * slots,
  4 * (nodes + 1),
  4 * slots,
  4 * slots,
  slots,
]

const rebuilt = 'nothing is lost: the graph is rebuilt from the edge log'
const corrupt = (path: string, why: string): EstateError =>
  new EstateError('ERR_ESTATE_SNAPSHOT_CORRUPT', `\`${path}\` cannot be used: ${why}`, {
    hint: rebuilt,
  })
