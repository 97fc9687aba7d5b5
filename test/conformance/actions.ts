import assert from 'node:assert/strict'
import { after } from 'node:test'

import { isObject, type Http } from '#kit'
import { entityId, kindOf, nativeOf, type EntityId } from '#model'
import type { ActionContext, ContainAction } from '#respond/contract'

import { applied } from './apply.ts'
import { lostAt, verbIn } from './cordon.ts'

/** What an attacker has, and whether it still opens something: asked at the vendor, never at Cordon. */
export type Stolen = { target: EntityId; works(): Promise<boolean>; lent?: string }

export type ActionCase<Company> = {
  verb: string
  /** What is tried, where a verb has several cases. */
  name?: string
  set(company: Company): Stolen | Promise<Stolen>
  /** Permissions beyond those that the action declares, for a target like this one alone; what refuses it names them. */
  alsoNeeds?: readonly string[]
  /** Does undo give the attacker's way back, too? */
  isRestored: boolean
  /** One request is not the whole of it: after the first alone nothing has landed yet. */
  isInSteps?: true
  /** What it leaves bears the action's own name: undo knows it as its own, also where a crash lost what apply told. */
  isMarked?: true
  /** Absent: the vendor obeys at once. */
  delay?: VendorDelay<Company>
}

/**
 * What the vendor itself takes, whoever asks, until the thief is refused and it says so. `stretch`: makes it longer;
 * absent: it is as long as the vendor declares.
 */
export type VendorDelay<Company> = {
  of: string
  ms(company: Company): number
  stretch?(company: Company, ms: number): void
}

/** A delay that the vendor's twin has as a setting. */
export const delayOf = <Name extends string>(
  name: Name,
  of: string,
): VendorDelay<{ twin: { settings: Record<Name, number> } }> => ({
  ms: ({ twin }) => twin.settings[name],
  stretch({ twin }, ms) {
    twin.settings[name] += ms
  },
  of,
})

/** Of a twin: what it was asked or answered that the vendor's own description, or the twin itself, does not know. */
type Faults = { wrongRequests?: unknown[]; wrongAnswers?: unknown[]; unknown?: unknown[]; violations?: unknown[] }
type Twin = Faults & { close(): Promise<void> }

/** What is tried on a vendor's actions: enough to act, and to ask at the vendor whether it helped. */
export type Tried<
  Company,
  Config,
  Case extends ActionCase<Company>,
  Cordon = { context(over?: Partial<ActionContext<Config>>): ActionContext<Config> },
> = {
  actions: readonly ContainAction<Config>[]
  cases: readonly Case[]
  /** A company of its own for every try; without a case, as it stands. */
  found(one?: Case): Promise<Company>
  cordon(company: Company): Cordon
  /** From now on what Cordon acts with holds these permissions alone; absent: the vendor, or its twin, knows none. */
  hold?(company: Company, scopes: readonly string[]): void | Promise<void>
  /** Waits until the vendor has obeyed and its log tells of it. */
  settle?(company: Company): void
}

export type Stages<Config> = {
  context(over?: Partial<ActionContext<Config>>): ActionContext<Config>
  httpFor(use: 'contain', http: Http): Http
}

export type Trial<
  Company extends { twin: Twin },
  Config,
  Cordon extends Stages<Config>,
  Case extends ActionCase<Company>,
> = Tried<Company, Config, Case, Cordon> & {
  origins(company: Company): readonly string[]
  /** The request that changes something, among those that only read or sign in. */
  isChange(url: URL, method: string, says: string): boolean
  /** Waits until the vendor has obeyed and its log tells of it. */
  settle(company: Company): void
  /** All that an action may change, as text. */
  heldBy(company: Company): string
  /** Refused beyond what every vendor's actions refuse. */
  refusesToo?: {
    /** The vendor says whose the credential is: a source that was set up with another customer's name acts on nothing. */
    foreignSource?: true
    /** Break-glass is asked for the target itself, which core does for all, and not alone for whom it hits besides. */
    spared?: true
  }
  /** The code of the error that refuses a target, and the authority of another customer of the vendor. */
  refusal: string
  elsewhere: string
}

/** Those of a connector that these cases try; that together they are all is a test of its own (`every-action.test.ts`). */
export const actionsIn = <Config>(
  actions: readonly ContainAction<Config>[],
  cases: readonly { verb: string }[],
): readonly ContainAction<Config>[] => actions.filter(({ verb }) => cases.some((one) => one.verb === verb))

/** An identity function whose only work is inference. */
export const defineTrial = <
  Company extends { twin: Twin },
  Config,
  Cordon extends Stages<Config>,
  Case extends ActionCase<Company>,
>(
  trial: Trial<Company, Config, Cordon, Case>,
): Trial<Company, Config, Cordon, Case> => trial

/**
 * The contract of every action, tried on a vendor: the attacker is refused, twice is once, undo gives back what it says, a
 * crash before or behind the change is told apart by reading back, and nothing of Cordon's or of another customer is
 * touched. What only one vendor does stands in that vendor's own tests, which may `begin` and `start` as these do.
 */
export function actionTrial<
  Company extends { twin: Twin },
  Config,
  Cordon extends Stages<Config>,
  Case extends ActionCase<Company>,
