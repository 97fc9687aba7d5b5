import { evidenceOf, section, type Document, type Line } from './document.ts'
import {
  closedLines,
  happened,
  head,
  incidentEvidence,
  nameOf,
  openLines,
  peopleFigures,
  timesOf,
  touchedOf,
} from './incident.ts'
import type { Scene } from './scene.ts'
import { count, moment, span } from './words.ts'

/** What happened, what is closed, what is open, what it takes. Everything by name. */
export function boardReport(scene: Scene): Document {
  const { report } = scene
  const { incident, dead, survivors } = report
  const total = dead.length + survivors.length
  return {
    ...head(scene, 'board', 'Report to the board', `${incident.title} (${incident.id})`),
    figures: [
      {
        label: `of ${count(total, 'credential')} proven dead`,
        unit: 'credentials',
        atLeast: dead.length,
        atMost: dead.length,
        evidence:
          dead.length === 0
            ? incidentEvidence(scene)
            : evidenceOf(
                'action',
                dead.map(({ action }) => action),
              ),
      },
      {
        label: 'not proven dead',
        unit: 'credentials',
        atLeast: survivors.length,
        atMost: survivors.length,
        evidence: incidentEvidence(scene),
      },
      ...peopleFigures(scene),
    ],
    times: timesOf(scene),
    sections: [
      section('What happened', [happened(scene), ...touchedLines(scene)]),
      section('What is closed', closedLines(scene)),
      section('What is open', openLines(scene)),
      section('What it takes', needed(scene)),
    ],
    unknown: [...report.blindSpots, ...undecided(scene)],
  }
}

const touchedLines = (scene: Scene): Line[] =>
  touchedOf(scene).map((touched) => ({
    says: `${nameOf(scene, touched.resource)}: ${touched.verbs.join(', ')}${touched.records === null ? '' : `, ${count(touched.records, 'record')}`}, ${span(touched.firstAtMs, touched.lastAtMs)}`,
    evidence: evidenceOf('event', touched.evidence),
  }))

function needed(scene: Scene): Line[] {
  const { tasks, actions, incident } = scene.report
  const waiting = actions.filter(({ state }) => state === 'awaiting-approval')
  return [
    ...(waiting.length === 0
      ? []
      : [
          {
            says: `${count(waiting.length, 'step')} wait for an approval of plan ${incident.plan ?? ''}`,
            evidence: evidenceOf(
              'action',
              waiting.map(({ id }) => id),
            ),
          },
        ]),
    ...tasks
      .filter(({ done }) => done === null)
      .map(({ action, says, owner, dueAtMs }) => ({
        says: `${says.join('; ')}: ${owner === null ? 'nobody owns it' : nameOf(scene, owner)}, due ${moment(dueAtMs)}${dueAtMs < scene.atMs ? ' (overdue)' : ''}`,
        evidence: evidenceOf('action', [action]),
      })),
  ]
}

/** Reachable, and no source logs such acts there: it cannot be ruled out. */
const undecided = (scene: Scene): string[] =>
  (scene.impact?.unknown ?? [])
    .slice(0, 5)
    .map(({ resource, why }) => `${nameOf(scene, resource)} cannot be ruled out: ${why}`)
