import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { systemClock } from '#kit'

import { makeCompany } from '../../lab/estate/company/company.ts'
import { type Estate } from '../../lab/estate/estate.ts'
import { proxyConfig } from '../../lab/estate/gateway/models.ts'
import { probe } from '../../lab/estate/prober/index.ts'
import { targetsOf } from '../../lab/estate/targets.ts'
import { holdCounts } from '../conformance/estate/counts.ts'
import { type Cordon } from '../conformance/estate/cordon.ts'
import { compare, tryAll } from '../conformance/estate/exposure.ts'
import { skipProxy, startProxy } from './litellm-proxy.ts'
import { readReal, startReal } from './real-estate.ts'

// The company's gateway in LiteLLM's own proxy, as far as that runs without its database, and in the twin.
const [seed, size] = [7, 'tiny'] as const
const start = (litellm?: { url: string }): Promise<Estate> =>
  startReal(seed, size, litellm === undefined ? { only: ['litellm'] } : { litellm })

suite("the estate's gateway in LiteLLM's own proxy", { skip: skipProxy }, () => {
  let proxy: Awaited<ReturnType<typeof startProxy>>
  let real: Estate
  let seen: Cordon
  before(async () => {
    // JSON is YAML, too.
    proxy = await startProxy(JSON.stringify(proxyConfig(makeCompany(seed, size))))
    real = await start(proxy)
    seen = await readReal(real)
  })
  after(() => {
    seen?.close()
    proxy?.stop()
  })

  test('the master key opens what Cordon says of it, and a key of nobody nothing', async () => {
    holdCounts(real, seen)
    const nowMs = systemClock.nowMs()
    const truth = await tryAll(real, nowMs)
    const { differences, tried, opened } = await compare(real, seen, truth, nowMs)
    assert.deepEqual(
      differences.map(({ what, by }) => `${what} ${by}`),
      [],
    )
    // Both models, and the gateway itself.
    assert.deepEqual([tried, opened], [1, 3])
    const nobody = { value: 'sk-EXAMPLE-of-nobody', with: {} }
    assert.deepEqual(await probe(targetsOf(real, nowMs), nobody), { opens: [], makes: [] })
  })

  test('Cordon tells the same models, and whose they are, of the proxy and of the twin', async (t) => {
    const twin = await start()
    t.after(() => twin.close())
    const other = await readReal(twin)
    t.after(() => other.close())
    const told = ({ facts }: Cordon): string[] =>
      [...facts.values()]
        .filter(({ kind }) => kind === 'deployment')
        .map(({ name, provider, host }) => [name, provider, host].join(' '))
        .sort()
    assert.equal(told(seen).length, 2)
    assert.deepEqual(told(seen), told(other))
  })

  test("a proxy that is not the company's is refused", async () => {
    const other = startReal(seed + 1, size, { litellm: proxy })
    await assert.rejects(other, /is not the company's gateway/)
  })
})
