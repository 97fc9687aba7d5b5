import { CordonError, isObject, JsonError, parseJson, type JsonObject } from '#kit'
import { defaultTenant, type OcsfEvent, type ProjectionItem } from '#model'
import { validateOcsf } from '#model/ocsf'
import { eventTimeOf } from '#detect/sigma'
import { projectEvent } from '#project'
import type { Stream } from '#sources/contract'
import { CliError, exitCodes, plural, type CliCommand, type CliInput } from '#cli'

import type { Registered } from '../connectors.ts'
import { createRegistry } from '../registry.ts'
import { linesOf } from './rule/lines.ts'

/** Lines that gave no event are told of one by one up to here, then counted. */
const faultsShownMax = 20
const baseClass = 0
/** Stands in ids where no vendor was asked who it is. */
const authorityDefault = 'example'

export const normalize: CliCommand = {
  name: 'event normalize',
  summary: "what Cordon makes of a vendor's records, one JSON object a line: OCSF 1.8, or why not; needs no server",
  args: ['EVENTS'],
  options: {
    source: { type: 'string', value: 'CONNECTOR', help: 'whose records they are: okta, aws, github, …' },
    stream: { type: 'string', value: 'NAME', help: 'of which of its streams (default: the one that understands most)' },
    authority: {
      type: 'string',
      value: 'NAME',
      help: `the vendor's realm in entity ids (default ${authorityDefault})`,
    },
  },
  example: 'cordon event normalize --source okta events.ndjson --json',
  async run(input) {
    const registered = findConnector(input.text('source'))
    const streams = streamsOf(registered, input.text('stream'))
    const normalizer = {
      connector: registered.id,
      authority: input.text('authority') ?? authorityDefault,
      normalize: registered.connector.normalize,
    }
    const read = (raw: JsonObject, stream: Stream<unknown>, line: number): ProjectionItem[] =>
      keptOf(stream, raw).map((kept) =>
        projectEvent(
          {
            id: `evt_${line}`,
            tenant: defaultTenant,
            offset: line + 1,
            source: registered.id,
            stream: stream.name,
            eventAtMs: eventTimeOf(raw) ?? null,
            arrivedAtMs: input.io.clock.nowMs(),
            raw: JSON.stringify(kept),
          },
          normalizer,
        ),
      )
    const tally = tallyOf(input)
    for await (const text of linesOf(input, input.args[0] ?? '-')) {
      const line = tally.next()
      if (text.trim() === '') continue
      const record = recordOf(text)
      if (typeof record === 'string') {
        tally.fault(line, record)
        continue
      }
      const items = bestOf(streams, (stream) => read(record, stream, line))
      if (typeof items === 'string') tally.fault(line, items)
      else if (items.length === 0) tally.fault(line, 'nothing of it is kept: a later record says the same')
      else for (const item of items) tally.take(line, item)
    }
    return tally.end()
  },
}

export const eventCommands: readonly CliCommand[] = [normalize]

function findConnector(name: string | undefined): Registered {
  const registry = createRegistry(undefined)
  const found = name === undefined ? undefined : registry.find(name)
  if (found !== undefined) return found
  throw new CliError('ERR_CLI_USAGE', name === undefined ? 'whose records?' : `there is no connector \`${name}\``, {
    place: '--source',
    hint: `one of ${registry.ids.join(', ')}`,
  })
}

/** Records of one stream are told from those of another by who understands them; inventories are no events. */
function streamsOf({ id, connector }: Registered, wanted: string | undefined): Stream<unknown>[] {
  const events = connector.streams.filter(({ kind }) => kind !== 'snapshot' || wanted !== undefined)
  const byName = new Map(events.map((stream) => [stream.name, stream]))
  const streams = wanted === undefined ? [...byName.values()] : [byName.get(wanted)].filter((one) => one !== undefined)
  if (streams.length > 0) return streams
  throw new CliError(
    'ERR_CLI_USAGE',
    wanted === undefined ? `\`${id}\` has inventories alone` : `\`${id}\` has no stream \`${wanted}\``,
    { place: '--stream', hint: `one of ${connector.streams.map(({ name }) => name).join(', ')}` },
  )
}

function recordOf(text: string): JsonObject | string {
  try {
    const value = parseJson(text)
    return isObject(value) ? value : 'not a JSON object'
  } catch (error) {
    if (error instanceof JsonError) return error.message
    throw error
  }
}

/** A stream that is pushed unpacks batches, and keeps of a record only what may be stored. */
const keptOf = (stream: Stream<unknown>, record: JsonObject): unknown[] =>
  stream.kind === 'push' && stream.keep !== undefined ? stream.keep(record).map(({ raw }) => raw) : [record]

/** What the stream makes of it that understands it best, the first of equals; why not, when none takes it at all. */
function bestOf(
  streams: readonly Stream<unknown>[],
  read: (stream: Stream<unknown>) => ProjectionItem[],
): ProjectionItem[] | string {
  let best: { items: ProjectionItem[]; worth: number } | undefined
  let refusal = 'no stream takes it'
  for (const stream of streams) {
    try {
      const items = read(stream)
      const worth = items.length === 0 ? 0 : Math.min(...items.map(worthOf))
      if (best === undefined || worth > best.worth) best = { items, worth }
    } catch (error) {
      if (!(error instanceof CordonError)) throw error
      refusal = error.message
    }
  }
  return best?.items ?? refusal
}

const worthOf = ({ unmapped, ocsf }: ProjectionItem): number =>
  (unmapped === undefined ? 2 : 0) + (ocsf.some(({ class_uid: uid }) => uid !== baseClass) ? 1 : 0)

/** Prints as it counts: an OCSF event on a line of its own, and why there is none on standard error. */
function tallyOf(input: CliInput) {
  const counts = { lines: 0, events: 0, specific: 0, faults: 0 }
  const fault = (line: number, why: string): void => {
    if (input.flag('json')) input.io.out(JSON.stringify({ line, why }))
    if (++counts.faults <= faultsShownMax) input.io.err(`cordon event normalize: line ${line}: ${why}`)
  }
  const print = (line: number, event: OcsfEvent): void => {
    counts.events++
    if (event.class_uid !== baseClass) counts.specific++
    const [invalid] = validateOcsf(event)
    if (invalid !== undefined) fault(line, `the event is not valid: ${JSON.stringify(invalid)}`)
    else if (input.flag('json')) input.io.out(JSON.stringify(event))
    else
      input.io.out(
        `line ${line}  class ${event.class_uid}  ${new Date(event.time).toISOString()}  ${activityOf(event)}`,
      )
  }
  return {
    next: (): number => counts.lines++,
    fault,
    take(line: number, { ocsf, unmapped }: ProjectionItem): void {
      for (const event of ocsf) print(line, event)
      // The base event stands for what is not understood; that it is a debt is said beside it.
      if (unmapped !== undefined && ++counts.faults <= faultsShownMax)
        input.io.err(`cordon event normalize: line ${line}: not understood: ${unmapped}`)
      else if (unmapped === undefined && ocsf.length === 0) fault(line, 'it is understood, and is no event')
    },
    end() {
      const { lines, events, specific, faults } = counts
      input.io.err(
        `${plural(lines, 'line')}; ${plural(events, 'event')}, ${specific} of a class of their own; ${faults} not understood`,
      )
      return faults === 0 ? exitCodes.ok : exitCodes.notClean
    },
  }
}

function activityOf(event: OcsfEvent): string {
  const { activity_name: name, activity_id: id } = event as OcsfEvent & { activity_name?: unknown }
  return typeof name === 'string' ? name : `activity ${id}`
}
