import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { Http } from '#kit'
import { entityId, type EntityId } from '#model'

import { account, actionOf, foundCompany, heldOf, openCordon, tried, type Held } from './company.ts'

const deny = actionOf('aws.principal.deny')
const victims = ['anna', 'bert', 'carl']
const written = /\.(Create|Update|Attach|Detach|Delete)Policy$/
/** Writes of one change to the organisation are fewer than this: a longer run is a loop without end. */
const writesMax = 8

/** Users with stolen keys; `carl` is denied already. */
async function foundThree(t: TestContext) {
  const company = await foundCompany()
  t.after(company.close)
  const { state, clock } = company
  const may = { Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }] }
  const users = victims.map((name) => state.addUser(name, clock.nowMs(), { may }))
  const held = users.map((user) => heldOf(state.addKey(user, clock.nowMs())))
  const targets = users.map(({ id }): EntityId => entityId('identity', account, id))
  const cordon = openCordon(company)
  const context = (http?: Http) => cordon.context(http === undefined ? {} : { http })
  const [anna, bert, carl] = targets
  assert.ok(anna !== undefined && bert !== undefined && carl !== undefined)
  const { undoState } = await deny.apply(context(), carl)
  /** As the thieves see it, once AWS obeys. */
  const seen = async (): Promise<string[]> => {
    clock.pass(state.lagMs)
    return Promise.all(held.map((one: Held) => tried(company, one)))
  }
  return { company, context, anna, bert, carl, undoState, seen, plain: context().http }
}

/** Stops before its nth write until it is let go on; `dies`: the write never reaches AWS. */
function stopping(http: Http, at: number) {
  let writes = 0
  let [reached, go] = [(): void => undefined, (_dies: boolean): void => undefined]
  const arrived = new Promise<void>((done) => (reached = done))
  const gate = new Promise<boolean>((done) => (go = done))
  const stopped: Http = {
    async request(url, request) {
      if (written.test(request?.headers?.['x-amz-target'] ?? '') && ++writes === at) {
        reached()
        if (await gate) throw new Error('the process died')
      }
      return http.request(url, request)
    },
  }
  return { http: stopped, arrived, go, writes: () => writes }
}

test('of two denied at once each is denied, wherever one stands still while the other runs', async (t) => {
  let stops = 0
  for (let at = 1; at <= writesMax; at++) {
    const { context, anna, bert, seen, plain } = await foundThree(t)
    const stop = stopping(plain, at)
    const first = deny.apply(context(stop.http), anna)
    await Promise.race([stop.arrived, first])
    if (stop.writes() < at) break
    stops++
    await deny.apply(context(), bert)
    stop.go(false)
    await first
    assert.deepEqual(await seen(), ['AccessDenied', 'AccessDenied', 'AccessDenied'], `at write ${at}`)
    for (const target of [anna, bert]) assert.equal(await deny.readBack?.(context(), target), 'landed')
  }
  assert.ok(stops >= 3 && stops < writesMax, `${stops} writes`)
})

test('an undo and a deny at once both hold, and a deny that dies on its way takes nobody else out', async (t) => {
  let stops = 0
  for (let at = 1; at <= writesMax; at++) {
    const { context, anna, bert, carl, undoState, seen, plain } = await foundThree(t)
    const stop = stopping(plain, at)
    const first = Promise.resolve(deny.undo?.(context(stop.http), carl, undoState))
    await Promise.race([stop.arrived, first])
    if (stop.writes() < at) break
    stops++
    await deny.apply(context(), bert)
    stop.go(false)
    await first
    assert.deepEqual(await seen(), ['works', 'AccessDenied', 'works'], `at write ${at}`)
    const dying = stopping(plain, at)
    const dead = assert.rejects(deny.apply(context(dying.http), anna))
    await dying.arrived
    dying.go(true)
    await dead
    assert.deepEqual((await seen()).slice(1), ['AccessDenied', 'works'], `died at write ${at}`)
    // Taken up again after the crash.
    await deny.apply(context(), anna)
    assert.deepEqual(await seen(), ['AccessDenied', 'AccessDenied', 'works'], `again at write ${at}`)
  }
  assert.ok(stops >= 3 && stops < writesMax, `${stops} writes`)
})

test('many at once leave one policy on the account and one page of the journal', async (t) => {
  const { company, context, anna, bert, carl, undoState, seen } = await foundThree(t)
  await Promise.all([deny.apply(context(), anna), deny.apply(context(), bert), deny.undo?.(context(), carl, undoState)])
  assert.deepEqual(await seen(), ['AccessDenied', 'AccessDenied', 'works'])
  const own = [...company.state.scps.values()].filter(({ name }) => name.startsWith('cordon-contain-'))
  assert.deepEqual(
    own.map(({ targets }) => targets.shown().size).toSorted((a, b) => a - b),
    [0, 1],
  )
})

test('an account with no room for a policy is said, and the next step is named', async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const { state } = company
  const [full] = state.scps.values()
  assert.ok(full)
  for (let n = 1; n < 5; n++) state.scps.set(`p-${n}`, { ...full, id: `p-${n}`, name: `house rule ${n}` })
  const target = entityId('identity', account, company.ci.id)
  await assert.rejects(deny.apply(openCordon(company).context(), target), {
    code: 'ERR_AWS_REFUSED',
    hint: /detach one/,
  })
})
