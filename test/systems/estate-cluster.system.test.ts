import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { systemClock, type Json } from '#kit'
import { reachedFrom, readersOf, subjectOf } from '#access'
import { entityId, isEntityId, nativeOf, type EntityId } from '#model'

import type { SizeName } from '../../lab/estate/company/model.ts'
import { type Estate } from '../../lab/estate/estate.ts'
import { probe, type Found } from '../../lab/estate/prober/index.ts'
import { targetsOf } from '../../lab/estate/targets.ts'
import type { Credential } from '../../lab/estate/truth.ts'
import { listAt, textAt } from '../../lab/twins/kubernetes/at.ts'
import { tokenCacheMs } from '../../lab/twins/kubernetes/caller.ts'
import { openContainment, unlimited } from '../conformance/estate/containment.ts'
import { holdCounts } from '../conformance/estate/counts.ts'
import { type Cordon } from '../conformance/estate/cordon.ts'
import { compare, tryAll, wordFor, type Truth } from '../conformance/estate/exposure.ts'
import { comparePosture, postureOf } from '../conformance/estate/posture.ts'

import { rbac } from '../conformance/kubernetes/cluster.ts'
import { must, tokenOf } from '../conformance/kubernetes/company.ts'
import { skipKubernetes, startKubernetes } from './kubernetes-server.ts'
import { moment, readReal, saidOf, startReal } from './real-estate.ts'

// The company's cluster in Kubernetes' own API server: what Cordon says of it, against the server's own lists and against a
// prober that tries a token of every account on the secrets of every namespace.
const size = (process.env['CORDON_CLUSTER_SIZE'] ?? 'tiny') as SizeName
const seed = Number(process.env['CORDON_CLUSTER_SEED'] ?? 7)
const isOwn = (account: string): boolean => account.startsWith('cordon/cordon-')

type Server = Awaited<ReturnType<typeof startKubernetes>>
const credentialsOf = ({ url, ca = '', folder }: Server) => ({
  url,
  ca,
  cert: readFileSync(join(folder, 'admin.pem'), 'utf8'),
  key: readFileSync(join(folder, 'admin.key'), 'utf8'),
})
const start = (server: Server): Promise<Estate> => startReal(seed, size, { kubernetes: credentialsOf(server) })

