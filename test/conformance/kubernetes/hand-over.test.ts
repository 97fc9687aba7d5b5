import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp, HttpError, type Http } from '#kit'
import { entityId } from '#model'
import { awsOrigins } from '#connectors/aws'
import { kubernetesActions, kubernetesConnector, kubernetesHolder, kubernetesOrigins } from '#connectors/kubernetes'
import { plannedPlaces } from '#respond/contract'

import { actionOf, tried } from '../aws/company.ts'
import { must } from './company.ts'
import { keys, openBoth, path } from './pods.ts'

test('a key leaks, and pods go on: the plan names both sources, and the secret’s other keys stay', async (t) => {
  const both = await openBoth()
  t.after(both.close)
  const { aws, cluster, company, leaked, target, awsSide, context, read, rereadSeconds } = both
  const plan = await both.plan({
    connector: kubernetesConnector,
    actions: kubernetesActions,
    authority: company.authority,
    places: plannedPlaces(kubernetesHolder, company.config, company.authority),
  })
  const step = plan.steps.find(({ phase }) => phase === 'hand-over')
  assert.deepEqual(
    [step?.verb, step?.target, step?.source, step?.placeSource],
    ['aws.key.hand-over', target, 'aws', 'kubernetes'],
  )
  assert.equal(step?.preview.reversible, false, 'a cluster keeps nothing of what a secret held')
  assert.ok(step?.preview.effects.some((says) => says.includes(`${rereadSeconds} s`)))
  assert.ok(step?.preview.scopes.includes('patch secrets') && step.preview.scopes.includes('iam:CreateAccessKey'))

  const said: unknown[] = [plan]
  for (const { verb, target: on } of plan.steps) said.push(await actionOf(verb).apply(context(), on))
  aws.clock.pass(aws.state.lagMs)
  assert.equal(await tried(aws, leaked), 'InvalidClientTokenId', 'the thief')
  const now = await read()
  assert.equal(await tried(aws, now), 'works', 'the pods')
  assert.deepEqual([now.zone, aws.standby.keys.map(({ id }) => id)], ['a', [now.accessKeyId]])
  const probed = await both.handOver.probe.run(context(), target)
  assert.equal(probed.verdict, 'dead', 'in place, and seen in use')
  // Once more is as good as once.
  assert.match((await both.handOver.apply(context(), target)).says, /written before/)
  assert.equal(aws.standby.keys.length, 1)
  const text = JSON.stringify([said, probed, awsSide.logged])
  assert.ok(!text.includes(now.secretAccessKey) && !text.includes(leaked.secretAccessKey), 'no value is told')
  const undone = both.handOver.undo?.(context(), target, undefined)
  await assert.rejects(undone ?? Promise.resolve(), /keeps nothing of what it held/)
  assert.deepEqual([cluster.twin.wrongRequests, aws.twin.unknown], [[], []])
})

test('keys that a pipeline applies are not taken from it unasked, and no unused key is left', async (t) => {
  const both = await openBoth({ takesOver: false })
  t.after(both.close)
  const { aws, cluster, company, context, target, handOver, read } = both
  const before = await read()
  const data = { [keys.id]: Buffer.from('of-the-pipeline').toString('base64') }
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'aws', namespace: 'shop' }, data }
  const applied = await fetch(`${cluster.url}${path}?fieldManager=pipeline&force=true`, {
    method: 'PATCH',
    headers: {
      'content-type': 'application/apply-patch+yaml',
      'x-remote-user': 'admin',
      'x-remote-group': 'system:masters',
    },
    body: JSON.stringify(body),
  })
  assert.equal(applied.status, 200)
  await assert.rejects(handOver.apply(context(), target), (error: Error & { hint?: string }) => {
    assert.match(error.hint ?? '', /takesOver/)
    return true
  })
  assert.deepEqual([(await read()).accessKeyId, aws.standby.keys], ['of-the-pipeline', []])
  assert.equal((await read()).secretAccessKey, before.secretAccessKey)
  assert.equal(company.cluster, cluster)
})

