import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp, HttpError, type Http } from '#kit'
import { entityId } from '#model'
import { githubActions, githubConnector, githubHolder, githubOrigins } from '#connectors/github'
import { plannedPlaces } from '#respond/contract'

import { putSlot } from '../../../lab/twins/github/secrets.ts'
import { actionOf, heldOf, tried, type Held } from '../aws/company.ts'
import { foundShop } from '../aws/shop.ts'
import { openIssuer } from '../hand-over.ts'
import { foundCompany } from './company.ts'
import { openCordon } from './cordon.ts'

// A leaked AWS key that a pipeline reads from Actions secrets: issued there, written here.
const rereadSeconds = 600
const names = { id: 'AWS_ACCESS_KEY_ID', secret: 'AWS_SECRET_ACCESS_KEY' }
const marker = 'CORDON_SUCCESSOR'

async function openBoth() {
  const aws = await foundShop()
  // Its number is the first repository's, since a twin counts alike each time; the app's rights follow `places`.
  const values = { [names.id]: 'id', [names.secret]: 'secret' }
  const first = await foundCompany()
  await first.twin.close()
  const company = await foundCompany({ places: [{ repository: first.payroll.id, values, rereadSeconds }] })
  const { payroll, clock } = company
  assert.equal(payroll.id, first.payroll.id)
  const leaked = heldOf(aws.ciKey)
  putSlot(payroll.values, names.id, leaked.accessKeyId, clock.nowMs() - 86_400_000)
  putSlot(payroll.values, names.secret, leaked.secretAccessKey, clock.nowMs() - 86_400_000)
  const authority = `${new URL(company.twin.url).host}/org/${company.twin.state.org.id}`
  const target = entityId('resource', authority, `repo/${payroll.id}/actions`)
  const { side: awsSide, handOver, lending, plan } = openIssuer(aws, target)
  const githubSide = openCordon(company)
  /** `at`: GitHub, as it answers this try. */
  const context = (at?: Http) => {
    const over = at === undefined ? {} : { http: githubSide.httpFor('contain', at) }
    return lending(githubHolder, githubSide.context(over))
  }
  /** As a job is given them. */
  const read = (): Held => ({
    accessKeyId: payroll.values.get(names.id)?.value ?? '',
    secretAccessKey: payroll.values.get(names.secret)?.value ?? '',
  })
  const close = async (): Promise<void> => {
    githubSide.close()
    await Promise.all([aws.close(), company.twin.close()])
  }
  return { aws, company, payroll, leaked, authority, target, awsSide, context, read, close, handOver, plan }
}

test('a key leaks, and the pipeline goes on: the plan names both sources, and no value is told', async (t) => {
  const both = await openBoth()
  t.after(both.close)
  const { aws, company, payroll, leaked, authority, target, awsSide, context, read, handOver } = both
  const plan = await both.plan({
    connector: githubConnector,
    actions: githubActions,
    authority,
    places: plannedPlaces(githubHolder, company.config, authority),
  })
  const step = plan.steps.find(({ phase }) => phase === 'hand-over')
  assert.deepEqual(
    [step?.verb, step?.target, step?.source, step?.placeSource],
    ['aws.key.hand-over', target, 'aws', 'github'],
  )
  assert.equal(step?.preview.reversible, false, 'GitHub keeps nothing of what a secret held')
  for (const scope of ['secrets: write', 'actions_variables: write', 'iam:CreateAccessKey']) {
    assert.ok(step?.preview.scopes.includes(scope), scope)
  }

  const said: unknown[] = [plan]
  for (const { verb, target: on } of plan.steps) said.push(await actionOf(verb).apply(context(), on))
  aws.clock.pass(aws.state.lagMs)
  assert.equal(await tried(aws, leaked), 'InvalidClientTokenId', 'the thief')
  const now = read()
  assert.equal(await tried(aws, now), 'works', 'a job')
  assert.deepEqual(
    aws.standby.keys.map(({ id }) => id),
    [now.accessKeyId],
  )
  const probed = await handOver.probe.run(context(), target)
  assert.equal(probed.verdict, 'dead', 'in place, and seen in use')
  // Once more is as good as once.
  assert.match((await handOver.apply(context(), target)).says, /written before/)
  assert.deepEqual([aws.standby.keys.length, read().secretAccessKey], [1, now.secretAccessKey])
  const text = JSON.stringify([said, probed, awsSide.logged, [...payroll.variables]])
  assert.ok(!text.includes(now.secretAccessKey) && !text.includes(leaked.secretAccessKey), 'no value is told')
  const live = [...company.twin.state.tokens.values()].filter(({ installation, revokedAtMs }) => {
    return installation === company.config.containApp?.installation && revokedAtMs === null
  })
  assert.deepEqual(live, [], 'tokens of the steps are given back')
  const undone = handOver.undo?.(context(), target, undefined)
  await assert.rejects(undone ?? Promise.resolve(), /keeps nothing of what it held/)
  assert.deepEqual([company.twin.wrongRequests, company.twin.wrongAnswers, aws.twin.unknown], [[], [], []])
})

