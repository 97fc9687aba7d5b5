import assert from 'node:assert/strict'

import { createHttp, seededBytes, seededRandom, type Http } from '#kit'
import { createKeys, keysWriter, readKeyRecords } from '#guards'
import { defaultTenant, entityId } from '#model'
import { keysActions, keysConfig, keysConnector, nameKey } from '#connectors/keys'
import { vaultActions, vaultConnector, vaultHolder, vaultOrigins } from '#connectors/vault'
import { plannedPlaces } from '#respond/contract'

import { makeCore } from '../../simulation/respond-world.ts'
import { openStages } from '../cordon.ts'
import { planOf } from '../plan.ts'
import { ask, foundCompany, openCordon, openTwinVault, readSecret } from '../vault/company.ts'

export const owner = entityId('identity', 'cordon', 'svc-annotator')
const field = 'CORDON_KEY'
const path = 'prod/annotator'

/** A leaked key of Cordon's own that a consumer reads from Vault: issued in core, written by hands. */
export async function openShop() {
  const vault = await openTwinVault()
  const place = { mount: 'secret', path, values: { [field]: 'token' }, rereadSeconds: 0 }
  const company = await foundCompany(vault, { places: [place] })
  const target = entityId('resource', company.authority, `kv/secret/${path}`)
  const core = makeCore({ modules: [keysWriter] })
  const keys = createKeys({ ...core, random: seededBytes(seededRandom(11)) })
  const leaked = await keys.issue(defaultTenant, owner, ['gateway'])
  await keys.place(defaultTenant, [{ key: leaked.id, place: target }])
  const made = await ask(vault, 'POST', `secret/data/${path}`, { data: { [field]: leaked.token, zone: 'a' } })
  assert.equal(made.status, 200)
  const config = keysConfig.parse({ successors: [{ key: leaked.id, place: target }] })
  const side = openStages({
    connector: keysConnector,
    config,
    authority: 'cordon',
    clock: core.clock,
    origins: [],
    secretsOf: () => ({}),
  })
  const vaultSide = openCordon(company)
  const home = keys.home(defaultTenant)
  return {
    vault,
    path,
    company,
    target,
    core,
    keys,
    home,
    leaked,
    config,
    side,
    vaultSide,
    /** What a step acts with; `at`: Vault, as it answers this try. */
    context(at: Http = createHttp(vaultOrigins(company.config)), over: Partial<typeof home> = {}) {
      const { signal: _, ...there } = vaultSide.context({ http: vaultSide.httpFor('contain', at) })
      return side.context({ home: { ...home, ...over }, place: { holder: vaultHolder, context: there } })
    },
    /** What the consumer reads. */
    async read(): Promise<string> {
      const found = await readSecret(vault, path)
      assert.equal(found['zone'], 'a', 'what else stands there stays')
      return found[field] ?? ''
    },
    async opens(token: string): Promise<string> {
      const verdict = await keys.verify(defaultTenant, token, '192.0.2.7')
      return verdict.verdict === 'live' ? `${verdict.owner} ${verdict.scopes.join()}` : verdict.why
    },
    /** All records of keys so far, into the estate. */
    async tell(): Promise<void> {
      const { events } = readKeyRecords(core.reader, defaultTenant)
      await side.receive('records', events.map(({ raw }) => JSON.stringify(raw)).join('\n'))
    },
    plan: () =>
      planOf({
        house: side,
        sources: [
          { connector: keysConnector, actions: keysActions, authority: 'cordon' },
          {
            connector: vaultConnector,
            actions: vaultActions,
            authority: company.authority,
            places: plannedPlaces(vaultHolder, company.config, company.authority),
          },
        ],
        trigger: { kind: 'credential', credential: nameKey(leaked.id) },
        fromMs: core.clock.nowMs(),
        nowMs: core.clock.nowMs(),
        by: 'keys',
      }),
    async close(): Promise<void> {
      side.close()
      vaultSide.close()
      await vault.close()
    },
  }
}
export type Shop = Awaited<ReturnType<typeof openShop>>
