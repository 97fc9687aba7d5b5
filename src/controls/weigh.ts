import type { CheckState, PostureFinding } from '#posture'
import type { FindingId } from '#model'

import { houseChecks } from './house.ts'
import type { ControlState, Evidence, Framework, House, Said, Standing } from './types.ts'

/** What a look at the estate found (`#posture`), and the findings that somebody answers for. */
export type Look = {
  checks: readonly CheckState[]
  findings: readonly Pick<PostureFinding, 'id' | 'kind'>[]
  excepted: { has(id: FindingId): boolean }
}

/** Every control of the frameworks, by what is so now. Pure. Evidence that nobody knows is a defect, and throws. */
export function weigh(frameworks: readonly Framework[], look: Look, house: House): Standing[] {
  const known = new Map<string, Said>()
  for (const check of look.checks) {
    const said = ofPosture(check, look)
    known.set(said.evidence, said)
  }
  for (const { id, title, judge } of houseChecks) {
    known.set(nameOf({ house: id }), { evidence: nameOf({ house: id }), title, excepted: 0, ...judge(house) })
  }
  return frameworks.flatMap(({ id: framework, controls }) =>
    controls.map(({ id: control, asks, evidence }) => {
      const names = new Set(evidence.map(nameOf))
      const said = [...names].map((name) => need(known, name))
      return {
        framework,
        control,
        asks,
        state: worst(said.map(({ state }) => state)),
        open: sum(said.map(({ open }) => open)),
        excepted: sum(said.map(({ excepted }) => excepted)),
        evidence: said,
      }
    }),
  )
}

export const nameOf = (evidence: Evidence): string =>
  'posture' in evidence ? `posture:${evidence.posture}` : `house:${evidence.house}`

function ofPosture({ kind, title, state, why }: CheckState, { findings, excepted: apart }: Look): Said {
  const found = findings.filter((one) => one.kind === kind)
  const excepted = found.filter(({ id }) => apart.has(id)).length
  const open = found.length - excepted
  const about = { evidence: nameOf({ posture: kind }), title, open, excepted, why: [...why] }
  if (open > 0) return { ...about, state: 'unmet' }
  if (state === 'blind') return { ...about, state: 'unsaid' }
  if (state === 'partly') return { ...about, state: 'partly' }
  return { ...about, state: excepted > 0 ? 'excepted' : 'met' }
}

/**
 * One thing that speaks against a control makes it unmet, whatever else cannot be said. Where nothing of it can be said it
 * is unsaid; where a part cannot, partly: silence is never taken for good.
 */
function worst(states: readonly ControlState[]): ControlState {
  if (states.includes('unmet')) return 'unmet'
  if (states.every((state) => state === 'unsaid')) return 'unsaid'
  if (states.some((state) => state === 'unsaid' || state === 'partly')) return 'partly'
  return states.includes('excepted') ? 'excepted' : 'met'
}

function need(known: ReadonlyMap<string, Said>, name: string): Said {
  const said = known.get(name)
  if (said === undefined) throw new Error(`no check is called ${name}`)
  return said
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
