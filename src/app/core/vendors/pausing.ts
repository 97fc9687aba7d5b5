import type { EntityId, MendedThing, Phase } from '#model'
import { openScene, type Scene } from '#posture'
import { stopsOf, type Serving, type Stop, type Stops } from '#vendors'
import { usingView } from '#estate'

import type { Registry } from '../../registry.ts'
import { actionsServing } from '../verbs-serving.ts'
import type { LookParts, Whole } from './look.ts'

/** What takes access away for a while or for good, and may therefore be a step of a pause. */
const pausing: ReadonlySet<Phase> = new Set(['deny', 'revoke', 'uninstall', 'remove-descendants'])
/** Of these nothing of the app works on, tokens that it holds among it. */
const whole: ReadonlySet<Phase> = new Set(['uninstall'])
const doesCharsMax = 500

export type PausingParts = Pick<LookParts, 'clock' | 'view' | 'sources'> & { registry: Pick<Registry, 'find'> }

/** What of a vendor would stop, by what the connected sources can do; read with one view, which `more` may read on. */
export function stopping<More>(
  parts: PausingParts,
  { vendor }: Whole,
  of: EntityId | null,
  more: (scene: Scene, stops: Stops) => Promise<More>,
): Promise<More> {
  const servingsOf = (target: EntityId, attributes: Parameters<typeof actionsServing>[3]): Serving[] =>
    actionsServing(parts.sources(), parts.registry, target, attributes).flatMap(({ source, action }) => {
      if (!pausing.has(action.phase)) return []
      const { effects, reversible } = action.preview(target, attributes)
      const { verb, title, phase } = action
      return [{ source, verb, title, isWhole: whole.has(phase), isBack: reversible, effects }]
    })
  return usingView(parts.view(), async (view) => {
    const scene = openScene(view, parts.clock.nowMs(), [])
    return more(scene, await stopsOf(scene, vendor, of, servingsOf))
  })
}

/** Verbs that a pause plans for a thing: those that can be put back, else, where it is for good, those that cannot. */
export function verbsOf({ servings }: Stop, forGood: boolean): Serving[] {
  const back = servings.filter(({ isBack }) => isBack)
  return back.length > 0 || !forGood ? back : [...servings]
}

export function thingOf(stop: Stop, forGood: boolean): MendedThing {
  const { target, owner, of, name } = stop
  return { target, owner, mending: 'disable', does: doesOf(stop, forGood, name ?? of).slice(0, doesCharsMax) }
}

function doesOf(stop: Stop, forGood: boolean, name: string): string {
  const verbs = verbsOf(stop, forGood)
  if (verbs.length > 0) return verbs.flatMap(({ effects }) => effects).join('; ')
  if (stop.servings.length > 0)
    return `\`${name}\` can only be ended for good (${stop.servings.map(({ verb }) => verb).join(', ')}): it goes on until somebody does that`
  return `\`${name}\` goes on: nothing that is connected can switch it off`
}
