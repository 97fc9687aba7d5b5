import { evidenceOf, section, type Document, type Line } from './document.ts'
import {
  happened,
  head,
  incidentEvidence,
  measureLines,
  openLines,
  peopleFigures,
  timesOf,
  touchedOf,
} from './incident.ts'
import type { Scene } from './scene.ts'
import { between, count, moment } from './words.ts'

/** Article 33(1) of the General Data Protection Regulation: within 72 hours of becoming aware of it. */
const noticeMs = 72 * 3_600_000

/**
 * What Article 33(3) asks: (a) nature, categories and approximate number of people and records, (b) contact, (c) likely
 * consequences, (d) measures. Times and numbers; what only the controller can say is said to be theirs to say.
 */
export function regulatorReport(scene: Scene): Document {
  const { report, atMs } = scene
  const dueAtMs = report.incident.openedAtMs + noticeMs
  const evidence = incidentEvidence(scene)
  return {
    ...head(scene, 'regulator', 'Notification of a personal data breach (GDPR, Article 33)', report.incident.id),
    figures: peopleFigures(scene),
    times: [...timesOf(scene), { atMs: dueAtMs, says: '72 hours after it was opened', evidence }].sort(
      (a, b) => a.atMs - b.atMs,
    ),
    sections: [
      section('(a) Nature of the breach', [happened(scene), ...categories(scene), ...records(scene)]),
      section('(d) Measures taken', [...measureLines(scene), closedLine(scene)]),
      section('(d) Measures proposed', openLines(scene)),
      ...(dueAtMs < atMs
        ? [
            section('Reasons for the delay (Article 33(1))', [
              { says: `this is made ${moment(atMs)}, after the 72 hours`, evidence },
            ]),
          ]
        : []),
    ],
    unknown: [
      '(b) name and contact details of the data protection officer: not kept here, to be added',
      '(c) likely consequences: for the controller to judge, from the categories and numbers above',
      ...report.blindSpots,
      ...unknownLine(scene),
    ],
  }
}

function categories(scene: Scene): Line[] {
  const { impact, classesOf, classEvidence } = scene
  if (impact === null) return []
  const of = (resources: readonly { resource: (typeof impact.couldReach)[number]['resource'] }[]) => [
    ...new Set(resources.flatMap(({ resource }) => classesOf.get(resource) ?? [])),
  ]
  const line = (says: string, classes: ReturnType<typeof of>): Line[] =>
    classes.length === 0
      ? []
      : [
          {
            says: `${says}: ${classes.map((one) => one.split(':').at(-1)).join(', ')}`,
            evidence: evidenceOf(
              'event',
              classes.flatMap((one) => classEvidence.get(one) ?? []),
            ),
          },
        ]
  return [
    ...line('categories of data read or changed', of([...impact.didTouch, ...impact.didChange])),
    ...line('categories of data within reach', of(impact.couldReach)),
  ]
}

function records(scene: Scene): Line[] {
  const touched = touchedOf(scene)
  const told = touched.filter(({ records: of }) => of !== null)
  if (touched.length === 0) return []
  const sum = told.reduce((all, { records: of }) => all + (of ?? 0), 0)
  const isWhole = told.length === touched.length
  return [
    {
      says: `records: ${between({ atLeast: sum, atMost: isWhole ? sum : null })}${isWhole ? '' : `; of ${count(touched.length - told.length, 'thing')} no source told how many`}`,
      evidence: evidenceOf(
        'event',
        touched.flatMap(({ evidence }) => evidence),
      ),
    },
  ]
}

const closedLine = (scene: Scene): Line => {
  const { dead, survivors } = scene.report
  return {
    says: `${count(dead.length, 'credential')} of ${dead.length + survivors.length} are proven dead`,
    evidence:
      dead.length === 0
        ? incidentEvidence(scene)
        : evidenceOf(
            'action',
            dead.map(({ action }) => action),
          ),
  }
}

const unknownLine = ({ impact }: Scene): string[] =>
  impact === null || impact.unknown.length === 0
    ? []
    : [`${count(impact.unknown.length, 'thing')} within reach where acts are not logged: they cannot be ruled out`]
