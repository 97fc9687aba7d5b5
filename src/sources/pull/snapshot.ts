import { parseOwnJson, sha256, toHex, utf8, type Json } from '#kit'
import {
  CursorExpired,
  VendorError,
  type Blind,
  type Page,
  type PullContext,
  type SnapshotPart,
  type SnapshotStream,
} from '#sources/contract'

import { closedOf, pageOrBlind, Unread, type Closed, type Held } from './blind.ts'

/** A snapshot that was cut off goes on where it stood for this long; then it begins anew. */
export const resumeMsMax = 6 * 3_600_000
/** Up to so many rows a snapshot is compared with the last one before any of it is written. */
export const heldRowsMax = 2_000
/** Tests have it low, so that small snapshots are written page by page, too. */
export type SnapshotBounds = { heldRowsMax?: number }
/** The same once more is left out, but not for longer than this: the feed may have said otherwise meanwhile. */
export const restateMs = 3_600_000
/** Pages of one list; beyond it the snapshot fails by name, and nothing closes by mistake. */
export const listPagesMax = 10_000
/** A page that leads to itself is asked for again so often. */
const stuckPagesMax = 4
const restartsMax = 2

/**
 * Under way: the page to ask for next. Done: what the last one held, and when it was written. `closed`: what the last
 * snapshot that ended edges could not read; null before there was one. Cursors of earlier versions lack it: they read all.
 */
type Under = {
  v: 1
  id: string
  takenAtMs: number
  part: number
  list: number
  next: string | null
  blind?: Held[]
  read?: string[]
  closed?: Closed
}
type Done = { v: 1; digest: string | null; statedAtMs: number; closed?: Closed }

/**
 * One run of a snapshot stream. INVARIANT: `complete` is said once, behind the last page of the last list, and never when
 * something could not be read that an earlier one may have stated: what is not seen has not ended.
 */
export async function* pullSnapshot<Config>(
  stream: SnapshotStream<Config>,
  context: PullContext<Config>,
  cursor: string | null,
  bounds: SnapshotBounds = {},
): AsyncGenerator<Page> {
  const { clock } = context
  const before = cursor?.startsWith('{"v":1,') === true ? parseOwnJson<Under | Done>(cursor) : undefined
  const last = before !== undefined && 'digest' in before ? before : undefined
  let at =
    before !== undefined && 'id' in before && clock.nowMs() - before.takenAtMs < resumeMsMax
      ? before
      : begin(stream.name, clock.nowMs(), closedOf(before))
  for (let restarts = 0; ; restarts++) {
    // In this run or in one before.
    let isWritten = at.part > 0
    let stood = at
    try {
      // A context of its own: what is read once a run (`onceARun`) is of this snapshot, and not of the one given up.
      for await (const page of run(stream, { ...context }, at, last, bounds.heldRowsMax ?? heldRowsMax)) {
        isWritten = true
        const then = parseOwnJson<Under | Done>(page.cursor ?? 'null')
        if (then !== null && 'id' in then) stood = then
        yield page
      }
      return
    } catch (error) {
      if (!(error instanceof CursorExpired)) throw error
      at = begin(stream.name, clock.nowMs(), closedOf({ ...stood, part: isWritten ? 1 : 0 }))
      // Where it stood is lost for good: written down, so that no later run asks for it again.
      if (isWritten) yield { events: [], cursor: JSON.stringify(at) }
      if (restarts >= restartsMax) throw error
    }
  }
}

const begin = (stream: string, nowMs: number, closed: Closed): Under => {
  return { v: 1, id: `${stream}-${nowMs}`, takenAtMs: nowMs, part: 0, list: 0, next: null, blind: [], closed }
}

/** What was read once may be read no more. */
const nothingEnds: Blind = {
  of: '*',
  says: 'until all is read that once was, nothing is told to have ended',
  untold: [],
}

async function* run<Config>(
  stream: SnapshotStream<Config>,
  context: PullContext<Config>,
  from: Under,
  last: Done | undefined,
  heldMax: number,
): AsyncGenerator<Page> {
  const { id, takenAtMs } = from
  const closed = from.closed === undefined ? [] : from.closed
  const unread = new Unread(from.blind, from.read)
  const lists = stream.lists(context.config)
  const isWhole = from.part === 0
  let held: Page[] | undefined = isWhole ? [] : undefined
  let rowsHeld = 0
  let digest = ''
  let { part, list, next } = from
  let stuck = 0
  let refusal: VendorError | undefined
  for (let pages = 0; list < lists.length;) {
    const kind = lists[list] ?? ''
    const answer = await pageOrBlind(stream, context, kind, next)
    refusal ??= answer.refusal
    unread.add(kind, answer)
    if (answer.next !== null && answer.next === next && answer.rows.length === 0 && ++stuck < stuckPagesMax) continue
    if (answer.next !== null && (answer.next === next || ++pages >= listPagesMax)) {
      throw new VendorError('ERR_VENDOR_SHAPE', `the list \`${kind}\` has no end`, { retryable: true })
    }
    next = answer.next
    if (next === null) {
      list++
      pages = 0
    }
    const isLast = list >= lists.length
    const blind = unread.told
    const complete = isLast && unread.mayClose(closed)
    const says = blind.map((one) => one.says)
    digest = toHex(sha256(utf8(`${digest}${kind}${JSON.stringify(answer.rows)}${says.join('')}`)))
    const then: Under | Done = isLast
      ? {
          v: 1,
          digest: isWhole ? digest : null,
          statedAtMs: context.clock.nowMs(),
          closed: complete ? unread.closedNow : unread.stillClosed(closed),
        }
      : { v: 1, id, takenAtMs, part: part + 1, list, next, blind: unread.held, read: unread.read, closed }
    const head = { id, part, complete, takenAtMs, ...(says.length === 0 ? {} : { blind: says }) }
    const page: Page = {
      ...pageOf(head, kind, answer.rows, JSON.stringify(then)),
      ...(isLast || blind.length > 0 ? { blind: isLast && !complete ? [...blind, nothingEnds] : blind } : {}),
      progress: `${kind}, list ${next === null ? list : list + 1} of ${lists.length}, page ${part + 1}`,
    }
    part++
    // Nothing may be read at all: that is a fault of the source, not a part left out.
    if (isLast && isWhole && refusal !== undefined && rowsHeld + answer.rows.length === 0) throw refusal
    if (held === undefined) {
      yield page
      continue
    }
    held.push(page)
    rowsHeld += answer.rows.length
    if (isLast && isSame(last, digest, context.clock.nowMs())) {
      if (blind.length > 0) yield { events: [], cursor: null, blind: page.blind ?? blind }
      return
    }
    if (!isLast && rowsHeld <= heldMax) continue
    yield* held
    held = undefined
  }
}

const isSame = (last: Done | undefined, digest: string, nowMs: number): boolean =>
  last !== undefined && last.digest === digest && nowMs - last.statedAtMs < restateMs

function pageOf(snapshot: SnapshotPart['snapshot'], kind: string, rows: Json[], cursor: string): Page {
  const raw: SnapshotPart = { snapshot, rows: { kind, rows } }
  return { events: [{ native: `${snapshot.id}/${snapshot.part}`, eventAtMs: snapshot.takenAtMs, raw }], cursor }
}
