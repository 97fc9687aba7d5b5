import { columnsMin, render } from './story/panes.ts'
import { plainLines } from './story/plain.ts'
import { initialState, reduce, type LabEvent, type LabState } from './story/state.ts'

export type Output = {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
  rows?: number
  on?(event: 'resize', listener: () => void): unknown
}
export type Stage = {
  emit(event: LabEvent): void
  state(): LabState
  /** Leaves the drawn screen; what is printed from here on scrolls. */
  leave(): void
}

export const frameEveryMs = 100
const lastPictureRows = 60
const laterPictureRows = 24

/** Two panes on a wide enough terminal, else plain lines in order. Honours NO_COLOR (https://no-color.org) and TERM=dumb. */
export function createStage(out: Output, env: Record<string, string | undefined>, nowMs: () => number): Stage {
  const isDrawn = out.isTTY === true && (out.columns ?? 0) >= columnsMin && env['TERM'] !== 'dumb'
  return isDrawn ? drawnStage(out, (env['NO_COLOR'] ?? '') === '', nowMs) : plainStage(out, nowMs)
}

function plainStage(out: Output, nowMs: () => number): Stage {
  let state = initialState
  return {
    emit(event) {
      const before = state
      state = reduce(state, event)
      for (const text of plainLines(before, event, state, nowMs())) out.write(`${text}\n`)
    },
    state: () => state,
    leave: () => undefined,
  }
}

const enterScreen = '\u001b[?1049h\u001b[?25l'
const leaveScreen = '\u001b[?25h\u001b[?1049l'

function drawnStage(out: Output, isColored: boolean, nowMs: () => number): Stage {
  let state = initialState
  let isOn = true
  let timer: NodeJS.Timeout | undefined
  const frame = (of: LabState, rows: number): string[] =>
    render(of, { columns: out.columns ?? columnsMin, rows, isColored, nowMs: nowMs() })
  const draw = (): void => {
    timer = undefined
    if (isOn) out.write(`\u001b[H${frame(state, (out.rows ?? 40) - 1).join('\u001b[K\n')}\u001b[K\u001b[J`)
  }
  const soon = (): void => {
    timer ??= setTimeout(draw, frameEveryMs)
  }
  out.write(enterScreen)
  out.on?.('resize', soon)
  return {
    emit(event) {
      state = reduce(state, event)
      soon()
    },
    state: () => state,
    leave() {
      if (!isOn) return
      isOn = false
      clearTimeout(timer)
      out.write(leaveScreen)
      // The last picture of each run stays in the scroll-back.
      for (const index of state.runs.keys()) {
        const upTo = { ...state, runs: state.runs.slice(0, index + 1) }
        out.write(`${frame(upTo, index === 0 ? lastPictureRows : laterPictureRows).join('\n')}\n\n`)
      }
    },
  }
}
