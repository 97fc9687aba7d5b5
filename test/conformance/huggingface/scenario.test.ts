import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId, type Trigger } from '#model'
import { createPolicy } from '#policy'
import { expose, makePlan } from '#respond'
import { huggingfaceActions, huggingfaceConnector } from '#connectors/huggingface'

import { assertTrue } from '../actions.ts'
import { foundCompany } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { opens } from './thief.ts'

const minuteMs = 60_000
const streams = ['directory', 'credentials', 'secrets', 'commits', 'audit']

async function start() {
  const company = await foundCompany()
  const cordon = openCordon(company)
  after(() => company.twin.close())
  after(() => cordon.close())
  const { clock } = company
  const at = (kind: 'identity' | 'credential' | 'resource' | 'host', native: string): EntityId =>
    entityId(kind, cordon.authority, native)
  const pull = async (): Promise<void> => {
    for (const stream of streams) await cordon.pull(stream)
  }
  const plan = async (trigger: Trigger, fromMs: number) => {
    const view = cordon.estate.view()
    const exposure = await expose(view, trigger, { fromMs, toMs: null }, clock.nowMs())
    const { id: connector, version: connectorVersion } = huggingfaceConnector
    const source = { source: 'hub', connector, connectorVersion, authority: cordon.authority }
    const made = await makePlan({
      tenant: 't_default',
      incident: null,
      severity: 'critical',
      trust: { origin: 'vendor', sources: ['hub'], confinedTo: null },
      exposure,
      view,
      sources: [{ ...source, actions: huggingfaceActions, ladder: 'auto' as const }],
      policy: createPolicy(),
      nowMs: clock.nowMs(),
    })
    return { exposure, ...made, mine: made.steps.filter((step) => step.connector === connector) }
  }
  const act = async (steps: readonly { verb: string; target: EntityId }[]): Promise<void> => {
    for (const { verb, target } of steps) {
      const action = actionOf(verb)
      await action.apply(cordon.context(), target)
      const probed = await action.probe.run(cordon.context(), target)
      assert.equal(probed.verdict, 'dead', `${verb} ${target}`)
    }
  }
  return { company, cordon, at, pull, plan, act }
}

/** Nothing of it is told to Cordon: it reads lists, revisions and the log, and the thief says what still opens. */
test('an account is taken over: its tokens, one made since and a poisoned revision are found and shut out', async () => {
  const { company, at, pull, plan, act } = await start()
  const { twin, hub, clock, grace, linus, model, scans, interviews, graceToken, linusToken } = company
  await pull()
  const fromMs = clock.nowMs()
  clock.pass(10 * minuteMs)
  const made = hub.makeToken(grace, 'write')
  const poisoned = hub.push(model, grace, 'quicker weights')
  clock.pass(minuteMs)
  hub.push(interviews, linus, 'more interviews')
  const ways: Record<string, () => Promise<boolean>> = {
    'a token of before, in a group': () => opens(company, `datasets/${scans.name}`, graceToken.value),
    'a token made since': () => opens(company, `datasets/${interviews.name}`, made.value),
    'the poisoned model, by anybody': () => opens(company, `models/${model.name}`),
  }
  const open = async (): Promise<string[]> => {
    const found: string[] = []
    for (const [name, works] of Object.entries(ways)) if (await works()) found.push(name)
    return found
  }
  assert.deepEqual(await open(), Object.keys(ways))
  clock.pass(30 * minuteMs)
  await pull()
  const identity = at('identity', `user/${grace.id}`)
  const { exposure, mine, survivorsForeseen } = await plan({ kind: 'identity', identity }, fromMs)
  assert.deepEqual(
    exposure.descendants.map(({ entity }) => entity),
    [at('resource', `revision/${model.id}/${poisoned.sha}`)],
  )
  assert.deepEqual(
    mine.map(({ verb, target }) => `${verb} ${target}`).toSorted(),
    [
      `huggingface.member.suspend ${identity}`,
      `huggingface.repo.hide ${at('resource', `repo/${model.id}`)}`,
      `huggingface.token.revoke ${at('credential', `token/${graceToken.id}`)}`,
      `huggingface.token.revoke ${at('credential', `token/${made.id}`)}`,
    ].toSorted(),
  )
  await act(mine)
  assert.deepEqual(await open(), [])
  assert.equal(await opens(company, `datasets/${interviews.name}`, linusToken.value), true, 'others go on')
  // Who may change a Space's program has its secrets: the Hub cannot end those, and they are named with who must.
  const left = survivorsForeseen.filter(({ credential }) => credential.includes('secret/'))
  assert.deepEqual(
    left.map(({ credential }) => credential),
    [at('credential', `secret/${company.demo.id}/OPENAI_API_KEY`)],
  )
  for (const { next } of left) assert.match(next, /by hand/)
  assertTrue({ twin })
})

test('a Space turns bad: what it could read is exposed, it is paused first, and its files alone expose nothing', async () => {
  const { company, at, pull, plan, act } = await start()
  const { clock, demo, linus } = company
  await pull()
  const fromMs = clock.nowMs() - minuteMs
  const host = at('host', `space/${demo.id}`)
  const secret = at('credential', `secret/${demo.id}/OPENAI_API_KEY`)
  const { exposure, mine, survivorsForeseen } = await plan({ kind: 'host', host }, fromMs)
  assert.deepEqual(
    exposure.credentials.map(({ credential }) => credential),
    [secret],
  )
  assert.deepEqual(
    mine.map(({ verb, phase }) => `${phase} ${verb}`),
    ['isolate huggingface.space.pause'],
  )
  await act(mine)
  assert.equal(demo.stage, 'PAUSED')
  assert.deepEqual(
    survivorsForeseen.map(({ credential }) => credential),
    [secret],
  )
  const reader = await plan({ kind: 'identity', identity: at('identity', `user/${linus.id}`) }, fromMs)
  assert.ok(reader.exposure.credentials.every(({ credential }) => credential !== secret))
})