>(trial: Trial<Company, Config, Cordon, Case>) {
  const { actions, cases, heldBy } = trial
  const opened: Company[] = []
  after(() => Promise.all(opened.map(({ twin }) => twin.close())))

  async function start(one?: Case) {
    const company = await trial.found(one)
    opened.push(company)
    return { company, cordon: trial.cordon(company) }
  }

  async function begin(one: Case) {
    const { company, cordon } = await start(one)
    const { target, works, lent } = await one.set(company)
    const context = (over: Partial<ActionContext<Config>> = {}): ActionContext<Config> =>
      cordon.context({ lent: (asked) => (asked === target ? lent : undefined), ...over })
    return {
      company,
      cordon,
      action: verbIn(actions, one.verb),
      target,
      works,
      lent,
      context,
      settled: () => trial.settle(company),
    }
  }

  const tests: { name: string; run(): void | Promise<void> }[] = []
  const test = (name: string, run: () => void | Promise<void>): void => void tests.push({ name, run })

  test('every verb has a case', () => {
    const tried = new Set(cases.map(({ verb }) => verb))
    assert.deepEqual([...tried].sort(), actions.map(({ verb }) => verb).sort())
  })

  for (const one of cases) {
    const title = one.name === undefined ? one.verb : `${one.verb}: ${one.name}`
    test(`${title}: the attacker is refused, twice is once, undo gives back what it says`, async () => {
      const { company, action, target, works, lent, context, settled } = await begin(one)
      assert.equal(await works(), true, 'it opens something before')
      settled()
      assert.notEqual((await action.probe.run(context(), target)).verdict, 'dead', 'no proof before it is done')
      await assertRead(action, context(), target, 'absent')
      const first = await applied(action, context(), target)
      settled()
      await assertRead(action, context(), target, 'landed')
      assert.equal(await works(), false, 'refused')
      const probed = await action.probe.run(context(), target)
      assert.equal(probed.verdict, 'dead', JSON.stringify(probed))
      if (probed.verdict === 'dead') {
        assert.ok(action.proofs.includes(probed.proof.kind), probed.proof.kind)
        if (lent !== undefined) assert.equal(probed.proof.kind, 'probed', 'a lent value is tried')
      }
      await assertOnce(action, context, target, () => heldBy(company), one.isMarked === true)

      assert.equal(action.undo !== undefined || !one.isRestored, true)
      await action.undo?.(context(), target, first.undoState)
      settled()
      assert.equal(await works(), one.isRestored, 'after undo')
      const { reversible } = action.preview(target, {})
      // Of a hand-over the place says it, and the plan asks it.
      if (action.needsPlace === undefined)
        assert.equal(reversible, action.undo !== undefined, 'the preview says whether it can be undone')
      assertTrue(company)
    })

    for (const when of ['before', 'behind'] as const) {
      test(`${title}: a crash ${when} the change is known by reading back, or doing it again is no harm`, async () => {
        const { company, cordon, action, target, works, context, settled } = await begin(one)
        assert.equal(await works(), true)
        const crashing = cordon.httpFor('contain', lostAt(trial.origins(company), when, trial.isChange))
        const dying = async () => action.apply(context({ http: crashing }), target)
        await assert.rejects(dying, { code: 'ERR_HTTP_NETWORK' })
        settled()
        const isDone = when === 'behind' && one.isInSteps !== true
        await assertRead(action, context(), target, isDone ? 'landed' : 'absent')
        assert.equal(await works(), !isDone)
        // What reads as landed is not sent again; what cannot be read is.
        if (isDone && action.readBack !== undefined) return
        await action.apply(context(), target)
        settled()
        await assertRead(action, context(), target, 'landed')
        assert.equal(await works(), false)
        assertTrue(company)
      })
    }

    test(`${title}: neither Cordon's own nor another customer's is touched`, async () => {
      const { company, action, target, context } = await begin(one)
      const before = heldBy(company)
      const refuses = (over: Partial<ActionContext<Config>>, asked: EntityId): Promise<void> =>
        assert.rejects(async () => action.apply(context(over), asked), { code: trial.refusal })
      await refuses({ isOwn: (entity) => entity === target }, target)
      const foreign = entityId(kindOf(target), trial.elsewhere, nativeOf(target))
      await refuses({}, foreign)
      if (trial.refusesToo?.foreignSource === true) await refuses({ authority: trial.elsewhere }, foreign)
      if (trial.refusesToo?.spared === true) await refuses({ spared: [target] }, target)
      assert.equal(heldBy(company), before)
    })
  }
  return { tests, begin, start }
}

async function assertRead<Config>(
  action: ContainAction<Config>,
  context: ActionContext<Config>,
  target: EntityId,
  expected: 'absent' | 'landed',
): Promise<void> {
  if (action.readBack === undefined)
    assert.equal(action.retry, 'idempotent', 'what cannot be read back may be repeated')
  else assert.equal(await action.readBack(context, target), expected)
}

/** A second time changes nothing, and what it found done is not its own to take back. */
async function assertOnce<Config>(
  action: ContainAction<Config>,
  context: () => ActionContext<Config>,
  target: EntityId,
  held: () => string,
  isMarked: boolean,
): Promise<void> {
  // What cannot be read back is done anew: another password, a later time.
  if (action.readBack === undefined) return
  const before = held()
  const { undoState } = await action.apply(context(), target)
  assert.equal(held(), before, 'twice is once')
  if (isMarked) return
  const isKept = (error: unknown): void => assert.match(String(isObject(error) && error['code']), /_KEPT$/)
  await action.undo?.(context(), target, undoState).catch(isKept)
  assert.equal(held(), before, 'the second takes nothing back')
}

/** All that was asked and answered is what the vendor's own description knows. */
export function assertTrue({ twin: { wrongRequests, wrongAnswers, unknown, violations } }: { twin: Faults }): void {
  const kept = [wrongRequests, wrongAnswers, unknown, violations].filter((faults) => faults !== undefined)
  assert.ok(kept.length > 0, 'the twin keeps what it does not know')
  assert.deepEqual(kept.flat(), [])
}
