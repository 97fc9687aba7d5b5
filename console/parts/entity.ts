import { h, type ComponentChild } from 'preact'

import { concern, entityParts, type Incident, type Severity } from '../entity.ts'
import type { Tone } from '../sight.ts'
import { Word } from './word.ts'

/** Whom or what an id names: what people call it first where somebody told, its name in its realm, and the rest small. */
export function Entity({ id, name = null }: { id: string; name?: string | null }): ComponentChild {
  const { kind, authority, native } = entityParts(id)
  if (kind === '') return h('span', { class: 'any-break' }, name ?? native)
  const rest = [...(name === null ? [] : [native]), kind, ...(authority === '' ? [] : [authority])]
  return h(
    'span',
    { class: 'entity', title: id },
    h('span', { class: 'any-break' }, name ?? native),
    h('small', { class: 'dim any-break' }, rest.join(' · ')),
  )
}

/** Who answers for something. */
export const Owner = ({ owner, name }: { owner: string | null; name: string | null }): ComponentChild =>
  owner === null ? h('span', { class: 'dim' }, 'not known') : h(Entity, { id: owner, name })

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
