import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { systemClock, type Http } from '#kit'
import { reachedFrom, readersOf, subjectOf } from '#access'
import { entityId, isEntityId, nativeOf, type EntityId } from '#model'

import type { SizeName } from '../../lab/estate/company/model.ts'
import { type Estate } from '../../lab/estate/estate.ts'
import { probe } from '../../lab/estate/prober/index.ts'
import { targetsOf } from '../../lab/estate/targets.ts'
import type { Credential } from '../../lab/estate/truth.ts'
import { holdCounts } from '../conformance/estate/counts.ts'
import { type Cordon } from '../conformance/estate/cordon.ts'
import { tryAll, wordFor, type Truth } from '../conformance/estate/exposure.ts'
import { comparePosture, postureOf } from '../conformance/estate/posture.ts'
import { skip, startAwsOracle, type AwsOracle } from './aws-oracle.ts'
import { moment, readReal, saidOf, startReal } from './real-estate.ts'

// The company's account in moto, which checks every signature and what the policies of users and roles let them: what Cordon
// says of it, against a prober that tries every key on every bucket. A key that was made inactive moto takes all the same: death
// is tried on the twin.
const size = (process.env['CORDON_ACCOUNT_SIZE'] ?? 'tiny') as SizeName
const seed = Number(process.env['CORDON_ACCOUNT_SEED'] ?? 7)
/** Those that need no other source: who left a register of people tells, on whose machines a key lies the hosts. */
const kinds: ReadonlySet<string> = new Set([
  'human-size-rights',
  'cross-account-trust',
  'foreign-federation',
  'admin-without-strong-factor',
])
const form = /^aws (bucket\/|account$)/

const start = ({ url }: AwsOracle): Promise<Estate> =>
  startReal(seed, size, { aws: { url, id: 'root', secret: 'root' } })

suite("the estate's account in moto", { skip }, () => {
  let oracle: AwsOracle
  let estate: Estate
  let cordon: Cordon
  let truth: Truth
  // moto takes nobody's signature for Lambda: that one call goes unchecked.
  const wire = (http: Http): Http => ({
    async request(to, request) {
      if (new URL(to).pathname.endsWith('/functions')) await oracle.guard(1)
      return http.request(to, request)
    },
  })

  before(async () => {
    oracle = await startAwsOracle()
    estate = await start(oracle)
    await oracle.guard()
    // moto keeps no event history, which a check asks for, too.
    const without = ['lookup']
    const account = estate.fills[0]?.source.config['account']
    assert.ok(typeof account === 'string')
    const known = { aws: account }
    cordon = await readReal(estate, { wire, without, known })
    truth = await tryAll(estate, systemClock.nowMs())
  })
  after(() => {
    cordon?.close()
    oracle?.close()
  })

  const userOf = ({ id }: Credential): string => id.slice('aws/key/'.length)
  const wordsOf = ({ id }: Credential): string[] =>
    (truth.opens.get(id)?.opens ?? [])
      .map(({ system, what }) => `${system} ${what}`)
      .filter((word) => form.test(word))
      .sort()
  const buckets = (): EntityId[] =>
    [...cordon.facts.keys()].filter(isEntityId).filter((id) => /^arn:aws:s3:::[^/]+$/.test(nativeOf(id)))

  test('a whole inventory finds as many of each kind as the account was filled with', () => {
    holdCounts(estate, cordon)
  })

  test('what each key reads is what Cordon says of it, and of each bucket who reads it', async (t) => {
    const view = cordon.graph.view()
    const readers = new Map<string, string[]>()
    let rights = 0
    for (const one of estate.credentials) {
      const { things } = await reachedFrom(view, entityId('credential', 'aws', one.native), moment)
      const said = (of: 'may' | 'perhaps'): string[] => [...new Set(saidOf(cordon, things, 'read', of, form))]
      const opened = wordsOf(one)
      assert.deepEqual(said('may'), opened, one.owner)
      assert.deepEqual(said('perhaps'), [], one.owner)
      rights += opened.length
      for (const word of opened) readers.set(word, [...(readers.get(word) ?? []), userOf(one)])
    }
    t.diagnostic(JSON.stringify({ ...estate.fills[0]?.counts, keysTried: estate.credentials.length, rights }))
    assert.ok(rights > estate.credentials.length)
    // Of each bucket those readers who have a key.
    const holders = new Set(estate.credentials.map(userOf))
    for (const bucket of buckets()) {
      const { readers: all } = await readersOf(view, await subjectOf(view, bucket, moment), moment)
      const said = all.flatMap(({ entity, certain }) => {
        const name = String(cordon.facts.get(entity)?.['name'])
        return certain && holders.has(name) ? [name] : []
      })
      assert.deepEqual(said.sort(), (readers.get(wordFor(cordon, bucket) ?? '') ?? []).sort(), bucket)
    }
  })

  test('every weakness that this source tells is found, no look-alike, and nothing else of its kinds', async (t) => {
    const setups = estate.fills.map(({ source }) => source)
    const compared = comparePosture(estate, cordon, await postureOf(cordon, setups, systemClock.nowMs()))
    const told = compared.filter(({ kind }) => kinds.has(kind))
    t.diagnostic(JSON.stringify(told.map(({ kind, weak, untold }) => ({ kind, weak, untold }))))
    for (const { kind, weak, right, missed, wrong, fooled } of told)
      assert.deepEqual({ kind, right, missed, wrong, fooled }, { kind, right: weak, missed: [], wrong: [], fooled: 0 })
    assert.ok(told.filter(({ weak }) => weak > 0).length >= 3)
  })

  test('a secret of nobody opens nothing, and an account that is not empty is not filled', async () => {
    const [one] = estate.credentials
    const nobody = { value: `${one?.value ?? ''}0`, with: one?.with ?? {} }
    assert.deepEqual(await probe(targetsOf(estate, systemClock.nowMs()), nobody), { opens: [], makes: [] })
    await oracle.guard(1_000)
    await assert.rejects(start(oracle), /give an empty one/)
  })
})
