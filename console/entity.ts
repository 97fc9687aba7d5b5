import type { ResponseOf } from '#api/contract'

export type Incident = ResponseOf<'incident.list'>['incidents'][number]
type Trigger = Incident['trigger']

/** `kind:authority:native`, told apart. What is no id of an entity is all name. */
export function entityParts(id: string): { kind: string; authority: string; native: string } {
  const [, kind = '', authority = '', native = id] = /^([a-z-]+):([^:]*):(.*)$/s.exec(id) ?? []
  return { kind, authority: authority.replaceAll('%3a', ':'), native }
}

const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`

/** What a trigger is about, as an entity where it is one and in words beside it. */
export function concern(trigger: Trigger): { entity: string | null; says: string } {
  switch (trigger.kind) {
    case 'artefact':
      return { entity: null, says: [`package ${trigger.purl}`, trigger.versions.join(', ')].filter(Boolean).join(' ') }
    case 'host':
      return { entity: trigger.host, says: '' }
    case 'credential':
      return { entity: trigger.credential, says: '' }
    case 'identity':
      return { entity: trigger.identity, says: '' }
    case 'app':
      return { entity: trigger.app, says: '' }
    case 'resource':
      return { entity: trigger.resource, says: '' }
    case 'offboarding':
      return {
        entity: firstOf(trigger.people.map(({ person }) => person)),
        says: `offboarding of ${count(trigger.people.length, 'person', 'people')}`,
      }
    case 'weakness':
      return {
        entity: firstOf(trigger.things.map(({ target }) => target)),
        says: `${trigger.weakness}, ${count(trigger.things.length, 'thing')}`,
      }
    case 'pause':
      return { entity: trigger.vendor, says: `pause of a vendor, ${count(trigger.things.length, 'thing')}` }
    case 'trim':
      return {
        entity: firstOf(trigger.memberships.map(({ member }) => member)),
        says: `a trim, ${count(trigger.memberships.length, 'unused right')}`,
      }
    case 'lease':
      return { entity: trigger.lease.member, says: 'a right for a time' }
  }
}

const firstOf = (entities: readonly string[]): string | null => (entities.length === 1 ? (entities[0] ?? null) : null)

const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** Whom a person is called for comes first, then the gravest, then the newest. */
export const byUrgency = (a: Incident, b: Incident): number =>
  Number(b.urgency === 'now') - Number(a.urgency === 'now') ||
  severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
  b.openedAtMs - a.openedAtMs

/** `425`, or `25 to 485` where only bounds are known. */
export const interval = ({ atLeast, atMost }: { atLeast: number; atMost: number }): string =>
  atLeast === atMost ? atMost.toLocaleString('en') : `${atLeast.toLocaleString('en')} to ${atMost.toLocaleString('en')}`

const families: Readonly<Record<string, string>> = {
  sigma: 'Sigma rule',
  advisory: 'advisory',
  behaviour: 'behaviour',
  signal: 'signal of another system',
  people: 'people',
  vendor: 'vendor',
  lease: 'lease',
  review: 'review',
  trim: 'unused right',
}

/** What found it, by the family that its rule's name begins with. */
export const findingKind = (rule: string): string => families[rule.split('.')[0] ?? ''] ?? 'rule of Cordon'
