import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp } from '#kit'
import { defaultTenant } from '#model'
import { awsOrigins } from '#connectors/aws'
import { kubernetesActions, kubernetesConnector, kubernetesHolder, kubernetesOrigins } from '#connectors/kubernetes'
import { plannedPlaces } from '#respond/contract'

import { makeCore, receiptsOf, type Core } from '../../simulation/respond-world.ts'
import { account, tried } from '../aws/company.ts'
import { startMortalHands, type Dies, type OutwardCall } from '../mortal-hands.ts'
import { openBoth } from './pods.ts'

// Two sources, each with its own configuration and credential, between the runner and the two vendors as they are.
const limits = { idleMs: 1_000, requestTimeoutMs: 10_000, leaseMs: 30_000 }
const stepMs = 500
const simulatedMsMax = 900_000
/** Before the key dies and with it: what comes behind is the same without a hand-over. */
const verbs = ['aws.key.hand-over', 'aws.key.deactivate']

type Both = Awaited<ReturnType<typeof openBoth>>

function startHands(core: Core, both: Both, worker: string, dies: Dies) {
  const { aws, company, config, awsSide, clusterSide } = both
  return startMortalHands({
    core,
    worker,
    limits,
    dies,
    sources(through) {
      const issuer = awsSide.httpFor('contain', through(createHttp(awsOrigins(config))))
      const holder = clusterSide.httpFor('contain', through(createHttp(kubernetesOrigins(company.config))))
      const rest = { isOwn: () => false }
      return {
        unseal: (source) => Promise.resolve(source === 'aws' ? aws.secrets : { token: company.tokens.contain }),
        sourceFor: ({ source }) =>
          source === 'aws' ? { config, authority: account, http: issuer, ...rest } : undefined,
        placeFor: ({ placeSource }) =>
          placeSource === 'kubernetes'
            ? {
                holder: kubernetesHolder,
                source: { config: company.config, authority: company.authority, http: holder, ...rest },
              }
            : undefined,
      }
    },
  })
}

/** From the plan to the end; hands die behind their call number `last`, and others come. */
async function run(last: number) {
  const both = await openBoth({ rereadSeconds: 0 })
  const { aws, cluster, company, leaked, read } = both
  const { steps } = await both.plan({
    connector: kubernetesConnector,
    actions: kubernetesActions,
    authority: company.authority,
    places: plannedPlaces(kubernetesHolder, company.config, company.authority),
  })
  const chosen = steps.filter(({ verb }) => verbs.includes(verb))
  assert.deepEqual(
    chosen.map(({ verb }) => verb),
    verbs,
  )
  const core = makeCore()
  const wishes = chosen.map((planned) => {
    const { key: _, generation: __, ...step } = planned
    return { ...step, level: 0 as const }
  })
  const incident = await core.open(wishes)
  await core.responder.contain(defaultTenant, incident, 'ann')

  const calls: OutwardCall[] = []
  const dying: Dies = (call) => (calls.push(call) > last ? 'behind' : undefined)
  const pass = async (ms: number): Promise<void> => {
    await core.clock.advance(ms)
    aws.clock.pass(ms)
    cluster.clock.pass(ms)
  }
  let hands = startHands(core, both, 'hands-0', dying)
  let restarts = 0
  const isOpen = () => core.reader.get(`SELECT 1 FROM action WHERE state <> 'contained' LIMIT 1`) !== undefined
  for (let ms = 0; ms < simulatedMsMax && isOpen(); ms += stepMs) {
    await pass(stepMs)
    // Calls over loopback take real time.
    do await new Promise((resolve) => setImmediate(resolve))
    while (hands.isBusy())
    if (!hands.isDead()) continue
    hands = startHands(core, both, `hands-${++restarts}`, () => undefined)
    await pass(limits.leaseMs)
  }
  hands.end()
  const { actions } = await core.responder.report(defaultTenant, incident)
  await pass(aws.state.lagMs)
  const now = await read()
  const tables = core.reader.all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
  const kept = JSON.stringify([
    tables.map(({ name }) => core.reader.all(`SELECT * FROM "${name}"`)),
    receiptsOf(core.reader),
    calls.filter(({ to }) => to === 'core'),
  ])
  const found = {
    states: actions.map(({ state }) => state),
    restarts,
    thief: await tried(aws, leaked),
    pods: await tried(aws, now),
    standby: aws.standby.keys.map(({ id }) => id),
    inPlace: now.accessKeyId,
    isValueKept: kept.includes(now.secretAccessKey),
    isKeyNamed: kept.includes(now.accessKeyId),
    wrong: [cluster.twin.wrongRequests, aws.twin.unknown].flat(),
  }
  await both.close()
  return { calls, found }
}

test('through the runner, whatever call to either vendor or to core is the last of hands: one successor, no orphan, no value kept', async () => {
  const whole = await run(Infinity)
  const said = whole.calls.map(({ says }) => says)
  for (const part of ['attempt', 'Action=CreateAccessKey', 'PATCH ', 'applied', 'Action=UpdateAccessKey', 'probed']) {
    assert.ok(
      said.some((says) => says.includes(part)),
      `${part} is among the calls`,
    )
  }
  const expected = (restarts: number, key: string) => ({
    states: ['contained', 'contained'],
    restarts,
    thief: 'InvalidClientTokenId',
    pods: 'works',
    standby: [key],
    inPlace: key,
    isValueKept: false,
    isKeyNamed: true,
    wrong: [],
  })
  assert.deepEqual(whole.found, expected(0, whole.found.inPlace))
  // Behind the first proof only one source is asked.
  for (const [last, says] of said.slice(0, said.indexOf('probed') + 1).entries()) {
    const { found } = await run(last)
    assert.deepEqual(found, expected(1, found.inPlace), `dead behind call ${last}, ${says.slice(0, 60)}`)
  }
})
