import { parseOwnJson, sha256, toHex, utf8, type Json } from '#kit'
import {
  CursorExpired,
  VendorError,
  type Page,
  type PullContext,
  type SnapshotPart,
  type SnapshotStream,
} from '#sources/contract'

/** A snapshot that was cut off goes on where it stood for this long; then it begins anew. */
export const resumeMsMax = 6 * 3_600_000
/** Up to so many rows a snapshot is compared with the last one before any of it is written. */
export const heldRowsMax = 2_000
/** The same once more is left out, but not for longer than this: the feed may have said otherwise meanwhile. */
export const restateMs = 3_600_000
/** Pages of one list; beyond it the snapshot fails by name, and nothing closes by mistake. */
export const listPagesMax = 10_000
/** A page that leads to itself is asked for again so often. */
const stuckPagesMax = 4
const restartsMax = 2

/** Under way: the page to ask for next. Done: what the last one held, and when it was written. */
type Under = { v: 1; id: string; takenAtMs: number; part: number; list: number; next: string | null }
type Done = { v: 1; digest: string | null; statedAtMs: number }

/** One run of a snapshot stream. INVARIANT: `complete` is said once, behind the last page of the last list. */
export async function* pullSnapshot<Config>(
  stream: SnapshotStream<Config>,
  context: PullContext<Config>,
  cursor: string | null,
): AsyncGenerator<Page> {
  const { clock } = context
  const before = cursor?.startsWith('{"v":1,') === true ? parseOwnJson<Under | Done>(cursor) : undefined
  const last = before !== undefined && 'digest' in before ? before : undefined
  let at =
    before !== undefined && 'id' in before && clock.nowMs() - before.takenAtMs < resumeMsMax
      ? before
      : begin(stream.name, clock.nowMs())
  for (let restarts = 0; ; restarts++) {
    try {
      yield* run(stream, context, at, last)
      return
    } catch (error) {
      if (!(error instanceof CursorExpired) || restarts >= restartsMax) throw error
      const resumed = at.part > 0
      at = begin(stream.name, clock.nowMs())
      // Where it stood is lost for good: written down, so that no later run asks for it again.
      if (resumed) yield { events: [], cursor: JSON.stringify(at) }
    }
  }
}

const begin = (stream: string, nowMs: number): Under => {
  return { v: 1, id: `${stream}-${nowMs}`, takenAtMs: nowMs, part: 0, list: 0, next: null }
}

async function* run<Config>(
  stream: SnapshotStream<Config>,
  context: PullContext<Config>,
  from: Under,
  last: Done | undefined,
): AsyncGenerator<Page> {
  const { id, takenAtMs } = from
  const lists = stream.lists(context.config)
  const isWhole = from.part === 0
  let held: Page[] | undefined = isWhole ? [] : undefined
  let rowsHeld = 0
  let digest = ''
  let { part, list, next } = from
  let stuck = 0
  for (let pages = 0; list < lists.length;) {
    const kind = lists[list] ?? ''
    const answer = await stream.page(context, kind, next)
    if (answer.next !== null && answer.next === next && answer.rows.length === 0 && ++stuck < stuckPagesMax) continue
    if (answer.next !== null && (answer.next === next || ++pages >= listPagesMax)) {
      throw new VendorError('ERR_VENDOR_SHAPE', `the list \`${kind}\` has no end`, { retryable: true })
    }
    next = answer.next
    if (next === null) {
      list++
      pages = 0
    }
    const complete = list >= lists.length
    digest = toHex(sha256(utf8(`${digest}${kind}${JSON.stringify(answer.rows)}`)))
    const then: Under | Done = complete
      ? { v: 1, digest: isWhole ? digest : null, statedAtMs: context.clock.nowMs() }
      : { v: 1, id, takenAtMs, part: part + 1, list, next }
    const page: Page = {
      ...pageOf({ id, part, complete, takenAtMs }, kind, answer.rows, JSON.stringify(then)),
      progress: `${kind}, list ${next === null ? list : list + 1} of ${lists.length}, page ${part + 1}`,
    }
    part++
    if (held === undefined) {
      yield page
      continue
    }
    held.push(page)
    rowsHeld += answer.rows.length
    if (complete && isSame(last, digest, context.clock.nowMs())) return
    if (!complete && rowsHeld <= heldRowsMax) continue
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
