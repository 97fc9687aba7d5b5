/** A document of somebody else's that asks for controls. `edition`: which one the numbers are of. */
export type Framework = {
  id: string
  title: string
  edition: string
  controls: readonly Control[]
}

/**
 * One control of a framework. `asks`: in our own short words, never the framework's text. `evidence`: what here bears on it;
 * each is looked at live. It is evidence for a part of what the framework asks, and never the whole of it.
 */
export type Control = { id: string; asks: string; evidence: readonly Evidence[] }

/** `posture`: nothing weak of these kinds (`docs/posture.md`). `house`: Cordon itself does its part (`house.ts`). */
export type Evidence = { posture: string } | { house: string }

/**
 * `met`: looked at, and nothing speaks against it. `excepted`: what speaks against it somebody answers for, until a day.
 * `unmet`: something does. `partly`: nothing does, and a part cannot be said. `unsaid`: nothing of it can be said.
 */
export const controlStates = ['met', 'excepted', 'partly', 'unsaid', 'unmet'] as const
export type ControlState = (typeof controlStates)[number]

/** What one piece of evidence says now. `open` and `excepted` count what speaks against it; `why`: plain sentences. */
export type Said = {
  evidence: string
  title: string
  state: ControlState
  open: number
  excepted: number
  why: string[]
}

export type Standing = {
  framework: string
  control: string
  asks: string
  state: ControlState
  open: number
  excepted: number
  evidence: Said[]
}

/** What Cordon knows of itself and its sources at a moment; null: it cannot be known here. */
export type House = {
  atMs: number
  /** Streams of sources that are read, and why those that are not, or not whole, are not. */
  streams: { read: number; lacking: string[] }
  detection: { rules: number; correlations: number; refused: number; failed: number } | null
  ledger: { leaves: number; signed: number; signedAtMs: number | null; witnesses: number }
  /** People whose keys can approve a plan. */
  approvers: number
  automationStopped: boolean
  /** Not closed: when each was opened, and whether what it is about still lives (contained: no). */
  incidents: { openedAtMs: number; contained: boolean }[]
  /** Named by registers of people, and who of them ended and is still active. */
  people: { named: number; endedActive: number } | null
  retentionDays: number
  /** Vendors known, those of them who reach people's data, and of these whose claims have all run out or were never given. */
  vendors: { known: number; reaching: number; unattested: number } | null
}
