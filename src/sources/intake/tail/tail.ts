import { basename } from 'node:path'

import { parseOwnJson, type Clock, type JsonObject } from '#kit'
import type { Gap, OwnStream, Page, Refusal, StreamEvent } from '#sources/contract'

import { AbsentError } from '../error.ts'
import { readLine } from '../line.ts'
import { intakeLimits } from '../limits.ts'
import type { Configured, IntakeOf, IntakeParts } from '../way.ts'
import { filesBeside, headOf, openFile } from './files.ts'
import { readLines } from './lines.ts'
import { findPlaces, type Place, type Read } from './places.ts'

const pageLines = 500
const pageBytes = 4 * 1024 * 1024
/** What a writer leaves unended in a rotated file is taken for a line after so long: it may hold the file open until then. */
export const unendedMs = 10 * 60_000
const formersMax = 16
export const tailEveryMs = 1_000

/** Committed with the events: nothing is read twice but what was not on disk, and that has the same ids. */
type State = { v: 1; places: Place[] }
type Tail = IntakeOf<'tail'>

/** Follows one file through its rotations, by rename or by copy. */
export const tailStream = (name: string, { folders }: IntakeParts): OwnStream<Configured> => ({
  name,
  kind: 'feed',
  delayMs: { typical: tailEveryMs, worst: 5 * tailEveryMs },
  everyMs: tailEveryMs,
  historyMs: null,
  async *pull({ config: { intake }, clock, signal }, cursor) {
    if (intake?.kind !== 'tail') return
    const known = cursor === null ? [] : parseOwnJson<State>(cursor).places
    const files = await filesBeside(intake.path, folders)
    const { reads, lost } = await findPlaces(intake.path, known, files)
    if (cursor === null && intake.from === 'end') for (const read of reads) await skip(read)
    const places = reads.map(({ place }) => place)
    const cursorOf = (): string => JSON.stringify({ v: 1, places } satisfies State)
    if (lost.length > 0) {
      const gaps = lost.map(({ mtimeMs }) => gapSince(mtimeMs, clock.nowMs()))
      yield { events: [], gaps, cursor: cursorOf() }
    }
    let written = lost.length > 0 ? cursorOf() : cursor
    for (const [index, read] of reads.entries()) {
      for await (const { place, ...page } of readFile(read, intake, clock)) {
        places[index] = place
        written = cursorOf()
        yield { ...page, cursor: written }
        if (signal.aborted) return
      }
      places[index] = settled(places[index] ?? read.place, read, clock.nowMs())
    }
    places.splice(0, Math.max(0, places.length - 1 - formersMax))
    if (cursorOf() !== written) yield { events: [], cursor: cursorOf() }
    if (!reads.some(({ isCurrent }) => isCurrent)) {
      throw new AbsentError(`there is no file \`${intake.path}\``, 'see that its program runs and writes there')
    }
  },
})

const gapSince = (fromMs: number, nowMs: number): Gap => ({
  fromMs: Math.min(fromMs, nowMs),
  toMs: nowMs,
  reason: 'file-gone',
  recovered: false,
})

/** Read to its end: what is rotated away is quiet from now on, or since before when it did not grow. */
function settled(place: Place, { isCurrent, place: before }: Read, nowMs: number): Place {
  if (isCurrent) return { ...place, quietSinceMs: null }
  const grew = place.offset !== before.offset
  return { ...place, quietSinceMs: grew || before.quietSinceMs === null ? nowMs : before.quietSinceMs }
}

const isEnded = ({ quietSinceMs }: Place, nowMs: number): boolean =>
  quietSinceMs !== null && nowMs - quietSinceMs >= unendedMs

/** A first look that begins at the end begins behind the last whole line. */
async function skip(read: Read): Promise<void> {
  const handle = await openFile(read.file)
  if (handle === undefined) return
  try {
    let line = 0
    let offset = 0
    for await (const { bytes } of readLines(handle, 0, false)) {
      offset += bytes
      line++
    }
    read.place = { ...read.place, ...(await headOf(handle)), offset, line }
  } finally {
    await handle.close()
  }
}

type TailPage = Omit<Page, 'cursor'> & { place: Place }

async function* readFile({ place: from, file }: Read, tail: Tail, clock: Clock): AsyncGenerator<TailPage> {
  if (file.size === from.offset) return
  const handle = await openFile(file)
  if (handle === undefined) return
  try {
    const head = from.head === undefined ? await headOf(handle) : undefined
    let place: Place = { ...from, ...head, mtimeMs: file.mtimeMs }
    let events: StreamEvent[] = []
    let refused: Refusal[] = []
    let bytes = 0
    for await (const line of readLines(handle, from.offset, isEnded(from, clock.nowMs()))) {
      place = { ...place, offset: line.offset + line.bytes, line: place.line + 1 }
      const at = `${basename(tail.path)}, line ${place.line}`
      const record =
        line.text === null
          ? { reason: `longer than ${intakeLimits.lineUnitsMax} bytes`, column: 1 }
          : readLine(line.text, tail.lines, clock.nowMs())
      if (record !== null && 'reason' in record)
        refused.push({ reason: record.reason, place: `${at}, column ${record.column}` })
      else if (record !== null) {
        const native = `${place.inode}-${place.head ?? ''}:${line.offset}`
        events.push({ native, eventAtMs: record.eventAtMs, raw: placeholder, text: record.text })
      }
      bytes += line.bytes
      if (events.length + refused.length < pageLines && bytes < pageBytes) continue
      yield { events, refused, place }
      ;[events, refused, bytes] = [[], [], 0]
    }
    if (bytes > 0) yield { events, refused, place }
  } finally {
    await handle.close()
  }
}

/** The text says it all. */
const placeholder: JsonObject = {}