suite("the estate's cluster in Kubernetes' own API server", { skip: skipKubernetes }, () => {
  let server: Server
  let estate: Estate
  let cordon: Cordon
  let truth: Truth
  /** Of each account, by `NAMESPACE/NAME`: its uid, a token that the server gave out for it, and what that opens. */
  const accounts = new Map<string, { uid: string; token: string; found: Found }>()

  before(async () => {
    server = await startKubernetes()
    estate = await start(server)
    cordon = await readReal(estate)
    truth = await tryAll(estate, systemClock.nowMs())
    for (const account of await listed('/api/v1/serviceaccounts')) {
      const [namespace, name] = [textAt(account, 'metadata', 'namespace'), textAt(account, 'metadata', 'name')]
      const token = await tokenOf(server.admin, namespace, name)
      accounts.set(`${namespace}/${name}`, {
        uid: textAt(account, 'metadata', 'uid'),
        token,
        found: await tried(token),
      })
    }
  })
  after(async () => {
    cordon?.close()
    await estate?.close()
    await server?.close()
  })

  const listed = async (path: string) => listAt(await must(server.admin, 'GET', path), 'items')
  const tried = (value: string): Promise<Found> => probe(targetsOf(estate, systemClock.nowMs()), { value, with: {} })
  const named = (kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
    entityId(kind, cordon.authorities.get('kubernetes') ?? '', native)

  test("Cordon's inventory is what the server itself lists", async () => {
    holdCounts(estate, cordon)
    const known = [...cordon.facts.keys()].filter(isEntityId).map(nativeOf)
    const nativesOf = (noun: string): string[] => known.filter((native) => native.startsWith(`${noun}/`)).sort()
    const nameOf = (one: Json): string => textAt(one, 'metadata', 'name')
    const spaceOf = (one: Json): string => textAt(one, 'metadata', 'namespace')
    const holds = (noun: string, there: readonly Json[], callOf: (one: Json) => string): void =>
      assert.deepEqual(nativesOf(noun), there.map((one) => `${noun}/${callOf(one)}`).sort())
    holds('namespace', await listed('/api/v1/namespaces'), nameOf)
    for (const noun of ['serviceaccount', 'secret'])
      holds(noun, await listed(`/api/v1/${noun}s`), (one) => `${spaceOf(one)}/${nameOf(one)}`)
    const bindings = [...(await listed(rbac('*', 'clusterrolebindings'))), ...(await listed(rbac('*', 'rolebindings')))]
    holds('binding', bindings, (one) => `${spaceOf(one) || '*'}/${nameOf(one)}`)
  })

  test('what a stolen token of the estate opens is what Cordon says of it', async (t) => {
    const score = await compare(estate, cordon, truth, systemClock.nowMs())
    const { differences, ...told } = score
    t.diagnostic(JSON.stringify({ ...estate.fills[0]?.counts, ...told }))
    assert.deepEqual(
      differences.map(({ credential, what, by }) => `${credential.owner} ${what} ${by}`),
      [],
    )
    assert.equal(score.tried, estate.credentials.length)
    assert.deepEqual([score.right, score.named], [score.opened, score.opened])
    const namespaces = estate.fills[0]?.counts['namespaces'] ?? 0
    assert.ok(score.tried > 0 && score.opened >= score.tried * namespaces, 'an administrator opens every namespace')
  })

  const wordsOf = (found: Found, right: string, form: RegExp): string[] =>
    found.opens.flatMap(({ system, what, right: own }) => (own === right && form.test(what) ? `${system} ${what}` : []))

  test('who may read and write which secrets: for a token of every account Cordon says what the server answers', async (t) => {
    const view = cordon.graph.view()
    const readers = new Map<string, string[]>()
    let [rights, silent] = [0, 0]
    for (const [account, { uid, found }] of accounts) {
      const { things } = await reachedFrom(view, named('credential', `account-tokens/${account}/${uid}`), moment)
      for (const [deed, form] of [
        ['read', /\bsecrets?\//],
        ['write', /\bsecrets\//],
      ] as const) {
        const opened = wordsOf(found, deed, form).sort()
        const may = saidOf(cordon, things, deed, 'may', form)
        // What Cordon's own may give itself by a binding nobody tries.
        if (isOwn(account))
          assert.ok(
            opened.every((word) => may.includes(word)),
            `${account} ${deed}`,
          )
        else {
          assert.deepEqual(may, opened, `${account} ${deed}`)
          assert.deepEqual(saidOf(cordon, things, deed, 'perhaps', form), [], `${account} perhaps ${deed}`)
        }
        rights += opened.length
      }
      if (found.opens.length === 0) silent++
      if (!isOwn(account))
        for (const word of wordsOf(found, 'read', /^secret/)) readers.set(word, [...(readers.get(word) ?? []), account])
    }
    let resources = 0
    for (const id of cordon.facts.keys()) {
      if (!isEntityId(id) || !nativeOf(id).startsWith('secret/')) continue
      const { readers: all } = await readersOf(view, await subjectOf(view, id, moment), moment)
      const asked = all.flatMap(({ entity, certain }) => {
        const [, account] = /^serviceaccount\/([^/]+\/[^/]+)$/.exec(nativeOf(entity)) ?? []
        return certain && account !== undefined && accounts.has(account) ? [account] : []
      })
      assert.deepEqual(asked.sort(), (readers.get(wordFor(cordon, id) ?? '') ?? []).sort(), id)
      resources++
    }
    t.diagnostic(JSON.stringify({ accounts: accounts.size, rights, opensNothing: silent, secrets: resources }))
    // Neither side may be silent: most accounts of a name read something, those of no role nothing.
    assert.ok(silent > 3 && rights > accounts.size && resources > 3)
    const admins = [...accounts].filter(([, { found }]) => found.opens.some(({ right }) => right === 'admin'))
    const deployers = [...accounts.keys()].filter((account) => account.endsWith('/deployer'))
    assert.deepEqual(
      admins.map(([account]) => account).filter((account) => !isOwn(account)),
      deployers,
    )
  })

  test('every planted weakness is found, no look-alike, and nothing else of its kinds', async () => {
    const setups = estate.fills.map(({ source }) => source)
    const compared = comparePosture(estate, cordon, await postureOf(cordon, setups, systemClock.nowMs()))
    const kinds = compared.filter(({ weak, said }) => weak + said > 0)
    assert.deepEqual(kinds.map(({ kind }) => kind).sort(), ['default-account-rights', 'legacy-token', 'wildcard-role'])
    for (const { kind, weak, right, missed, wrong, fooled } of kinds)
      assert.deepEqual({ kind, right, missed, wrong, fooled }, { kind, right: weak, missed: [], wrong: [], fooled: 0 })
    assert.ok((estate.fills[0]?.lookAlikes.length ?? 0) > kinds.length)
  })

  test('a stolen token is contained, and each that it could read: the server refuses them, and takes every other', async () => {
    const [stolen] = estate.credentials
    assert.ok(stolen !== undefined)
    const read = new Set(truth.opens.get(stolen.id)?.opens.map(({ what }) => what))
    const gone = estate.credentials.filter(({ native }) => read.has(`secret/${native}`))
    assert.ok(gone.includes(stolen) && gone.length > 1)
    const entityOf = ({ native }: Credential): EntityId => named('credential', `secret-token/${native}`)
    const isOf =
      (what: string) =>
      ({ native }: Credential): boolean =>
        what === `secret/${native}`
    const setups = estate.fills.map(({ source }) => source)
    const { contain } = await openContainment(cordon, setups, systemClock, unlimited)
    const reports = await contain([entityOf(stolen)])
    assert.deepEqual(
      reports.flatMap(({ dead }) => dead.map(({ credential }) => credential)).sort(),
      gone.map(entityOf).sort(),
    )
    // What the other secrets hold opens something elsewhere, and nobody here says what.
    const values = [...read].filter((what) => what.startsWith('secret/') && !gone.some(isOf(what)))
    assert.deepEqual(
      reports.flatMap((one) => one.survivors.map(({ credential }) => credential)).sort(),
      values.map((what) => named('credential', what.replace('secret/', 'secret-value/'))).sort(),
    )
    // An API server remembers a good token for so long, as the step said beforehand.
    for (const endMs = performance.now() + tokenCacheMs + 2_000; performance.now() < endMs;) {
      const found = await Promise.all(gone.map(({ value }) => tried(value)))
      if (found.every(({ opens }) => opens.length === 0)) break
      await systemClock.sleep(500)
    }
    const left = await tryAll(estate, systemClock.nowMs())
    for (const one of estate.credentials)
      assert.deepEqual(
        left.opens.get(one.id),
        gone.includes(one) ? { opens: [], makes: [] } : truth.opens.get(one.id),
        one.id,
      )
    // With the tokens went their secrets, which nobody reads any more.
    const places = new Set(gone.map(({ native }) => `secret/${native}`))
    const withoutThem = ({ opens, makes }: Found): Found => ({
      opens: opens.filter(({ what }) => !places.has(what)),
      makes,
    })
    for (const [account, { token, found }] of accounts)
      assert.deepEqual(await tried(token), withoutThem(found), account)
  })

  test('a token of nobody opens nothing, and a cluster that is not empty is not filled', async () => {
    const [one] = [...accounts.values()]
    assert.deepEqual(await tried(`${one?.token ?? ''}0`), { opens: [], makes: [] })
    await assert.rejects(start(server), /give an empty one/)
  })
})
