import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { HostReport } from './reporter/cordon-host-report.mjs'
import { renderWhatif, summarizeWhatif } from './whatif.ts'

const nowMs = Date.UTC(2026, 2, 24)
const day = 86_400_000
const row = (
  kind: string,
  path: string,
  ageDays: number,
  readableBy: 'owner' | 'everyone' = 'owner',
): HostReport['credentials'][number] => ({
  kind,
  path,
  mode: '0600',
  uid: 0,
  readableBy,
  modifiedAtMs: nowMs - ageDays * day,
  createdAtMs: nowMs - ageDays * day,
})
const report: HostReport = {
  version: 1,
  host: { id: 'lab-1', from: 'given' },
  takenAtMs: nowMs,
  complete: true,
  packages: [
    {
      ecosystem: 'pypi',
      name: 'litellm',
      version: '1.82.8',
      path: '/a',
      installedAtMs: nowMs - 600_000,
      state: 'installed',
    },
    {
      ecosystem: 'npm',
      name: 'old\u001b[2J',
      version: '1.0.0',
      path: '/b',
      installedAtMs: nowMs - 3 * day,
      state: 'installed',
    },
    { ecosystem: 'npm', name: 'kept', version: '1.0.0', path: '/c', installedAtMs: nowMs, state: 'cached' },
  ],
  credentials: [
    { ...row('aws', '/root/.aws/credentials', 800), accessKeyId: 'AKIAEXAMPLEEXAMPLE12' },
    { ...row('aws', '/root/.aws/config', 400), sha256: 'fp:k1.x' },
    row('aws', '/root/.aws/config', 400),
    row('npm', '/root/.npmrc', 2, 'everyone'),
    { ...row('vault', '/home/x/.vault-token', 2), unreadable: true },
    { ...row('environment', 'env:NPM_TOKEN', 0), modifiedAtMs: null },
  ],
  hints: [{ kind: 'pth', path: '/v/litellm_init.pth', bytes: 34_628, modifiedAtMs: nowMs, runsCode: true }],
  truncated: [{ what: 'no-permission', path: '/home/x', count: 2 }],
  tookMs: 10,
}

test('whatif says in plain lines what a bad install could read', () => {
  assert.equal(
    renderWhatif(report, nowMs),
    `A bad install here could read 3 credential files; 2 older than a year.
And 1 secret in its environment.
Another user here could read 1 more.

kind  files  oldest  newest  readable by others
aws       2     2 y     1 y                   0
npm       1     2 d     2 d                   1

Installed: 1 npm and 1 PyPI packages, 1 more in caches.
Most recent:
  pypi litellm@1.82.8, 10 min ago
  npm old?[2J@1.0.0, 3 d ago
Run code at every start of Python: 1 .pth file.
Not all was seen: no-permission, 2 times, first at /home/x
`,
  )
})

test('the data behind it carries no hash and no key id', () => {
  const whatif = summarizeWhatif(report, nowMs)
  assert.deepEqual(
    [whatif.files, whatif.filesOlderThanYear, whatif.filesOfOthers, whatif.environmentVariables],
    [3, 2, 1, 1],
  )
  assert.deepEqual(whatif.kinds[0], {
    kind: 'aws',
    files: 2,
    secrets: 2,
    oldestAgeMs: 800 * day,
    newestAgeMs: 400 * day,
    readableByOthers: 0,
  })
  assert.ok(!/AKIA|fp:/.test(JSON.stringify(whatif)))
})

test('a time that packing left on a file is no age', () => {
  const packed = {
    ...report,
    credentials: [{ ...row('key-store', '/v/test.p12', 1), modifiedAtMs: Date.UTC(1980, 0) }],
  }
  const whatif = summarizeWhatif(packed, nowMs)
  assert.equal(whatif.filesOlderThanYear, 0)
  assert.equal(whatif.kinds[0]?.oldestAgeMs, null)
})
