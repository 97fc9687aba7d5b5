import { isEntityId, type EntityId, type Impact, type TouchedResource } from '#model'

import { evidenceOf, type Document, type Evidence, type Figure, type Line } from './document.ts'
import type { Scene } from './scene.ts'
import { count, moment, triggerInWords } from './words.ts'

/** Parts that reports share. Names go in only where the reader may see them. */
export const nameOf = ({ names }: Scene, entity: string): string =>
  (isEntityId(entity) ? names.get(entity) : undefined) ?? entity

export const incidentEvidence = ({ report: { incident } }: Scene): Evidence[] => evidenceOf('incident', [incident.id])

export function head(scene: Scene, about: string, title: string, subject: string): Document {
  return {
    kind: 'report',
    about,
    title,
    subject,
    atMs: scene.atMs,
    asOf: scene.asOf,
    figures: [],
    times: [],
    sections: [],
    unknown: [],
  }
}

/** Four sets, never merged. */
export function peopleFigures(scene: Scene): Figure[] {
  const { impact } = scene
  if (impact === null) return []
  const of = (label: string, set: keyof Impact['people'], resources: readonly { resource: EntityId }[]): Figure => ({
    label,
    unit: 'people',
    ...impact.people[set],
    evidence:
      resources.length === 0
        ? incidentEvidence(scene)
        : evidenceOf(
            'entity',
            resources.map(({ resource }) => resource),
          ),
  })
  return [
    of('people whose data could be reached', 'couldReach', impact.couldReach),
    of('people whose data was read', 'didTouch', impact.didTouch),
    of('people whose data was changed', 'didChange', impact.didChange),
    of('people of whom no source can tell', 'unknown', impact.unknown),
  ]
}

export function timesOf(scene: Scene): Document['times'] {
  const { incident, approvals, actions, dead } = scene.report
  const evidence = incidentEvidence(scene)
  const proven = dead.flatMap(({ proof, action }) => (proof === null ? [] : [{ atMs: proof.atMs, action }]))
  const applied = actions.flatMap(({ appliedAtMs, id }) => (appliedAtMs === null ? [] : [{ atMs: appliedAtMs, id }]))
  const first = applied.toSorted((a, b) => a.atMs - b.atMs)[0]
  const last = proven.toSorted((a, b) => b.atMs - a.atMs)[0]
  const approved = approvals.toSorted((a, b) => a.atMs - b.atMs)[0]
  const touched = touchedOf(scene).toSorted((a, b) => a.firstAtMs - b.firstAtMs)
  const [firstTouch] = touched
  return [
    { atMs: incident.window.fromMs, says: 'earliest moment it could have begun', evidence },
    ...(firstTouch === undefined
      ? []
      : [
          {
            atMs: firstTouch.firstAtMs,
            says: 'first act that is known',
            evidence: evidenceOf('event', firstTouch.evidence),
          },
        ]),
    { atMs: incident.openedAtMs, says: 'incident opened', evidence },
    ...(approved === undefined ? [] : [{ atMs: approved.atMs, says: 'first approval', evidence }]),
    ...(first === undefined
      ? []
      : [{ atMs: first.atMs, says: 'first step taken', evidence: evidenceOf('action', [first.id]) }]),
    ...(last === undefined
      ? []
      : [{ atMs: last.atMs, says: 'last proof so far', evidence: evidenceOf('action', [last.action]) }]),
  ].sort((a, b) => a.atMs - b.atMs)
}

export const touchedOf = ({ impact }: Scene): TouchedResource[] =>
  impact === null ? [] : [...impact.didTouch, ...impact.didChange]

export function happened(scene: Scene): Line {
  const { incident } = scene.report
  const { findings } = incident
  const from = moment(incident.window.fromMs)
  const found = findings.length === 0 ? 'somebody reported it' : `${count(findings.length, 'finding')} told of it`
  return {
    says: `${triggerInWords(incident.trigger)}, from ${from} on; ${found}, and it was opened ${moment(incident.openedAtMs)}`,
    evidence: incidentEvidence(scene),
  }
}

/** Each with its proof; nothing else is called closed. */
export const closedLines = (scene: Scene): Line[] =>
  scene.report.dead.map(({ credential, action, proof }) => ({
    says: `${nameOf(scene, credential)} is dead: ${proof === null ? 'proven' : `${proof.kind}, ${proof.says}`}`,
    evidence: evidenceOf('action', [action]),
  }))

export const openLines = (scene: Scene): Line[] => [
  ...scene.report.survivors.map(({ credential, why, next }) => ({
    says: `${nameOf(scene, credential)} is not proven dead: ${why}; next: ${next}`,
    evidence: [...evidenceOf('entity', [credential]), ...incidentEvidence(scene)],
  })),
  ...(scene.report.descendantsLeft ?? []).map(({ entity, why, next }) => ({
    says: `${nameOf(scene, entity)}, which it made, is left: ${why}; next: ${next}`,
    evidence: evidenceOf('entity', [entity]),
  })),
]

export const measureLines = (scene: Scene): Line[] => {
  const { actions } = scene.report
  const byVerb = Map.groupBy(actions, ({ verb }) => verb)
  return [...byVerb].map(([verb, all]) => {
    const proven = all.filter(({ state }) => state === 'contained')
    const open = all.length - proven.length
    return {
      says: `${verb}: ${count(proven.length, 'time')} proven${open === 0 ? '' : `, ${open} not (${[...new Set(all.filter(({ state }) => state !== 'contained').map(({ state }) => state))].join(', ')})`}`,
      evidence: evidenceOf(
        'action',
        all.map(({ id }) => id),
      ),
    }
  })
}
