import { z } from 'zod'

import { parseJson, sha256, toHex, type Json } from '#kit'
import type { Page, PullContext, Stream, StreamEvent } from '#sources/contract'

import { osvFiles, OsvError, readOsvFile, type OsvFile } from './files.ts'
import { osvRecord } from './record.ts'

export type OsvConfig = { path: string }

export const everyMs = 60_000
export const pageRecordsMax = 200
/** Bad files remembered, to look at again, and of them named in one message. */
const badFilesMax = 1_000
const namedMax = 5

/** Files changed at or before `throughMs` were read; `bad` are those among them that held no record. */
const position = z.object({ throughMs: z.number(), bad: z.array(z.string()).max(badFilesMax) })
type Position = z.infer<typeof position>

/**
 * New and changed files, oldest change first. The same content is the same event, so reading one again changes nothing.
 * A bad file is named in the stream's health until it is mended or taken away, and holds up no other.
 */
async function* pull(context: PullContext<OsvConfig>, cursor: string | null): AsyncGenerator<Page> {
  const { config, clock, diagnose, signal } = context
  const before = positionOf(cursor, clock.nowMs())
  const wasBad = new Set(before.bad)
  const bad = new Map<string, string>()
  const files = await osvFiles(config.path)
  const due = files.filter(({ name, changedAtMs }) => changedAtMs >= before.throughMs || wasBad.has(name))
  let events: StreamEvent[] = []
  let { throughMs } = before
  const page = (): Page => {
    const left = [...wasBad].filter((name) => due.some((file) => file.name === name) && !bad.has(name))
    const at: Position = { throughMs, bad: [...new Set([...bad.keys(), ...left])].slice(0, badFilesMax) }
    const full = { events, cursor: JSON.stringify(at) }
    events = []
    return full
  }
  for (const file of due) {
    if (signal.aborted) return
    const read = await recordsOf(file)
    if ('bad' in read) {
      bad.set(file.name, read.bad)
      diagnose('warn', 'osv.file.bad', { file: file.name, reason: read.bad })
    } else {
      wasBad.delete(file.name)
      events.push(...read.records)
    }
    throughMs = Math.max(throughMs, file.changedAtMs)
    if (events.length >= pageRecordsMax) yield page()
  }
  const last = page()
  if (last.events.length > 0 || last.cursor !== cursor) yield last
  if (bad.size > 0) throw badFiles(bad)
}

/** A clock that went back would leave out files for ever: then all are read again. */
function positionOf(cursor: string | null, nowMs: number): Position {
  const fresh: Position = { throughMs: -1, bad: [] }
  if (cursor === null) return fresh
  const parsed = position.safeParse(parseJson(cursor))
  return parsed.success && parsed.data.throughMs <= nowMs ? parsed.data : fresh
}

/** One record, or a list of them. */
async function recordsOf(file: OsvFile): Promise<{ records: StreamEvent[] } | { bad: string }> {
  const text = await readOsvFile(file)
  if (text === undefined) return { bad: 'gone, not to be read, or too long' }
  let json: Json
  try {
    json = parseJson(text)
  } catch (error) {
    return { bad: error instanceof Error ? error.message : 'not JSON' }
  }
  const records: StreamEvent[] = []
  for (const raw of Array.isArray(json) ? json : [json]) {
    const parsed = osvRecord.safeParse(raw)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      return { bad: `${(issue?.path ?? []).map(String).join('.')}: ${issue?.message.toLowerCase() ?? 'no record'}` }
    }
    const native = `${parsed.data.id}/${toHex(sha256(JSON.stringify(raw)))}`
    records.push({ native, eventAtMs: Date.parse(parsed.data.modified), raw })
  }
  return { records }
}

function badFiles(bad: ReadonlyMap<string, string>): OsvError {
  const named = [...bad].slice(0, namedMax).map(([name, reason]) => `\`${name}\` (${reason})`)
  const more = bad.size > namedMax ? ` and ${bad.size - namedMax} more` : ''
  return new OsvError('ERR_OSV_FILE', `no OSV record in ${named.join(', ')}${more}; all others were read`, {
    hint: 'mend the file or take it away: https://ossf.github.io/osv-schema/ describes a record',
    retryable: true,
    retryAfterMs: everyMs,
  })
}

export const records: Stream<OsvConfig> = {
  name: 'records',
  kind: 'feed',
  delayMs: { typical: everyMs, worst: 2 * everyMs },
  everyMs,
  pull,
}