test('what is written over a successor later is seen, though its token still stands beside it', async (t) => {
  const both = await openBoth()
  t.after(both.close)
  const { cluster, context, target, handOver, leaked } = both
  await handOver.apply(context(), target)
  const data = { [keys.id]: Buffer.from(leaked.accessKeyId).toString('base64') }
  const now = await must(cluster.admin, 'GET', path)
  await must(cluster.admin, 'PUT', path, { ...now, data: { ...Object(now['data']), ...data } })
  assert.equal(await handOver.readBack?.(context(), target), 'absent')
  assert.equal((await handOver.probe.run(context(), target)).verdict, 'alive')
  await assert.rejects(handOver.apply(context(), target), { code: 'ERR_HAND_OVER_REFUSED' })
})

test('neither configuration alone leads a successor anywhere, and a secret that is not there is not made', async (t) => {
  const both = await openBoth()
  t.after(both.close)
  const { aws, cluster, company, context, config, target, handOver } = both
  const other = entityId('resource', company.authority, 'secret/shop/db')
  await assert.rejects(handOver.apply(context(), other), { code: 'ERR_HAND_OVER_REFUSED' })
  const { place: _, ...lentNone } = context()
  await assert.rejects(handOver.apply(lentNone, target), { code: 'ERR_HAND_OVER_PLACE' })
  const unasked = { ...context(), config: { ...config, successors: [] } }
  await assert.rejects(handOver.apply(unasked, target), { code: 'ERR_AWS_TARGET' })
  await must(cluster.admin, 'DELETE', path)
  await assert.rejects(handOver.apply(context(), target), { code: 'ERR_KUBERNETES_TARGET' })
  assert.deepEqual(aws.standby.keys, [])
})

test('a place that no source with a credential to contain holds is a task, which says why', async (t) => {
  const both = await openBoth()
  t.after(both.close)
  const { company } = both
  const held = plannedPlaces(kubernetesHolder, company.config, company.authority)
  const taskWith = async (places: typeof held): Promise<string> => {
    const plan = await both.plan({
      connector: kubernetesConnector,
      actions: kubernetesActions,
      authority: company.authority,
      places,
    })
    const steps = plan.steps.filter(({ phase }) => phase === 'hand-over')
    assert.deepEqual(
      steps.map(({ verb }) => verb),
      ['manual.task'],
    )
    return steps.flatMap(({ preview }) => preview.effects).join(' ')
  }
  assert.match(await taskWith([]), /no source with a credential to contain names/)
  assert.match(await taskWith(held.map((place) => ({ ...place, takes: ['password'] }))), /takes `password`/)
})

test('whatever call at either vendor is their last, the next try ends with one successor and no orphan', async (t) => {
  let orphans = 0
  for (let last = 0; ; last++) {
    const both = await openBoth()
    t.after(both.close)
    const { aws, company, config, context, target, handOver, read, leaked } = both
    let calls = 0
    const dying = (http: Http): Http => ({
      async request(url, request) {
        const call = calls++
        const response = call > last ? undefined : await http.request(url, request)
        if (call < last && response !== undefined) return response
        throw new HttpError('ERR_HTTP_NETWORK', 'lost', { retryable: true })
      },
    })
    const cluster = dying(createHttp(kubernetesOrigins(company.config)))
    const first = handOver.apply(context(cluster, dying(createHttp(awsOrigins(config)))), target)
    const isDone = await first.then(
      () => true,
      () => false,
    )
    aws.clock.pass(aws.state.lagMs)
    const isWritten = (await read()).accessKeyId !== leaked.accessKeyId
    if (!isWritten && aws.standby.keys.length > 0) orphans++
    const landed = await handOver.readBack?.(context(), target)
    assert.equal(landed, isWritten ? 'landed' : 'absent', `after ${last} calls`)
    if (landed === 'absent') await handOver.apply(context(), target)
    assert.deepEqual(
      [(await read()).accessKeyId],
      aws.standby.keys.map(({ id }) => id),
      `after ${last} calls`,
    )
    if (isDone) break
  }
  assert.ok(orphans > 0, 'they died between issuing and writing, too')
})
