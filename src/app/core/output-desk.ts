import { parseOwnJson, type Clock, type JsonObject } from '#kit'
import type { OcsfEvent, SourceId, TenantId } from '#model'
import { publicLeaves, type Ledger } from '#ledger'
import { beginOutput, findingEvent, moveOutput, outputPlace, outputRefusals, OutputError, receiptEvent } from '#outputs'
import { findingPlaces, findingsBehind, incidentFindings } from '#respond'
import { findSource, type OutputDesk, type OutputDue, type Refused } from '#sources'
import type { OutputFeed, OutputRecord, OutputSettings } from '#sources/contract'
import type { Reader, Writer } from '#store'

import type { Registry } from '../registry.ts'
import { version } from '../version.ts'

const product = { name: 'Cordon', vendor_name: 'Cordon', version }
/** Reasons that are shown of one output, the newest. */
const reasonsMax = 20

type Parts = {
  tenant: TenantId
  reader: Reader
  writer: Writer
  ledger: Pick<Ledger, 'size'>
  registry: Registry
  clock: Clock
}

/** Places of records: findings have theirs from the list; a leaf's is its index and one, so that 0 is before all. */
type Feed = {
  newest(): number
  /** What lies before it may be gone. */
  keptBehind(): number
  behind(place: number, max: number, letOut: OutputSettings['entities']): OutputRecord[]
}

/** What leaves, made when it is asked for, and how far each output came. Core alone writes OCSF: hands sees what is let out. */
export function createOutputDesk({ tenant, reader, writer, ledger, registry, clock }: Parts) {
  const feeds: Record<OutputFeed, Feed> = {
    findings: {
      newest: () => findingPlaces(reader, tenant).newest,
      keptBehind: () => findingPlaces(reader, tenant).keptBehind,
      behind: (after, max, letOut) =>
        findingsBehind(reader, tenant, after, max).map(({ place, finding }) => ({
          place,
          uid: finding.id,
          atMs: finding.atMs,
          ocsf: jsonOf(findingEvent(finding, { tenant, place, product, letOut })),
        })),
    },
    receipts: {
      newest: () => ledger.size(tenant),
      keptBehind: () => 0,
      behind: (after, max) =>
        publicLeaves(reader, tenant, after, max).map((leaf) => {
          const { incident } = leaf.facts
          const known = typeof incident === 'string' ? incidentFindings(reader, tenant, incident) : undefined
          const ocsf = jsonOf(receiptEvent(leaf, known, { tenant, product }))
          return { place: leaf.index + 1, uid: leaf.id, atMs: leaf.atMs, ocsf }
        }),
    },
  }
  const settingsOf = (id: SourceId): OutputSettings => {
    const source = findSource(reader, tenant, id)
    const connector = source && registry.find(source.connector)?.connector
    const { output } = connector ?? {}
    if (source?.state !== 'active' || connector === undefined || output === undefined) {
      throw new OutputError('ERR_OUTPUT_OFF', `\`${id}\` takes nothing from here now`)
    }
    return output.settings(connector.config.parse(source.config))
  }
  const desk: OutputDesk = {
    async due(source, feed, recordsMax): Promise<OutputDue> {
      const { sends, from, entities } = settingsOf(source)
      if (!sends.includes(feed)) throw new OutputError('ERR_OUTPUT_OFF', `\`${source}\` is not sent ${feed}`)
      const { newest, keptBehind, behind } = feeds[feed]
      const of = { tenant, source, feed }
      if (outputPlace(reader, of) === undefined) {
        const place = from === 'now' ? newest() : keptBehind()
        await writer.submit(beginOutput({ ...of, place, atMs: clock.nowMs() }))
      }
      const { place: after = 0, inARow = 0 } = outputPlace(reader, of) ?? {}
      const isBehind = after < keptBehind()
      const records = behind(after, recordsMax, entities)
      return { after, records, inARow, isBehind, waiting: Math.max(0, newest() - (records.at(-1)?.place ?? after)) }
    },
    async move({ source, feed, ...move }) {
      await writer.submit(moveOutput({ tenant, source, feed, ...move, atMs: clock.nowMs() }))
    },
  }
  return {
    desk,
    /** What was sent and refused since it began, and what waits. */
    tally(source: SourceId, feed: OutputFeed) {
      const at = outputPlace(reader, { tenant, source, feed })
      const refusals = outputRefusals(reader, { tenant, source, feed }, refusalsShownMax)
      const refused = [...Map.groupBy(refusals, ({ reason }) => reason)]
        .slice(0, reasonsMax)
        .map(([reason, all]): Refused => ({
          reason,
          count: all.length,
          place: all[0]?.uid ?? '',
          atMs: all[0]?.atMs ?? 0,
        }))
      const waiting = at === undefined ? 0 : Math.max(0, feeds[feed].newest() - at.place)
      return { sent: at?.sent ?? 0, waiting, refused }
    },
  }
}
export type Outputs = ReturnType<typeof createOutputDesk>

const refusalsShownMax = 1_000
/** As it leaves: nothing but JSON. */
const jsonOf = (event: OcsfEvent): JsonObject => parseOwnJson<JsonObject>(JSON.stringify(event))
