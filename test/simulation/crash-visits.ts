import { crashPoints, type CrashPoint } from '#kit'

const of = (...areas: string[]): CrashPoint[] =>
  crashPoints.filter((point) => areas.some((area) => point.startsWith(`${area}.`)))

/** The points that each kill test dies at. A point of a new area is in none of them, and `crash-visits.test.ts` fails. */
export const crashVisits = {
  'kill-ingest.process.test.ts': { ingest: of('store', 'log') },
  'respond.process.test.ts': { respond: of('store', 'respond') },
  'init.process.test.ts': { init: of('init') },
  'product-kill.process.test.ts': { core: of('store', 'log'), hands: of('respond') },
} as const
