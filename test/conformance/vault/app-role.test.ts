import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp, silentDiagnose, type Http } from '#kit'
import { entityId } from '#model'
import { vaultConfig, vaultConnector, vaultHolder, vaultOrigins } from '#connectors/vault'

import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { startVaultTwin } from '../../../lab/twins/vault/twin.ts'
import { openStages } from '../cordon.ts'
import { ask, policyOf, readSecret, type Vault } from './company.ts'

const roleId = 'a0000000-0000-4000-8000-000000000001'
const secretId = 'EXAMPLE-secret-id'
const path = 'prod/shop'

/** A Vault where Cordon looks with a token and acts by a role, each with the policy that is printed for it. */
async function openCompany() {
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
  const twin = await startVaultTwin({ clock })
  const config = vaultConfig.parse({
    apiUrl: twin.url,
    appRole: { contain: roleId },
    places: [{ path, values: { DB_PASSWORD: 'password' }, rereadSeconds: 0 }],
  })
  const policy = (use: 'see' | 'contain') =>
    policyOf(String(Object(vaultConnector.role?.(config, use)?.json)['policy']))
  twin.tokens.set('EXAMPLE-see', policy('see'))
  const role = { secretId, policy: policy('contain'), ttlS: 600 }
  twin.appRoles.set(roleId, role)
  const vault: Vault = { ...twin, clock, token: async (name, held) => void twin.tokens.set(name, held) }
  await ask(vault, 'POST', `secret/data/${path}`, { data: { DB_PASSWORD: 'EXAMPLE-old' } })
  const secrets = { see: { token: 'EXAMPLE-see' }, contain: { secretId } }
  const authority = twin.cluster
  const sent: string[] = []
  const plain = createHttp(vaultOrigins(config))
  const base: Http = {
    request(url, request) {
      sent.push(`${request?.method} ${new URL(url).pathname} ${new Headers(request?.headers).get('authorization')}`)
      return plain.request(url, request)
    },
  }
  const side = openStages({
    connector: vaultConnector,
    config,
    authority,
    clock,
    origins: vaultOrigins(config),
    secretsOf: (use) => secrets[use],
    base,
  })
  const place = entityId('resource', authority, `kv/secret/${path}`)
  const { signal, ...acting } = side.context()
  return {
    twin,
    vault,
    clock,
    config,
    role,
    side,
    sent,
    open: () => vaultHolder.open({ ...acting, signal }, place, 'token-of-the-action'),
    async close(): Promise<void> {
      side.close()
      await twin.close()
    },
  }
}
const successor = (password: string) => ({ id: 'shop_b', values: { user: 'shop_b', password } })

test('a role signs in for what acts, keeps its token for a while, and makes another when that has ended', async (t) => {
  const company = await openCompany()
  t.after(company.close)
  const { vault, clock, config, side, sent, open } = company
  const logins = () => sent.filter((line) => line.startsWith('POST /v1/auth/approle/login')).length
  const text = vaultConnector.role?.(config, 'contain')?.text.join('\n') ?? ''
  assert.match(text, /vault write auth\/approle\/role\/cordon-contain token_policies=cordon-contain token_ttl=10m /)
  assert.doesNotMatch(vaultConnector.role?.(config, 'see')?.text.join('\n') ?? '', /approle/)

  assert.equal((await side.pull('places')).length > 0, true)
  assert.equal(logins(), 0, 'what looks has a token')
  await (await open()).write(successor('EXAMPLE-new'))
  assert.deepEqual([(await readSecret(vault, path))['DB_PASSWORD'], logins()], ['EXAMPLE-new', 1])
  const tokens = new Set(sent.flatMap((line) => /Bearer (\S+)$/.exec(line)?.[1] ?? []))
  assert.deepEqual([...tokens], ['EXAMPLE-login-1'])
  clock.pass(601_000)
  await (await open()).write(successor('EXAMPLE-newer'))
  assert.deepEqual([(await readSecret(vault, path))['DB_PASSWORD'], logins()], ['EXAMPLE-newer', 2])
  assert.ok(!JSON.stringify(side.logged).includes(secretId))
})

test('a token that is revoked at once is made anew, and a secret id that is none is refused by name', async (t) => {
  const company = await openCompany()
  t.after(company.close)
  const { twin, vault, config, role, clock, open, side } = company
  await (await open()).look()
  twin.tokens.delete('EXAMPLE-login-1')
  assert.equal((await (await open()).look()).state, 'absent', 'the same client, with another token')
  assert.deepEqual([...twin.tokens.keys()], ['EXAMPLE-see', 'EXAMPLE-login-2'])
  const context = {
    config,
    see: {},
    http: side.httpFor('contain'),
    clock,
    signal: AbortSignal.timeout(10_000),
    diagnose: silentDiagnose,
  }
  const names = vaultConnector.role?.(config, 'contain')?.scopes.map(({ name }) => name)
  assert.deepEqual(await vaultConnector.scopes?.(context, 'contain'), names)
  role.secretId = 'EXAMPLE-another'
  for (const token of twin.tokens.keys()) if (token.startsWith('EXAMPLE-login')) twin.tokens.delete(token)
  await assert.rejects(
    open().then((holding) => holding.look()),
    { code: 'ERR_VENDOR_AUTH' },
  )
  assert.equal((await readSecret(vault, path))['DB_PASSWORD'], 'EXAMPLE-old')
})
