import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert } from '#kit'
import { defaultTenant, type Proof } from '#model'
import type { ActionDesk } from '#respond'
import { createRunner, runnerLimits } from '#respond/hands'

import { makeUndoSeal } from '../test/simulation/undo-seal.ts'
import { createRegistry } from '../src/app/registry.ts'
import { applied } from '../test/conformance/apply.ts'
import { hooks } from '../test/conformance/host/cases.ts'
import type { Scene } from '../test/conformance/scenes.ts'
import { enroll, makeCore, signApproval } from '../test/simulation/respond-world.ts'
import { JumpingClock } from './kill-clock.ts'

/** Of one try, in ms: from the decision until Cordon has its proof, and until the thief is refused. */
export type Try = { provenMs: number; refusedMs: number; kind: Proof['kind'] }
/** It was not proven: what Cordon said instead. `refusedMs`: absent where the thief still gets in. */
export type Unproven = { says: string; refusedMs?: number }

const registry = createRegistry(hooks)
/** Thief and plain loop try at once and then more seldom, so that minutes of delay are not filled with tries. */
const [triesFirstMs, triesMaxMs, triesSlowBy] = [50, 500, 1.1]
const afterMs = (waitMs: number): number => Math.min(triesMaxMs, waitMs * triesSlowBy)
const bareMsMax = 3_600_000

async function untilRefused(scene: Scene, clock: JumpingClock, signal: AbortSignal): Promise<number | undefined> {
  for (let waitMs = triesFirstMs; ; waitMs = afterMs(waitMs)) {
    if (!(await clock.during(() => scene.works()))) return clock.exactMs()
    if (signal.aborted) return undefined
    await clock.sleep(waitMs)
  }
}

/** From the approval of a plan of this one step, by core's desk and hands' runner as they are, on a store on disk. */
export async function tryByCordon(scene: Scene, connector: string): Promise<Try | Unproven> {
  const { action, context, target, lent } = scene
  const clock = new JumpingClock(scene.clock, runnerLimits.requestTimeoutMs)
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-kill-'))
  const core = makeCore({ clock, path: join(folder, 'respond.sqlite') })
  const life = new AbortController()
  try {
    assert(await scene.works(), 'what is stolen works before')
    const signer = await enroll(core, 'ann')
    const source = `src_${connector}`
    const isHandOver = context.place !== undefined && action.needsPlace !== undefined
    const incident = await core.open([
      {
        target,
        connector,
        source,
        verb: action.verb,
        phase: action.phase === 'release' ? 'revoke' : action.phase,
        preview: action.preview(target, {}),
        level: 1,
        ...(isHandOver ? { placeSource: `${source}_place` } : {}),
      },
    ])
    const { plan } = await core.responder.contain(defaultTenant, incident, 'ann')
    const envelope = {
      verbs: [action.verb],
      connectors: [connector],
      furtherTargetsMax: 0,
      expiresAtMs: clock.nowMs() + 3_600_000,
    }
    const signed = signApproval(signer, plan.hash, incident, clock.nowMs(), { envelope })

    const over = Promise.withResolvers<Unproven | { atMs: number; kind: Proof['kind'] }>()
    let refused: Promise<number | undefined> = Promise.resolve(undefined)
    const desk = watched(core.desk, clock, {
      applied: () => {
        refused = untilRefused(scene, clock, life.signal)
      },
      proven: (kind) => over.resolve({ atMs: clock.exactMs(), kind }),
      ended: (says) => over.resolve({ says }),
    })
    const handle = { config: context.config, authority: context.authority, http: context.http, isOwn: () => false }
    const place = context.place
    const runner = createRunner({
      undoSeal: makeUndoSeal(),
      desk,
      worker: 'bench',
      clock,
      unit: () => 0.5,
      home: context.home,
      lent: (asked) => (asked === target ? lent : undefined),
      unseal: (id) => Promise.resolve(id === source ? context.contain : (place?.context.contain ?? {})),
      actionFor: (id, verb) => registry.find(id)?.actions.find((one) => one.verb === verb),
      sourceFor: () => handle,
      ...(place === undefined
        ? {}
        : { placeFor: () => ({ holder: place.holder, source: { ...place.context, isOwn: () => false } }) }),
      paceOf: () => registry.find(connector)?.pace ?? { callsAtOnceMax: 4, callsPerMinuteMax: 300 },
    })
    const running = runner.run(life.signal)
    const decidedMs = clock.exactMs()
    await clock.during(() => core.responder.approve(defaultTenant, signed))
    runner.wake()
    const end = await over.promise
    // What was proven dead is dead: whoever still gets in a moment later makes the proof a lie.
    const limit = setTimeout(() => life.abort(), 'says' in end ? 0 : thiefLateMs)
    const refusedAtMs = await refused
    clearTimeout(limit)
    life.abort()
    await running
    if ('says' in end)
      return { says: end.says, ...(refusedAtMs === undefined ? {} : { refusedMs: refusedAtMs - decidedMs }) }
    assert(refusedAtMs !== undefined, 'the thief is refused behind the proof')
    return { provenMs: end.atMs - decidedMs, refusedMs: refusedAtMs - decidedMs, kind: end.kind }
  } finally {
    life.abort()
    core.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
/** Real time, for what a vendor obeys only later. */
const thiefLateMs = 20_000

type Heard = { applied(): void; proven(kind: Proof['kind']): void; ended(says: string): void }

/** Core's desk: what passes over it is heard when core has it on disk. */
function watched(desk: ActionDesk, clock: JumpingClock, heard: Heard): ActionDesk {
  return {
    claim: (...args) => clock.during(() => desk.claim(...args)),
    attempt: (...args) => clock.during(() => desk.attempt(...args)),
    async applied(...args) {
      await clock.during(() => desk.applied(...args))
      heard.applied()
    },
    async probed(id, fence, outcome) {
      await clock.during(() => desk.probed(id, fence, outcome))
      if (outcome.verdict === 'dead') heard.proven(outcome.proof.kind)
      else if (outcome.isFinal) heard.ended(outcome.says)
    },
    async failed(id, fence, code, says, isFinal) {
      await clock.during(() => desk.failed(id, fence, code, says, isFinal))
      if (isFinal) heard.ended(`${code}: ${says}`)
    },
    undone: (...args) => clock.during(() => desk.undone(...args)),
    release: (...args) => clock.during(() => desk.release(...args)),
  }
}

/** The same calls in a plain loop, beside the same thief: no core, no store, no claim, no pace; one dead answer is enough. */
export async function tryBare(scene: Scene): Promise<number | undefined> {
  const { action, context, target } = scene
  const clock = new JumpingClock(scene.clock, Infinity)
  const life = new AbortController()
  assert(await scene.works(), 'what is stolen works before')
  const startedMs = clock.exactMs()
  const { undoState } = await clock.during(() => applied(action, context, target))
  const refused = untilRefused(scene, clock, life.signal)
  for (let waitMs = triesFirstMs; ; waitMs = afterMs(waitMs)) {
    const probed = await clock.during(() => action.probe.run(context, target, undoState))
    if (probed.verdict === 'dead') break
    if (clock.exactMs() - startedMs > bareMsMax) {
      life.abort()
      return undefined
    }
    await clock.sleep(waitMs)
  }
  const provenMs = clock.exactMs()
  return Math.max(provenMs, (await refused) ?? Infinity) - startedMs
}
