import assert from 'node:assert/strict'
import { test } from 'node:test'

import { silentDiagnose } from '#kit'
import type { CredentialUse } from '#sources/contract'

import { createRegistry } from '../../../src/app/registry.ts'
import { checkSource } from '../../../src/app/hands/check.ts'
import type { SourceRecord } from '../../../src/app/socket.ts'
import { account } from '../aws/company.ts'
import { must } from './company.ts'
import { rbac } from './cluster.ts'
import { openBoth } from './pods.ts'

const registry = createRegistry(undefined)
type Both = Awaited<ReturnType<typeof openBoth>>

/** What `source check` says of the source that issues, the place's source being as `over` has it. */
async function checked(both: Both, over: Partial<SourceRecord> | null): Promise<string[]> {
  const { aws, company, config, awsSide, clusterSide } = both
  const record = (id: string, connector: string, settings: unknown, authority: string): SourceRecord => ({
    id,
    connector,
    config: JSON.stringify(settings),
    authority,
    revision: 1,
    see: 'sealed',
    contain: 'sealed',
  })
  const issuer = record('aws-1', 'aws', config, account)
  const holder = { ...record('prod', 'kubernetes', company.config, company.authority), ...over }
  const { missing } = await checkSource(issuer, {
    clock: aws.clock,
    diagnose: silentDiagnose,
    sources: over === null ? [issuer] : [issuer, holder],
    secretsOf: ({ id }, use) => (id === 'aws-1' ? aws.secrets : { token: company.tokens[use] }),
    open({ id, connector: name, config: settings }, use: CredentialUse) {
      const entry = registry.find(name)
      assert.ok(entry)
      const http = (id === 'aws-1' ? awsSide : clusterSide).httpFor(use)
      return { entry, connector: entry.connector, config: entry.connector.config.parse(JSON.parse(settings)), http }
    },
  })
  return missing.filter((line) => line.startsWith('the successor of'))
}

test('before a breach, the check of whoever issues says by name which place would not take its successor', async (t) => {
  const both = await openBoth()
  t.after(both.close)
  const { company, cluster, target } = both
  assert.deepEqual(await checked(both, {}), [], 'all fits')
  const begins = `the successor of \`ci\` goes to \`${target}\`, `
  const says = async (over: Partial<SourceRecord> | null, why: string) =>
    assert.deepEqual(await checked(both, over), [begins + why])
  await says(null, `and no source is of its authority \`${company.authority}\``)
  await says({ contain: null }, 'and `prod` has no credential to contain, with which it would be written')
  const { places: _, ...unnamed } = company.config
  await says({ config: JSON.stringify(unnamed) }, 'and `prod` does not name it among its `places`')
  await says({ connector: 'keys', config: '{}' }, 'and `prod` holds no secrets: the connector `keys` writes nowhere')
  const [place] = company.config.places
  const config = JSON.stringify({ ...company.config, places: [{ ...place, values: { TOKEN: 'token' } }] })
  await says({ config }, 'which takes `token`: what is issued gives id, secret')
  await must(cluster.admin, 'DELETE', rbac('shop', 'roles', 'cordon-contain.aws'))
  await says({}, 'where at `prod` the credential to contain lacks `patch secrets`, needed for `places`')
})
