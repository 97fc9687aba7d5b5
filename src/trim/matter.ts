import { authorityOf, kindOf, type EntityId, type TouchVerb } from '#model'

import { namedKey, type Attributed } from './attribute.ts'
import { givenBy, type Right, type Rights } from './rights.ts'

/** What one vendor's sources tell of use. `sinceMs`: from when on they have logged; `late`: why what is newest may be missing. */
export type Telling = {
  logged: readonly TouchVerb[]
  /** Of these some ways are logged nowhere, with the sentence that says which. */
  partly: Readonly<Partial<Record<TouchVerb, string>>>
  sinceMs: number
  gaps: readonly { fromMs: number; toMs: number }[]
  late: string | null
}

/** All that verdicts are made of. Nothing in it depends on the time they are asked about. */
export type Matter = {
  rights: Rights
  use: Attributed
  containersOf: (resource: EntityId) => ReadonlySet<EntityId>
  tells: ReadonlyMap<string, Telling>
  /** From when on all acts were read. */
  readSinceMs: number
  /** Never touched, whatever else holds. */
  spared: ReadonlySet<EntityId>
  /** Acts of which only some ways are logged count as if all were. */
  withPartly: boolean
}

/** Some vendors say themselves when a credential was last used, whatever their log tells. 0: never. */
export function lastToldMs({ rights }: Matter, { kind, of }: Right): number | null {
  const stated = rights.facts.get(of)
  if (kind !== 'credential' || stated === undefined) return null
  const usedMs = stated['lastUsedAtMs']
  if (typeof usedMs === 'number') return usedMs
  return stated['tellsUse'] === true ? 0 : null
}

/** Where use is not logged, or only some of it, silence is no word. Null: it is one. */
export function whyUntold(matter: Matter, right: Right, isIn: (day: number) => boolean): string | null {
  const { rights } = matter
  const isNamed = (key: EntityId): boolean => isKindNamed(matter, key, isIn)
  if (right.kind === 'credential') return lastToldMs(matter, right) !== null || isNamed(right.of) ? null : untoldKeys
  const behind = givenBy(rights, right)
  if (behind.length === 0) return 'what the group or role gives no source states'
  // What is opened by keys alone is told only where the log names such keys.
  const keys = keysOf(rights, right.of)
  if (keys.length > 0 && !keys.some(isNamed)) return untoldKeys
  for (const one of behind) {
    const why = whySilent(matter, one)
    if (why !== null) return why
  }
  return null
}

const untoldKeys = 'no source tells when such credentials are used'

/** Credentials by which alone somebody acts; none where a person signs in, or a group leads on. */
function keysOf({ into, facts }: Rights, of: EntityId): EntityId[] {
  if (kindOf(of) === 'credential') return [of]
  const ways = (into.get(of) ?? []).filter(({ src }) => kindOf(src) !== 'app')
  const isByKeys = ways.every(({ src }) => kindOf(src) === 'credential')
  const kind = facts.get(of)?.['kind']
  return isByKeys && (kind === 'app' || kind === 'service' || kind === 'agent') ? ways.map(({ src }) => src) : []
}

/** A log that names other credentials of this kind when they are used would have named this one. */
function isKindNamed({ rights, use }: Matter, key: EntityId, isIn: (day: number) => boolean): boolean {
  const days = use.named.get(namedKey(authorityOf(key), rights.facts.get(key)?.['kind']))
  return days !== undefined && [...days].some(isIn)
}

function whySilent({ rights, tells, withPartly }: Matter, right: Right): string | null {
  const telling = tells.get(authorityOf(right.on))
  if (telling === undefined) return 'no source covers it'
  for (const verb of verbsOf(rights, right)) {
    if (!telling.logged.includes(verb)) return `\`${verb}\` is not logged there`
    const partly = telling.partly[verb]
    if (partly !== undefined && !withPartly) return partly
  }
  return null
}

/** Acts that would show its use: its own, and narrower ones that nothing narrower of the same holder allows. */
function verbsOf({ grantsOf, facts }: Rights, { of, on, deed }: Right): TouchVerb[] {
  if (facts.get(on)?.['signIn'] === true) return ['login']
  const own: TouchVerb[] = [deed ?? 'read']
  const beside = (grantsOf.get(of) ?? []).filter((one) => one.on === on && one.certain).map((one) => one.deed)
  const lower: readonly ('read' | 'write')[] = deed === 'read' ? [] : deed === 'write' ? ['read'] : ['read', 'write']
  return [...own, ...lower.filter((verb) => !beside.includes(verb))]
}
