import { z } from 'zod'

import { entityId, nothingNormalized, ocsfEvent, openEdge, type EntityFact, type Normalized } from '#model'
import { readSnapshot, type NormalizeInput } from '#sources/contract'

import { personRow, type PersonRow } from './row.ts'

const part = z.object({ kind: z.literal('people'), persons: z.array(personRow) })
const product = { name: 'People export' }

/** One part of an export → a fact sheet for each person, whom they work for, and who is on the list at all. */
export function normalize({ raw, authority, stream, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const snapshot = readSnapshot(raw)
  const parsed = part.safeParse(snapshot?.rows)
  const looked = (atMs: number) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } })
  if (snapshot === undefined || !parsed.success)
    return { ...out, unmapped: stream, ocsf: [looked(snapshot?.head.takenAtMs ?? eventAtMs ?? arrivedAtMs)] }
  const { head } = snapshot
  const register = entityId('resource', authority, 'people')
  const customerOf = (name: string) => entityId('customer', 'cordon', name)
  out.snapshot = head
  out.ocsf.push(looked(head.takenAtMs))
  out.facts.push({
    entity: register,
    observedAtMs: head.takenAtMs,
    attributes: { kind: 'people-register', name: `people of ${authority}` },
  })
  const persons: NonNullable<Normalized['people']>[number]['persons'] = []
  for (const row of parsed.data.persons) {
    const person = entityId('person', authority, row.key)
    out.facts.push({ entity: person, observedAtMs: head.takenAtMs, attributes: attributesOf(row) })
    out.edges.push(...row.customers.map((name) => openEdge(person, 'BELONGS_TO', customerOf(name), head.takenAtMs)))
    persons.push(
      ...(row.customers.length === 0
        ? [{ person, customer: null }]
        : row.customers.map((name) => ({ person, customer: customerOf(name) }))),
    )
  }
  // Who is not on the newest whole list has gone: the first part begins it anew, and the last one settles it.
  out.people = [{ resource: register, complete: head.part === 0, persons }]
  return out
}

/** A cell that is empty now says so: an end that was taken back must not go on ending somebody. */
function attributesOf(row: PersonRow): EntityFact['attributes'] {
  const { key: _, mail, number, customers, accounts, ...rest } = row
  const told: EntityFact['attributes'] = { kind: 'human', customer: customers.join(', ') || null }
  for (const [name, value] of Object.entries({ ...rest, email: mail, employeeNumber: number }))
    if (value !== undefined) told[name] = value
  for (const [authority, handle] of Object.entries(accounts)) told[`account@${authority}`] = handle
  return told
}
