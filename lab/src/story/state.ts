import type { Part } from '../range.ts'
import type { ContainmentView } from './view.ts'

/** What happened in the lab; times in ms since the run began. The screen is a function of these, in order. */
export type LabEvent =
  | { kind: 'composition'; parts: readonly Part[]; seed: number }
  | { kind: 'progress'; says: string }
  | { kind: 'run'; run: 'with' | 'without'; says: string }
  | { kind: 'note'; atMs: number; says: string }
  | { kind: 'attempt'; atMs: number; loot: string; request: string; answer: string; isOpen: boolean; people: number }
  | { kind: 'containment'; atMs: number; view: ContainmentView }

export type Attempt = { atMs: number; request: string; answer: string; isOpen: boolean; people: number }
/** One stolen credential as the thief sees it. */
export type Loot = { name: string; answer: string; isOpen: boolean; tries: number; refusedAtMs: number | null }

export type Run = {
  name: 'with' | 'without'
  says: string
  attempts: Attempt[]
  tries: number
  /** Distinct people whose records the thief holds. */
  people: number
  loot: Loot[]
  notes: { atMs: number; says: string }[]
  containment: ContainmentView | null
}
export type LabState = { parts: readonly Part[]; seed: number; progress: string; runs: Run[] }

/** Lines kept of the thief's client; the pane shows the newest. */
export const attemptsKept = 200
export const notesKept = 50

export const initialState: LabState = { parts: [], seed: 0, progress: 'starting', runs: [] }

export const currentRun = (state: LabState): Run | undefined => state.runs.at(-1)

export function reduce(state: LabState, event: LabEvent): LabState {
  if (event.kind === 'composition') return { ...state, parts: event.parts, seed: event.seed }
  if (event.kind === 'progress') return { ...state, progress: event.says }
  if (event.kind === 'run') {
    const { run: name, says } = event
    const fresh: Run = { name, says, attempts: [], tries: 0, people: 0, loot: [], notes: [], containment: null }
    return { ...state, runs: [...state.runs, fresh] }
  }
  const run = currentRun(state)
  if (run === undefined) return state
  return { ...state, runs: [...state.runs.slice(0, -1), reduceRun(run, event)] }
}

function reduceRun(run: Run, event: Exclude<LabEvent, { kind: 'composition' | 'progress' | 'run' }>): Run {
  if (event.kind === 'note') {
    return { ...run, notes: [...run.notes, { atMs: event.atMs, says: event.says }].slice(-notesKept) }
  }
  if (event.kind === 'containment') return { ...run, containment: event.view }
  const { atMs, request, answer, isOpen, people } = event
  return {
    ...run,
    attempts: [...run.attempts, { atMs, request, answer, isOpen, people }].slice(-attemptsKept),
    tries: run.tries + 1,
    people: Math.max(run.people, people),
    loot: withAttempt(run.loot, event),
  }
}

function withAttempt(loot: readonly Loot[], event: Extract<LabEvent, { kind: 'attempt' }>): Loot[] {
  const before = loot.find(({ name }) => name === event.loot)
  const after: Loot = {
    name: event.loot,
    answer: event.answer,
    isOpen: event.isOpen,
    tries: (before?.tries ?? 0) + 1,
    // The first refusal after which nothing opened any more: one that opens again was not dead.
    refusedAtMs: event.isOpen ? null : (before?.refusedAtMs ?? event.atMs),
  }
  return before === undefined ? [...loot, after] : loot.map((item) => (item === before ? after : item))
}
