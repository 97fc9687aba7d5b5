/**
 * Where something said can be looked up: `cordon event show`, `cordon action show`, `cordon entity show` and so on. `estate`: what
 * was looked through as a whole, at that log offset, and did not hold what a number counts.
 */
export const evidenceKinds = [
  'event',
  'action',
  'incident',
  'entity',
  'control',
  'checkpoint',
  'claim',
  'plan',
  'estate',
] as const
export type Evidence = { kind: (typeof evidenceKinds)[number]; ref: string }

/** INVARIANT: a line rests on evidence. What does not is under `unknown`, said as what it is: not known. */
export type Line = { says: string; evidence: Evidence[] }
/**
 * A number that must not be missed. `atMost` null: there is no bound. Of one number both are the same; only
 * figures of one `unit` may be held against each other.
 */
export type Figure = { label: string; unit: string; atLeast: number; atMost: number | null; evidence: Evidence[] }
/** `most`: lines that are left out of a page are counted by `more`, never dropped without a word. */
export type Section = { title: string; lines: Line[]; more: number }

/** What somebody outside is told, on one page, each word with its evidence. Pure values: pages are made of it elsewhere. */
export type Document = {
  kind: 'report' | 'answer'
  /** Whom a report is for, or which question is answered. */
  about: string
  title: string
  subject: string
  atMs: number
  /** Log offset the estate stood at. */
  asOf: number
  figures: Figure[]
  /** Milliseconds UTC; in order. */
  times: { atMs: number; says: string; evidence: Evidence[] }[]
  sections: Section[]
  unknown: string[]
}

/** Of one part; a printed page shows fewer, and says how many it leaves out. */
export const linesShownMax = 500

export function section(title: string, lines: readonly Line[], most = linesShownMax): Section {
  return { title, lines: lines.slice(0, most), more: Math.max(0, lines.length - most) }
}

export const evidenceOf = (kind: Evidence['kind'], refs: readonly (string | number)[], most = 5): Evidence[] =>
  [...new Set(refs.map(String))].slice(0, most).map((ref) => ({ kind, ref }))

/** A count of nothing rests on where it was looked for. */
export const evidenceOr = (evidence: Evidence[], whole: Evidence[]): Evidence[] =>
  evidence.length > 0 ? evidence : whole
