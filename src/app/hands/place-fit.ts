import { authorityOf, type EntityId } from '#model'
import { plannedPlaces } from '#respond/contract'
import { actionNeeds, compareScopes } from '#sources'
import type { PullContext } from '#sources/contract'

import type { Registered } from '../connectors.ts'
import type { SourceRecord } from '../socket.ts'
import type { Opened } from './open.ts'

/** What is lent to look at the places' sources: each is opened by itself, with its own contain credential. */
export type PlaceFitParts = {
  sources: readonly SourceRecord[]
  /** Undefined: it cannot be opened as it is configured now. */
  opened(source: SourceRecord): Opened | undefined
  contextOf(source: SourceRecord): PullContext<unknown>
}

type Issuing = { entry: Pick<Registered, 'actions'>; config: unknown; authority: string }

/**
 * Why a hand-over of this source could not be carried out, one line for each place that does not fit: nobody names it, its
 * source has nothing to write with, lacks a permission, or takes what is not issued. Empty: all fit, or there are none.
 */
export async function placeMisfits({ entry, config, authority }: Issuing, parts: PlaceFitParts): Promise<string[]> {
  const says: string[] = []
  const lacking = new Map<string, readonly string[]>()
  for (const { needsPlace } of entry.actions) {
    if (needsPlace === undefined) continue
    for (const { of, place } of needsPlace.leadsTo(config, authority)) {
      const line = (why: string): number => says.push(`the successor of \`${of}\` goes to \`${place}\`, ${why}`)
      const found = holderOf(place, parts)
      if ('why' in found) {
        line(found.why)
        continue
      }
      const { source, opened, takes, scopes } = found
      if (source.contain === null) {
        line(`and \`${source.id}\` has no credential to contain, with which it would be written`)
        continue
      }
      const unknown = takes.find((name) => !needsPlace.gives.includes(name))
      if (unknown !== undefined) line(`which takes \`${unknown}\`: what is issued gives ${needsPlace.gives.join(', ')}`)
      const asked = `${source.id} ${scopes.join()}`
      if (!lacking.has(asked)) lacking.set(asked, await missingAt(source, opened, scopes, parts))
      for (const scope of lacking.get(asked) ?? []) line(`where at \`${source.id}\` ${scope}`)
    }
  }
  return says
}

type Found = { source: SourceRecord; opened: Opened; takes: readonly string[]; scopes: readonly string[] }

function holderOf(place: EntityId, { sources, opened: open }: PlaceFitParts): Found | { why: string } {
  let there: { source: SourceRecord; opened: Opened | undefined } | undefined
  for (const source of sources) {
    if (source.authority === null) continue
    const opened = open(source)
    const places = plannedPlaces(opened?.entry.holds, opened?.config, source.authority)
    const known = places.find((one) => one.place === place)
    if (opened !== undefined && known !== undefined) return { source, opened, takes: known.takes, scopes: known.scopes }
    if (source.authority === authorityOf(place)) there = pick(there, { source, opened })
  }
  if (there === undefined) return { why: `and no source is of its authority \`${authorityOf(place)}\`` }
  const { source, opened } = there
  if (opened === undefined) return { why: `and \`${source.id}\` cannot be opened as it is configured` }
  return {
    why:
      opened.entry.holds === undefined
        ? `and \`${source.id}\` holds no secrets: the connector \`${source.connector}\` writes nowhere`
        : `and \`${source.id}\` does not name it among its \`places\``,
  }
}

/** Of several sources of one authority the one that could hold places says more. */
const pick = <T extends { opened: Opened | undefined }>(before: T | undefined, now: T): T =>
  before?.opened?.entry.holds !== undefined ? before : now

async function missingAt(
  source: SourceRecord,
  { connector }: Opened,
  scopes: readonly string[],
  parts: PlaceFitParts,
): Promise<readonly string[]> {
  try {
    const held = (await connector.scopes?.(parts.contextOf(source), 'contain')) ?? null
    if (held === null) return []
    const needs = actionNeeds([{ verb: 'places', scopes }])
    return compareScopes('contain', held, needs, connector.implies?.bind(connector)).missing
  } catch (error) {
    return [
      `nobody says what the credential to contain may do (${error instanceof Error ? error.message : 'none came'})`,
    ]
  }
}
