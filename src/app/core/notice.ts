import { CordonError } from '#kit'
import { authorityOf, nativeOf, type EntityId, type IncidentId, type PeopleSet, type TenantId } from '#model'
import type { ResponseOf } from '#api/contract'
import type { ResponseCore } from '#respond'
import type { Source } from '#sources'
import type { ResolvedPerson } from '#sources/contract'

import type { Registry } from '../registry.ts'

/** People of one export: the whole answer stands in memory, here and at the requester's. */
export const noticePeopleMax = 100_000
/** Asked of a system of record at once. */
const personsPerCall = 2_000
const unstated = 'not stated'

export type NoticeParts = {
  tenant: TenantId
  responder: ResponseCore
  sources(): readonly Source[]
  registry: Registry
  resolve(source: string, persons: string[]): Promise<ResolvedPerson[]>
}

/**
 * Who the people of a set are, asked live in the systems of record that name them. INVARIANT: that it was asked is in the
 * ledger before anybody is looked up; names and addresses are in the answer and nowhere else, errors included.
 */
export async function exportPeople(
  { tenant, responder, sources, registry, resolve }: NoticeParts,
  incident: IncidentId,
  people: PeopleSet,
  by: string,
): Promise<ResponseOf<'people.export'>> {
  const { asOf, persons, interval, blindSpots } = await responder.personsToNotify(tenant, incident, people)
  if (persons.length > noticePeopleMax) {
    throw new CordonError('ERR_NOTICE_SIZE', `${persons.length} people are more than one export holds`, {
      hint: `at most ${noticePeopleMax}: narrow the window, or open one incident for each source`,
    })
  }
  await responder.beginPeople(tenant, incident, people, by, persons.length)
  const found = new Map<EntityId, ResolvedPerson>()
  const says =
    interval.atLeast < interval.atMost
      ? [
          `${interval.atLeast} to ${interval.atMost} people are meant; the records do not tell which, so all who may be are here`,
        ]
      : []
  for (const [realm, mine] of Map.groupBy(persons, authorityOf)) {
    const knowing = sources().filter((source) => realmOf(registry, source) === realm)
    if (knowing.length === 0) says.push(`no connected source can say who ${mine.length} people of \`${realm}\` are`)
    for (const { id } of knowing) {
      try {
        for (let at = 0; at < mine.length; at += personsPerCall) {
          const asked = new Map(mine.slice(at, at + personsPerCall).map((person) => [nativeOf(person), person]))
          for (const one of await resolve(id, [...asked.keys()])) {
            const person = asked.get(one.person)
            if (person !== undefined && !found.has(person)) found.set(person, one)
          }
        }
      } catch (error) {
        // A driver's message may quote a value; the code says what must be mended.
        const code = error instanceof CordonError ? error.code : 'ERR_INTERNAL'
        says.push(`\`${id}\` could not be asked for all of them (${code})`)
      }
    }
  }
  const missing = persons.length - found.size
  if (missing > 0) says.push(`${missing} people are no longer found where they were, or nobody can be asked`)
  const jurisdictions = new Map<string, number>()
  for (const { jurisdiction } of found.values()) {
    const where = jurisdiction ?? unstated
    jurisdictions.set(where, (jurisdictions.get(where) ?? 0) + 1)
  }
  await responder.endPeople(tenant, incident, people, {
    named: found.size,
    missing,
    jurisdictions: jurisdictions.size,
  })
  return {
    incident,
    people,
    asOf,
    persons: [...found].map(([person, { name, contact, jurisdiction, elements }]) => ({
      person,
      name,
      contact,
      jurisdiction,
      elements,
    })),
    missing: persons.filter((person) => !found.has(person)),
    jurisdictions: [...jurisdictions]
      .map(([jurisdiction, count]) => ({ jurisdiction, people: count }))
      .sort((a, b) => b.people - a.people || (a.jurisdiction < b.jurisdiction ? -1 : 1)),
    says: [...says, ...blindSpots],
  }
}

function realmOf(registry: Registry, { connector: id, config, authority }: Source): string | undefined {
  const connector = registry.find(id)?.connector
  const parsed = connector?.config.safeParse(config)
  if (authority === null || parsed?.success !== true) return undefined
  return connector?.people?.realm(parsed.data, authority)
}
