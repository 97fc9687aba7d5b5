import assert from 'node:assert/strict'

import { createHttp, HttpError, silentDiagnose, type Http } from '#kit'
import { entityId } from '#model'
import { awsOrigins } from '#connectors/aws'
import { vaultActions, vaultConnector, vaultHolder, vaultOrigins } from '#connectors/vault'
import { plannedPlaces } from '#respond/contract'

import { actionOf, tried } from '../aws/company.ts'
import { ask, openCordon, type Vault } from './company.ts'
import { destroy, keys, openShop } from './shop.ts'

/** What a check leaves open, failed or not. */
const closers: (() => Promise<void>)[] = []
async function openBoth(vault: Vault) {
  const both = await openShop(vault)
  closers.push(both.close)
  return both
}

async function goesOn(vault: Vault): Promise<void> {
  const both = await openBoth(vault)
  const { aws, company, path, leaked, target, awsSide, vaultSide, context, read, handOver } = both
  await vaultSide.pull('places')
  const plan = await both.plan({
    connector: vaultConnector,
    actions: vaultActions,
    authority: company.authority,
    places: plannedPlaces(vaultHolder, company.config, company.authority),
  })
  const step = plan.steps.find(({ phase }) => phase === 'hand-over')
  assert.deepEqual(
    [step?.verb, step?.target, step?.source, step?.placeSource],
    ['aws.key.hand-over', target, 'aws', 'vault'],
  )
  assert.ok(step?.preview.effects.some((says) => /may read there Vault does not tell/.test(says)))
  const said: unknown[] = [plan]
  const last = plan.steps.at(-1)
  assert.deepEqual([last?.phase, last?.verb, last?.target, last?.source], ['release', destroy.verb, target, 'vault'])
  assert.equal(last?.preview.reversible, false)
  for (const { verb, target: on, connector } of plan.steps) {
    said.push(
      await (connector === 'vault' ? destroy.apply(vaultSide.context(), on) : actionOf(verb).apply(context(), on)),
    )
  }
  aws.clock.pass(aws.state.lagMs)
  assert.equal(await tried(aws, leaked), 'InvalidClientTokenId', 'the thief')
  const now = await read()
  assert.equal(await tried(aws, now), 'works', 'the consumer')
  assert.deepEqual([now.zone, aws.standby.keys.map(({ id }) => id)], ['a', [now.accessKeyId]])
  assert.equal((await handOver.probe.run(context(), target)).verdict, 'dead')
  assert.match((await handOver.apply(context(), target)).says, /written before/)
  const text = JSON.stringify([
    said,
    awsSide.logged,
    vaultSide.logged,
    await ask(vault, 'GET', `secret/metadata/${path}`),
  ])
  assert.ok(!text.includes(now.secretAccessKey) && !text.includes(leaked.secretAccessKey), 'no value is told')
}

