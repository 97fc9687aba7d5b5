import { hardwareAuthority, isEntityId, parseEntityId, type EntityFact, type EntityId, type Normalized } from '#model'

import type { EntityPattern, Source } from './source.ts'

/** Told of anything by anyone, for they name no one's property: what a fingerprint or a package is, is in its id. */
const neutral: readonly EntityPattern[] = [
  { kind: 'credential', authority: 'fp' },
  { kind: 'host', authority: hardwareAuthority },
  { kind: 'package' },
  { kind: 'class' },
  { kind: 'customer' },
]
/** What may be said of a neutral entity: no word on life, owner or protection, which would steer containment. */
const plainAttributes = new Set(['name', 'kind', 'path', 'type', 'version', 'format'])
/** Would spare something from containment: never taken from an agent on a host the attacker may own. */
const protectingAttributes = new Set(['breakGlass', 'own'])

export type Scoped = {
  normalized: Normalized
  /** Statements outside the source's scope, left out; the event itself stays in the log and is marked with this count. */
  refused: number
}

/**
 * Leaves out what a source has no business saying. `boundTo` (from the event, set by its ingest token) narrows the scope
 * to one host or job. Pure. An attacker who holds a host's token can lie about that host, and about nothing else.
 */
export function withinScope(
  source: Pick<Source, 'scope' | 'trust'>,
  boundTo: EntityId | undefined,
  normalized: Normalized,
): Scoped {
  const about = boundTo === undefined ? source.scope.about : boundPatterns(boundTo, source.scope.about)
  const mentions = [...(source.scope.mentions ?? []), ...neutral]
  const isAbout = (id: EntityId): boolean => matchesAny(id, about)
  const mayName = (id: EntityId | null): boolean => id === null || isAbout(id) || matchesAny(id, mentions)
  // A finding is about them: nobody else's being, and nothing that is nobody's.
  const isAboutOrNamed = (id: EntityId): boolean => isAbout(id) || matchesAny(id, source.scope.mentions ?? [])
  let refused = 0
  const keep = <Statement>(statements: Statement[], isAllowed: (one: Statement) => boolean): Statement[] => {
    const kept = statements.filter(isAllowed)
    refused += statements.length - kept.length
    return kept
  }
  const facts: EntityFact[] = []
  for (const fact of normalized.facts) {
    const allowed = allowedFact(fact, isAbout, mayName, source.trust === 'host')
    refused += Object.keys(fact.attributes).length - Object.keys(allowed?.attributes ?? {}).length
    if (allowed !== undefined) facts.push(allowed)
  }
  const { snapshot, ...rest } = normalized
  const mayEnd = snapshot === undefined || source.trust !== 'host' || isSnapshotAbout(snapshot.scope, isAbout)
  if (!mayEnd) refused++
  return {
    normalized: {
      ...rest,
      ...(snapshot === undefined || !mayEnd ? {} : { snapshot }),
      edges: keep(
        normalized.edges,
        ({ src, dst, type }) =>
          (isAbout(src) || isAbout(dst)) &&
          mayName(src) &&
          mayName(dst) &&
          (type !== 'SAME_AS' || [src, dst].every((end) => isAbout(end) || isNobodys(end))),
      ),
      touches: keep(
        normalized.touches,
        ({ resource, identity, credential }) => isAbout(resource) && mayName(identity) && mayName(credential),
      ),
      facts,
      ...(normalized.actors === undefined ? {} : { actors: keep(normalized.actors, isAboutOrNamed) }),
      ...(normalized.people === undefined
        ? {}
        : { people: keep(normalized.people, ({ resource }) => isAbout(resource)) }),
      ...(normalized.signals === undefined
        ? {}
        : {
            // A suspicion may start a response: every name it gives lies in the source's own realm.
            signals: keep(normalized.signals, ({ subjects }) =>
              subjects.every((subject) =>
                'entity' in subject ? isAbout(subject.entity) : isRealm(subject.find.authority, about),
              ),
            ),
          }),
    },
    refused,
  }
}

const isRealm = (authority: string, about: readonly EntityPattern[]): boolean =>
  about.some((pattern) => pattern.authority === authority && pattern.nativePrefix === undefined)

/**
 * INVARIANT: nobody says what another's credential or host is the same as; whoever owns it says so, by the fingerprint or by
 * the hardware, which are nobody's.
 */
const isNobodys = (id: EntityId): boolean =>
  matchesAny(id, [
    { kind: 'credential', authority: 'fp' },
    { kind: 'host', authority: hardwareAuthority },
  ])

/**
 * A complete snapshot ends what earlier ones stated. A host's is about that host (`host:…`, with `#part` behind it when it
 * has several): else one host's token could make the estate forget what another one stores.
 */
function isSnapshotAbout(scope: string | undefined, isAbout: (id: EntityId) => boolean): boolean {
  const entity = scope?.split('#', 1)[0]
  return entity !== undefined && isEntityId(entity) && isAbout(entity)
}

function allowedFact(
  fact: EntityFact,
  isAbout: (id: EntityId) => boolean,
  mayName: (id: EntityId) => boolean,
  isHost: boolean,
): EntityFact | undefined {
  const isOwn = isAbout(fact.entity)
  if (!isOwn && !mayName(fact.entity)) return undefined
  const attributes = Object.fromEntries(
    Object.entries(fact.attributes).filter(([name]) =>
      isOwn ? !(isHost && protectingAttributes.has(name)) : plainAttributes.has(name),
    ),
  )
  return { ...fact, attributes }
}

/** The bound entity, and what carries its id as the first part of its own (`host:<machine id>/<path>`). */
function boundPatterns(boundTo: EntityId, about: readonly EntityPattern[]): EntityPattern[] {
  const parts = parseEntityId(boundTo)
  if (parts === undefined || !matchesAny(boundTo, about)) return []
  return [parts, { authority: parts.authority, nativePrefix: `${parts.native}/` }]
}

function matchesAny(id: EntityId, patterns: readonly EntityPattern[]): boolean {
  const parts = parseEntityId(id)
  if (parts === undefined) return false
  return patterns.some(
    ({ kind, authority, native, nativePrefix }) =>
      (kind === undefined || kind === parts.kind) &&
      (authority === undefined || authority === parts.authority) &&
      (native === undefined || native === parts.native) &&
      (nativePrefix === undefined || parts.native.startsWith(nativePrefix)),
  )
}
