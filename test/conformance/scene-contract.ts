import assert from 'node:assert/strict'

import { isObject } from '#kit'

import { applied } from './apply.ts'
import type { SceneCase } from './scenes.ts'

/** What undo itself says it cannot give back. */
const isKept = (error: unknown): void => assert.match(String(isObject(error) && error['code']), /_(?:KEPT|REFUSED)$/)

/**
 * What every action owes, for vendors without a twin whose whole state can be compared (`actions.ts` asks more of those): the
 * thief is shut out and there is a proof, twice is once, and undo gives back what it says.
 */
export async function holdsContract(one: SceneCase): Promise<void> {
  const { action, context, target, works, lent, clock, delayMs, close } = await one.open()
  try {
    assert.equal(await works(), true, 'it opens something before')
    if (action.readBack === undefined) assert.equal(action.retry, 'idempotent')
    else assert.equal(await action.readBack(context, target), 'absent')
    assert.notEqual((await action.probe.run(context, target)).verdict, 'dead', 'no proof before it is done')
    const first = await applied(action, context, target)
    clock?.pass(delayMs)
    assert.equal(await works(), false, 'refused')
    const probed = await action.probe.run(context, target, first.undoState)
    assert.equal(probed.verdict, 'dead', JSON.stringify(probed))
    if (probed.verdict === 'dead') {
      assert.ok(action.proofs.includes(probed.proof.kind), probed.proof.kind)
      if (lent !== undefined) assert.match(probed.proof.kind, /^(?:probed|introspected)$/, 'a lent value is tried')
    }
    if (action.readBack !== undefined) assert.equal(await action.readBack(context, target), 'landed')
    await action.apply(context, target)
    clock?.pass(delayMs)
    assert.equal(await works(), false, 'twice is as good as once')
    if (action.readBack !== undefined) assert.equal(await action.readBack(context, target), 'landed')

    assert.equal(action.undo !== undefined || !one.isRestored, true)
    const undone = action.undo?.(context, target, first.undoState)
    await (one.isRestored ? undone : undone?.catch(isKept))
    clock?.pass(delayMs)
    assert.equal(await works(), one.isRestored, 'after undo')
    const { reversible } = action.preview(target, {})
    // Of a hand-over the place says it, and the plan asks it.
    if (action.needsPlace === undefined)
      assert.equal(reversible, action.undo !== undefined, 'the preview says whether it can be undone')
  } finally {
    await close()
  }
}

export const titleOf = ({ verb, name }: SceneCase): string => (name === '' ? verb : `${verb}: ${name}`)