/** Cordon's own step: before the hand-over it refuses, behind it nobody reads an old version, not even an administrator. */
async function oldVersions(vault: Vault): Promise<void> {
  const both = await openBoth(vault)
  const { path, target, context, handOver, vaultSide, read, leaked } = both
  const acts = () => vaultSide.context()
  const at = async (version: number) => ask(vault, 'GET', `secret/data/${path}?version=${version}`)
  await ask(vault, 'PATCH', `secret/data/${path}`, { data: { zone: 'a' } })
  await assert.rejects(destroy.apply(acts(), target), /no successor of Cordon's was written/)
  await handOver.apply(context(), target)
  assert.match(JSON.stringify((await at(1)).answer), new RegExp(leaked.secretAccessKey), 'readable so far')
  assert.deepEqual(
    [await destroy.readBack?.(acts(), target), (await destroy.probe.run(acts(), target)).verdict],
    ['absent', 'alive'],
  )
  const now = await read()
  assert.match((await destroy.apply(acts(), target)).says, /^2 versions destroyed, up to version 2$/)
  assert.match((await destroy.apply(acts(), target)).says, /^no version before/)
  assert.deepEqual(
    [await destroy.readBack?.(acts(), target), (await destroy.probe.run(acts(), target)).verdict],
    ['landed', 'dead'],
  )
  for (const version of [1, 2]) {
    const { status, answer } = await at(version)
    assert.deepEqual([status, JSON.stringify(answer).includes(leaked.secretAccessKey)], [404, false])
  }
  assert.deepEqual(await read(), now, 'the consumer goes on')
  // What somebody wrote since is behind the successor, and stays.
  await ask(vault, 'PATCH', `secret/data/${path}`, { data: { zone: 'a', more: 'b' } })
  await destroy.apply(acts(), target)
  assert.deepEqual([(await at(3)).status, (await at(4)).status], [200, 200])
  for (const wall of [{ spared: [target] }, { isOwn: () => true }]) {
    await assert.rejects(destroy.apply({ ...acts(), ...wall }, target), /own, or break-glass/)
  }
  await assert.rejects(destroy.apply({ ...acts(), authority: 'another-cluster' }, target), { code: 'ERR_VAULT_TARGET' })
}

async function whoWritesLater(vault: Vault): Promise<void> {
  const both = await openBoth(vault)
  const { path, context, target, handOver, read } = both
  await handOver.apply(context(), target)
  assert.equal(await handOver.readBack?.(context(), target), 'landed')
  assert.equal(await handOver.readBack?.({ ...context(), key: 'another' }, target), 'absent', 'not of another action')
  await ask(vault, 'PATCH', `secret/data/${path}`, { data: { [keys.id]: 'of-the-pipeline' } })
  assert.equal(await handOver.readBack?.(context(), target), 'absent')
  await assert.rejects(handOver.apply(context(), target), /another version since/)
  assert.equal((await read()).accessKeyId, 'of-the-pipeline')
}

/** Somebody writes between Cordon's look and its write: theirs stays, and no key is left unused. */
async function outrun(vault: Vault): Promise<void> {
  const both = await openBoth(vault)
  const { aws, path, company, context, target, handOver, read } = both
  const plain = createHttp(vaultOrigins(company.config))
  const racing: Http = {
    async request(url, request) {
      if (request?.method === 'PATCH' && String(url).includes('/data/'))
        await ask(vault, 'PATCH', `secret/data/${path}`, { data: { [keys.id]: 'of-the-pipeline' } })
      return plain.request(url, request)
    },
  }
  await assert.rejects(handOver.apply(context(racing), target), /another version meanwhile/)
  assert.deepEqual([(await read()).accessKeyId, aws.standby.keys], ['of-the-pipeline', []])
}

async function notThere(vault: Vault): Promise<void> {
  const both = await openBoth(vault)
  const { aws, path, company, context, target, handOver } = both
  await ask(vault, 'DELETE', `secret/data/${path}`)
  await assert.rejects(handOver.apply(context(), target), /no version that can be read/)
  const other = { ...company, authority: 'another-cluster' }
  const there = entityId('resource', other.authority, `kv/secret/${path}`)
  const { place, ...rest } = context()
  const elsewhere = { ...rest, place: { ...place, context: { ...place.context, authority: other.authority } } }
  await assert.rejects(handOver.apply(elsewhere, there), /another cluster answers|none of/)
  assert.deepEqual(aws.standby.keys, [])
}

/** What `source role` prints is enough and no more: no value is read with it, and the check names what lacks. */
async function leastPolicy(vault: Vault): Promise<void> {
  const both = await openBoth(vault)
  const { company, path } = both
  const { tokens, config } = company
  const side = openCordon(company)
  closers.push(async () => side.close())
  for (const use of ['see', 'contain'] as const) {
    const { status } = await ask(vault, 'GET', `secret/data/${path}`, undefined, tokens[use])
    assert.equal(status, 403, `${use} reads no value`)
    const post = await ask(vault, 'POST', `secret/data/${path}`, { data: { zone: 'b' } }, tokens[use])
    assert.equal(post.status, 403, `${use} replaces no secret`)
    const context = {
      config,
      see: { token: tokens[use] },
      http: side.httpFor(use),
      clock: vault.clock,
      signal: AbortSignal.timeout(10_000),
      diagnose: silentDiagnose,
    }
    const names = vaultConnector.role?.(config, use)?.scopes.map(({ name }) => name)
    assert.deepEqual(await vaultConnector.scopes?.(context, use), names)
    if (use === 'see') {
      const { authority, missing } = await vaultConnector.check(context)
      assert.deepEqual([authority, missing], [vault.cluster, []])
    }
  }
  await vault.token(tokens.contain, { [`secret/metadata/${path}`]: ['read'] })
  await assert.rejects(both.handOver.apply(both.context(), both.target), { code: 'ERR_VENDOR_SCOPE' })
  assert.deepEqual(both.aws.standby.keys, [], 'what was issued is withdrawn at once')
}

/** Whatever call is their last, the next try ends with one successor and no orphan. */
async function everyCall(vault: Vault): Promise<void> {
  let orphans = 0
  for (let last = 0; ; last++) {
    const both = await openBoth(vault)
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
    const at = dying(createHttp(vaultOrigins(company.config)))
    const first = handOver.apply(context(at, dying(createHttp(awsOrigins(config)))), target)
    const isDone = await first.then(
      () => true,
      () => false,
    )
    aws.clock.pass(aws.state.lagMs)
    const isWritten = (await read()).accessKeyId !== leaked.accessKeyId
    if (!isWritten && aws.standby.keys.length > 0) orphans++
    if ((await handOver.readBack?.(context(), target)) === 'absent') await handOver.apply(context(), target)
    assert.deepEqual(
      [(await read()).accessKeyId],
      aws.standby.keys.map(({ id }) => id),
      `after ${last} calls`,
    )
    if (isDone) break
  }
  assert.ok(orphans > 0, 'they died between issuing and writing, too')
}

type Check = { name: string; run(vault: Vault): Promise<void> }
const checks: readonly Check[] = [
  { name: 'a key leaks, and its consumer goes on: other keys of the secret stay, no value is told', run: goesOn },
  { name: 'what stood there before is destroyed, and nothing of what Cordon did not write under', run: oldVersions },
  { name: 'a version that somebody writes afterwards is theirs: seen, and not written over', run: whoWritesLater },
  { name: 'a version that comes between look and write is not lost, and no unused key is left', run: outrun },
  { name: 'a deleted secret, or another cluster, is not written to', run: notThere },
  { name: 'the printed policies are enough, and give out no value', run: leastPolicy },
  { name: 'whatever call at either vendor is their last, the next try ends with one successor', run: everyCall },
]

export const vaultChecks = checks.map(({ name, run }): Check => ({
  name,
  async run(vault) {
    try {
      await run(vault)
    } finally {
      await Promise.all(closers.splice(0).map((close) => close()))
    }
  },
}))
