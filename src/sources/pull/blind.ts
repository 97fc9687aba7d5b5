import {
  isScopeRefusal,
  type Blind,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
  type VendorError,
} from '#sources/contract'

// A right that is missing blinds a part of a snapshot, and says so; the rest of it is read on.

/** Single things of one part whose ids are kept; of more than these nobody can say later which they were. */
export const blindThingsMax = 200

/** As a cursor keeps it. `things`: ids of the ones that could not be read, null beyond the bound; absent: nothing could. */
export type Held = Blind & { things?: string[] | null }

/**
 * What the last snapshot that ended edges could not read, so that nothing of it can be open: a whole list or part by name, or
 * single things of one of which others were read. Null before there was one.
 */
export type Closed = readonly WasClosed[] | null
type WasClosed = string | { of: string; things: readonly string[] }

/** What one snapshot could not read so far, and of which lists and parts it read something. */
export class Unread {
  readonly #blind: Map<string, Held>
  readonly #read: Set<string>

  constructor(blind: readonly Held[] = [], read: readonly string[] = []) {
    this.#blind = new Map(blind.map((one) => [one.of, one]))
    this.#read = new Set(read)
  }

  add(list: string, { rows, blind = [], read = new Set() }: SnapshotRows): void {
    if (rows.length > 0) this.#read.add(list)
    for (const part of read) this.#read.add(part)
    for (const { thing, ...one } of blind) {
      const before = this.#blind.get(one.of)
      // The first one's words stay: they are the same each time, whatever comes behind.
      this.#blind.set(one.of, before === undefined ? freshHeld(one, thing) : withThing(before, thing))
    }
  }

  get held(): Held[] {
    return [...this.#blind.values()]
  }
  get read(): string[] {
    return [...this.#read]
  }
  /** For people and posture. */
  get told(): Blind[] {
    return this.held.map(({ things, says, ...one }) => {
      const more = things === null ? `over ${blindThingsMax}` : (things?.length ?? 1) - 1
      return { ...one, says: more === 0 ? says : `${says}; nor of ${more} more` }
    })
  }

  /** Everything blind now was so when edges were last ended: nothing is open that could only be stated by it. */
  mayClose(closed: Closed): boolean {
    return closed === null || this.held.every((one) => closed.some((was) => covers(was, one)))
  }

  /** Once it ended edges: of what nothing was stated, nothing is open. */
  get closedNow(): Closed {
    return this.held.flatMap(({ of, things }): WasClosed[] => {
      if (!this.#read.has(of)) return [of]
      return Array.isArray(things) ? [{ of, things }] : []
    })
  }

  /** Where it did not: of `closed` what this snapshot stated nothing of either. */
  stillClosed(closed: Closed): Closed {
    return (
      closed?.flatMap((was): WasClosed[] => {
        const [of, before] = typeof was === 'string' ? [was, undefined] : [was.of, was.things]
        if (!this.#read.has(of)) return [was]
        const now = this.#blind.get(of)?.things ?? []
        const things = before === undefined ? now : now.filter((one) => before.includes(one))
        return things.length === 0 ? [] : [{ of, things }]
      }) ?? null
    )
  }
}

const freshHeld = (one: Blind, thing: string | undefined): Held =>
  thing === undefined ? one : { ...one, things: [thing] }

function withThing({ things, ...one }: Held, thing: string | undefined): Held {
  if (things === undefined || thing === undefined) return one
  if (things === null || things.includes(thing)) return { ...one, things }
  return { ...one, things: things.length < blindThingsMax ? [...things, thing] : null }
}

function covers(was: WasClosed, { of, things }: Held): boolean {
  if (typeof was === 'string') return was === of
  return was.of === of && Array.isArray(things) && things.every((one) => was.things.includes(one))
}

/** As the cursor has it: those of earlier versions lack it, and read all. */
export function closedOf(
  before: { part?: number; closed?: Closed; blind?: readonly Held[]; read?: readonly string[] } | undefined,
): Closed {
  if (before === undefined) return null
  const { closed = [], part = 0, blind, read } = before
  // A first snapshot that was cut off has stated things: the next one may end only what it could have read.
  if (closed === null) return part > 0 ? [] : null
  return new Unread(blind, read).stillClosed(closed)
}

/** A list that may not be read has no rows, and says so. */
export async function pageOrBlind<Config>(
  stream: SnapshotStream<Config>,
  context: PullContext<Config>,
  kind: string,
  next: string | null,
): Promise<SnapshotRows & { refusal?: VendorError }> {
  try {
    return await stream.page(context, kind, next)
  } catch (error) {
    if (!isScopeRefusal(error)) throw error
    const untold = stream.untold?.[kind]
    const says = `the list \`${kind}\` of \`${stream.name}\` is not read: ${error.message}`
    return {
      rows: [],
      next: null,
      blind: [{ of: kind, says, ...(untold === undefined ? {} : { untold }) }],
      refusal: error,
    }
  }
}
