import { h, type ComponentChild } from 'preact'

import { concern, entityParts, type Incident, type Severity } from '../entity.ts'
import type { Tone } from '../sight.ts'
import { Word } from './word.ts'

/** Whom or what an id names: its name in its realm first, and the rest small. */
export function Entity({ id }: { id: string }): ComponentChild {
  const { kind, authority, native } = entityParts(id)
  if (kind === '') return h('span', { class: 'any-break' }, native)
  return h(
    'span',
    { class: 'entity', title: id },
    h('span', { class: 'any-break' }, native),
    h('small', { class: 'dim' }, authority === '' ? kind : `${kind} · ${authority}`),
  )
}

/** Who answers for something: by name where one is told. */
export function Owner({ owner, name }: { owner: string | null; name: string | null }): ComponentChild {
  if (owner === null) return h('span', { class: 'dim' }, 'not known')
  return [name === null ? null : h('span', { class: 'any-break' }, name), h(Entity, { id: owner })]
}

const entitiesShown = 3

export function Entities({ ids }: { ids: readonly string[] }): ComponentChild {
  const more = ids.length - entitiesShown
  return [
    ids.slice(0, entitiesShown).map((id) => h(Entity, { key: id, id })),
    more > 0 ? h('small', { class: 'dim' }, `and ${more} more`) : null,
  ]
}

/** What an incident is about. */
export function Concern({ incident }: { incident: Incident }): ComponentChild {
  const { entity, says } = concern(incident.trigger)
  const further = incident.further?.length ?? 0
  return [
    says === '' ? null : h('span', { class: 'any-break' }, says),
    entity === null ? null : h(Entity, { id: entity }),
    further === 0 ? null : h('small', { class: 'dim' }, `and ${further} more of the same story`),
  ]
}

const toneOf: Record<Severity, Tone> = { critical: 'bad', high: 'bad', medium: 'warn', low: 'plain' }
export const SeverityWord = ({ severity }: { severity: Severity }): ComponentChild =>
  h(Word, { word: severity, tone: toneOf[severity] })

export const UrgencyWord = ({ urgency }: Pick<Incident, 'urgency'>): ComponentChild =>
  urgency === 'now' ? h(Word, { word: 'now', tone: 'bad' }) : h(Word, { word: 'working hours', tone: 'plain' })
