import assert from 'node:assert/strict'

import type { Http } from '#kit'
import { entityId } from '#model'
import { vaultActions, vaultHolder } from '#connectors/vault'

import { heldOf } from '../aws/company.ts'
import { foundShop } from '../aws/shop.ts'
import { verbIn } from '../cordon.ts'
import { openIssuer } from '../hand-over.ts'
import { ask, foundCompany, openCordon, readSecret, type Vault } from './company.ts'

// A leaked AWS key that a consumer reads from Vault: issued there, written here.
export const keys = { id: 'AWS_ACCESS_KEY_ID', secret: 'AWS_SECRET_ACCESS_KEY' }
export const destroy = verbIn(vaultActions, 'vault.versions.destroy')
let paths = 0

/** AWS and Vault, each with Cordon beside it; the vault itself is the caller's to close. */
export async function openShop(vault: Vault) {
  const aws = await foundShop()
  // Of its own for each check: a server under test keeps what was written.
  const path = `prod/shop-${paths++}`
  const place = { mount: 'secret', path, values: { [keys.id]: 'id', [keys.secret]: 'secret' }, rereadSeconds: 0 }
  const company = await foundCompany(vault, { places: [place] })
  const leaked = heldOf(aws.ciKey)
  const data = { [keys.id]: leaked.accessKeyId, [keys.secret]: leaked.secretAccessKey, zone: 'a' }
  const made = await ask(vault, 'POST', `secret/data/${path}`, { data })
  assert.equal(made.status, 200)
  const target = entityId('resource', company.authority, `kv/secret/${path}`)
  const { config, side: awsSide, handOver, lending, plan } = openIssuer(aws, target)
  const vaultSide = openCordon(company)
  const context = (at?: Http, issuing?: Http) => {
    const over = at === undefined ? {} : { http: vaultSide.httpFor('contain', at) }
    return lending(vaultHolder, vaultSide.context(over), issuing)
  }
  const read = async () => {
    const found = await readSecret(vault, path)
    return { accessKeyId: found[keys.id] ?? '', secretAccessKey: found[keys.secret] ?? '', zone: found['zone'] }
  }
  const close = async (): Promise<void> => {
    awsSide.close()
    vaultSide.close()
    await aws.close()
  }
  return { aws, vault, path, company, leaked, config, target, awsSide, vaultSide, context, read, handOver, plan, close }
}