test('a secret that somebody writes afterwards is theirs: seen, and not written over', async (t) => {
  const both = await openBoth()
  t.after(both.close)
  const { company, payroll, context, target, handOver, read } = both
  await handOver.apply(context(), target)
  assert.equal(await handOver.readBack?.(context(), target), 'landed')
  assert.equal(await handOver.readBack?.({ ...context(), key: 'another' }, target), 'absent', 'not of another action')
  company.clock.pass(5_000)
  putSlot(payroll.values, names.secret, 'of-the-pipeline', company.clock.nowMs())
  assert.equal(await handOver.readBack?.(context(), target), 'absent')
  await assert.rejects(handOver.apply(context(), target), /another version since/)
  assert.equal(read().secretAccessKey, 'of-the-pipeline')
})

test('a secret that is not there is not made, and no key is left unused', async (t) => {
  const both = await openBoth()
  t.after(both.close)
  const { aws, payroll, context, target, handOver } = both
  payroll.values.delete(names.secret)
  await assert.rejects(handOver.apply(context(), target), /no secret `AWS_SECRET_ACCESS_KEY` at this place/)
  assert.deepEqual([aws.standby.keys, payroll.variables.size], [[], 0])
})

const writes = [names.id, names.secret, marker] as const
for (const [at, what] of writes.entries()) {
  for (const when of ['before', 'behind', 'refused'] as const) {
    test(`hands die at ${what} (${when}): the next try leaves one successor, and no key that nobody knows`, async (t) => {
      const both = await openBoth()
      t.after(both.close)
      const { aws, company, context, target, handOver, read } = both
      const plain = createHttp(githubOrigins(company.config))
      const lost = () => new HttpError('ERR_HTTP_NETWORK', 'lost', { retryable: true })
      let seen = 0
      const dying: Http = {
        async request(url, request) {
          const isWrite = /\/actions\/(secrets|variables)/.test(String(url)) && request?.method !== 'GET'
          const isThis = isWrite && seen++ >= at
          if (isThis && when === 'before') throw lost()
          // A seal under a key that GitHub does not know is refused, and nothing is written.
          if (isThis && when === 'refused') return plain.request(url, { ...request, body: '{}' })
          const response = await plain.request(url, request)
          if (isThis) throw lost()
          return response
        },
      }
      await assert.rejects(handOver.apply(context(dying), target))
      assert.ok(seen > at)
      const isWhole = at === writes.length - 1 && when === 'behind'
      assert.equal(await handOver.readBack?.(context(), target), isWhole ? 'landed' : 'absent')
      // Refused with nothing written yet, what was issued is withdrawn at once; half written, it stays for the next try.
      if (when === 'refused') assert.equal(aws.standby.keys.length, at === 0 ? 0 : 1)
      await handOver.apply(context(), target)
      aws.clock.pass(aws.state.lagMs)
      const now = read()
      assert.deepEqual(
        aws.standby.keys.map(({ id }) => id),
        [now.accessKeyId],
      )
      assert.equal(await tried(aws, now), 'works')
    })
  }
}
