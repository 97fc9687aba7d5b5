import type { EntityId, TouchedResource } from '#model'

import { evidenceOf, section, type Document, type Figure, type Line } from './document.ts'
import { head, incidentEvidence, nameOf, timesOf } from './incident.ts'
import type { Scene } from './scene.ts'
import { count, moment, span, triggerInWords } from './words.ts'

/**
 * What one customer is told: its own people and data, and of the rest counts alone.
 * INVARIANT: no name, title or sentence goes in that is not of a thing which holds this customer's data. Titles, plans, blind
 * spots and credentials are free of nobody's name, so they stay out.
 */
export function customerReport(scene: Scene, customer: EntityId): Document {
  const { report, impact, ofCustomer } = scene
  const row = impact?.customers.find((one) => one.customer === customer)
  const mine = <T extends { resource: EntityId }>(list: readonly T[]): T[] =>
    list.filter(({ resource }) => ofCustomer.has(resource))
  const reached = mine(impact?.couldReach ?? [])
  const touched = mine(impact?.didTouch ?? [])
  const changed = mine(impact?.didChange ?? [])
  const unknown = mine(impact?.unknown ?? [])
  const { dead, survivors } = report
  const evidence = incidentEvidence(scene)
  const figure = (label: string, list: readonly { resource: EntityId }[], atLeast: number): Figure => ({
    label,
    unit: 'people',
    atLeast: Math.min(atLeast, mostOf(list, ofCustomer)),
    atMost: mostOf(list, ofCustomer),
    evidence:
      list.length === 0
        ? evidence
        : evidenceOf(
            'entity',
            list.map(({ resource }) => resource),
          ),
  })
  return {
    ...head(scene, 'customer', 'Report to a customer', `${nameOf(scene, customer)}, incident ${report.incident.id}`),
    figures: [
      figure('of your people: data could be reached', reached, row?.couldReach === true ? row.people.atLeast : 0),
      figure('of your people: data may have been read', touched, 0),
      figure('of your people: data may have been changed', changed, 0),
      figure('of your people: no source can tell', unknown, 0),
    ],
    times: timesOf({ ...scene, impact: impact === null ? null : { ...impact, didTouch: touched, didChange: changed } }),
    sections: [
      section('What happened', [
        {
          says: `${triggerInWords(report.incident.trigger)}; we opened it ${moment(report.incident.openedAtMs)}`,
          evidence,
        },
      ]),
      section('Your data', dataLines(scene, [...touched, ...changed], reached)),
      section('What we did', [
        {
          says: `${count(dead.length, 'credential')} of ${dead.length + survivors.length} that could have been used are proven dead`,
          evidence:
            dead.length === 0
              ? evidence
              : evidenceOf(
                  'action',
                  dead.map(({ action }) => action),
                ),
        },
        ...(survivors.length === 0
          ? []
          : [
              {
                says: `${count(survivors.length, 'credential')} not proven dead; we go on until each is`,
                evidence,
              },
            ]),
      ]),
    ],
    unknown: [
      ...unknown
        .slice(0, 8)
        .map(({ resource }) => `${nameOf(scene, resource)}: acts there are not logged, and cannot be ruled out`),
      ...(reached.length > 0 && touched.length + changed.length + unknown.length === 0
        ? ['nothing of yours is known to have been read or changed; where logs are incomplete that is no proof']
        : []),
      ...(report.blindSpots.length === 0
        ? []
        : [`${count(report.blindSpots.length, 'limit')} of what our sources show may change these figures`]),
    ],
  }
}

/** Distinct people whom these things hold: an act on a thing met all of them at most. */
const mostOf = (list: readonly { resource: EntityId }[], ofCustomer: ReadonlyMap<EntityId, Uint32Array>): number =>
  new Set(list.flatMap(({ resource }) => [...(ofCustomer.get(resource) ?? [])])).size

function dataLines(scene: Scene, acts: readonly TouchedResource[], reached: readonly { resource: EntityId }[]): Line[] {
  const seen = new Set(acts.map(({ resource }) => resource))
  return [
    ...acts.map((act) => ({
      says: `${nameOf(scene, act.resource)}: ${act.verbs.join(', ')}, ${span(act.firstAtMs, act.lastAtMs)}; it holds data of ${count(scene.ofCustomer.get(act.resource)?.length ?? 0, 'person', 'people')} of yours`,
      evidence: evidenceOf('event', act.evidence),
    })),
    ...reached
      .filter(({ resource }) => !seen.has(resource))
      .map(({ resource }) => ({
        says: `${nameOf(scene, resource)}: could be reached; no act is known; it holds data of ${count(scene.ofCustomer.get(resource)?.length ?? 0, 'person', 'people')} of yours`,
        evidence: evidenceOf('entity', [resource]),
      })),
  ]
}
