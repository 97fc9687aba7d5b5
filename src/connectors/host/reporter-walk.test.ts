import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { toHex } from '#kit'

import { readHardware, report, toRecords } from './reporter/cordon-host-report.mjs'
import { at, nowMs, random, scan, what, withRoot } from './testing.ts'

const python = (name: string, version: string): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nText\n`
const manifest = (name: string, version: string): string => JSON.stringify({ name, version })

test('packages are found where npm, pnpm, pip, pipx, uv and Debian put them', () => {
  withRoot(
    {
      'srv/app/node_modules/express/package.json': manifest('express', '5.2.1'),
      'srv/app/node_modules/express/node_modules/debug/package.json': manifest('debug', '2.6.9'),
      'srv/app/node_modules/@scope/name/package.json': manifest('@scope/name', '1.0.0'),
      'srv/app/node_modules/alias/package.json': manifest('really-this', '3.0.0'),
      'srv/app/node_modules/.pnpm/left-pad@1.3.0/node_modules/left-pad/package.json': manifest('left-pad', '1.3.0'),
      'srv/app/node_modules/.package-lock.json': '{}',
      'srv/app/package-lock.json': '{}',
      'usr/lib/node_modules/npm/package.json': manifest('npm', '11.0.0'),
      'srv/venv/lib/python3.12/site-packages/litellm-1.82.8.dist-info/METADATA': python('litellm', '1.82.8'),
      'srv/venv/lib/python3.12/site-packages/litellm_init.pth': 'import os, subprocess\n',
      'srv/venv/lib/python3.12/site-packages/plain.pth': '/srv/lib\n',
      'root/.local/share/pipx/venvs/black/lib/python3.12/site-packages/black-24.1.0.dist-info/METADATA': python(
        'black',
        '24.1.0',
      ),
      'root/.local/share/uv/tools/ruff/lib/python3.12/site-packages/ruff-0.5.0.dist-info/METADATA': python(
        'ruff',
        '0.5.0',
      ),
      'root/.cache/uv/archive-v0/abc/telnyx-4.87.1.dist-info/METADATA': python('telnyx', '4.87.1'),
      'usr/lib/python3/dist-packages/PyYAML-6.0.egg-info': python('PyYAML', '6.0'),
      'opt/lambda/six-1.16.0.dist-info/RECORD': '',
      'root/.npm/_cacache/index-v5/aa/bb/cc':
        '\nabc\t{"key":"make-fetch-happen:request-cache:https://packages.example/@scope/axios/-/axios-1.14.1.tgz","time":1}\n',
    },
    (root) => {
      const found = scan(root)
      assert.deepEqual(found.packages.map((row) => `${row.ecosystem} ${row.name}@${row.version} ${row.state}`).sort(), [
        'npm @scope/axios@1.14.1 cached',
        'npm @scope/name@1.0.0 installed',
        'npm debug@2.6.9 installed',
        'npm express@5.2.1 installed',
        'npm left-pad@1.3.0 installed',
        'npm npm@11.0.0 installed',
        'npm really-this@3.0.0 installed',
        'pypi PyYAML@6.0 installed',
        'pypi black@24.1.0 installed',
        'pypi litellm@1.82.8 installed',
        'pypi ruff@0.5.0 installed',
        'pypi six@1.16.0 installed',
        'pypi telnyx@4.87.1 cached',
      ])
      assert.deepEqual(
        found.hints
          .map(({ kind, path, runsCode }) => [kind, path.split('/').at(-1), runsCode])
          .sort((a, b) => (String(a) < String(b) ? -1 : 1)),
        [
          ['lockfile', 'package-lock.json', undefined],
          ['pth', 'litellm_init.pth', true],
          ['pth', 'plain.pth', false],
        ],
      )
    },
  )
})

test('an install time is the earliest the folder tells, never one that packing left behind', () => {
  withRoot({ 'srv/node_modules/a/package.json': manifest('a', '1.0.0') }, (root) => {
    const folder = join(root, 'srv/node_modules/a')
    utimesSync(folder, new Date('1985-10-26'), new Date('1985-10-26'))
    assert.ok((scan(root).packages[0]?.installedAtMs ?? 0) > Date.now() - 60_000)
    utimesSync(folder, new Date(nowMs), new Date(nowMs))
    assert.equal(scan(root).packages[0]?.installedAtMs, nowMs)
  })
})

test('what cannot be read is said and never stops the walk', () => {
  withRoot(
    {
      'srv/a/node_modules/broken/package.json': '{"name":',
      'srv/a/node_modules/odd/package.json': '{"name":7,"version":{}}',
      'srv/a/node_modules/nul/package.json': 'null',
      'srv/a/node_modules/good/package.json': manifest('good', '1.0.0'),
      'srv/p/lib/site-packages/x.dist-info/METADATA': '\u0000\u00ff',
      'srv/.env': `\u0000\uffff=\u0000\nTOKEN=${toHex(random(16))}\n`,
      'srv/big/.env': `TOKEN=${toHex(random(16))}\n${'#'.repeat(2_000_000)}`,
      'srv/many/.env': Array.from({ length: 300 }, (_, i) => `TOKEN_${i}=${toHex(random(16))}`).join('\n'),
      'root/.aws/credentials/nested': 'a folder where a file should be',
    },
    (root) => {
      symlinkSync('loop-b', join(root, 'srv/loop-a'))
      symlinkSync('loop-a', join(root, 'srv/loop-b'))
      symlinkSync('..', join(root, 'srv/up'))
      symlinkSync('..', join(root, 'srv/a/node_modules/good/node_modules'))
      mkdirSync(join(root, 'srv/a/node_modules/pipe'))
      symlinkSync('/etc/hostname', join(root, 'root/.vault-token'))
      symlinkSync('loop', join(root, 'root/loop'))
      symlinkSync('loop', join(root, 'root/.netrc'))
      execFileSync(
        'mkfifo',
        ['srv/secrets.yml', 'root/.npmrc', 'srv/a/node_modules/pipe/package.json'].map((path) => join(root, path)),
      )
      mkdirSync(join(root, 'srv/huge'))
      for (let i = 0; i < 500; i++) mkdirSync(join(root, 'srv/huge', String(i)))
      const found = scan(root)
      assert.deepEqual(
        found.packages.map(({ name }) => name),
        ['good'],
      )
      assert.equal(at(found, '/srv/.env').length, 1)
      assert.equal(at(found, '/srv/big/.env').length, 1)
      assert.equal(at(found, '/srv/many/.env').length, 200)
      assert.deepEqual(at(found, '/root/.vault-token'), [])
      for (const told of ['broken-package', 'file-size', 'link-leaves-root', 'secrets-per-file', 'unreadable']) {
        assert.ok(what(found).includes(told), `${told} is told: ${what(found).join(', ')}`)
      }
      assert.equal(found.truncated.find((entry) => entry.what === 'broken-package')?.count, 4)
      assert.equal(found.complete, true, 'these leave nothing unlisted but themselves')
    },
  )
})

test(
  'a file that may not be read still counts',
  { skip: process.getuid?.() === 0 ? 'root may read everything' : false },
  () => {
    withRoot({ 'root/.vault-token': 'x' }, (root) => {
      chmodSync(join(root, 'root/.vault-token'), 0)
      assert.equal(at(scan(root), '/root/.vault-token')[0]?.unreadable, true)
    })
  },
)

test('every bound that is met makes the report incomplete and is told', () => {
  withRoot(
    Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`srv/n${i}/node_modules/p${i}/package.json`, manifest(`p${i}`, '1.0.0')]),
    ),
    (root) => {
      for (const [limit, told] of [
        [{ packagesMax: 5 }, 'packages'],
        [{ foldersMax: 5 }, 'folders'],
        [{ depthMax: 1 }, 'depth'],
        [{ timeMs: 0 }, 'time'],
      ] as const) {
        const found = scan(root, { limits: limit })
        assert.equal(found.complete, false, told)
        assert.ok(what(found).includes(told), told)
        assert.ok(
          toRecords(found).every(({ snapshot }) => !snapshot.complete),
          'nothing may close edges',
        )
      }
    },
  )
})

test('the machine id names the host and is not told', () => {
  const machineId = toHex(random(16))
  withRoot({ 'etc/machine-id': `${machineId}\n` }, (root) => {
    const one = report({ root })
    assert.deepEqual(report({ root }).host, one.host)
    assert.equal(one.host.from, 'machine-id')
    assert.ok(!JSON.stringify(one).includes(machineId))
  })
})

test('a machine tells its own numbers where it may read them, and a container none', () => {
  const files = {
    'dmi/product_uuid': '4C4C4544-0051-3510-8052-B4C04F564433\n',
    'dmi/product_serial': '7Q5RVD3\n',
    'dmi/sys_vendor': 'Dell Inc.\n',
    'dmi/board_asset_tag': 'Not Specified\n',
    '.dockerenv': '',
  }
  withRoot(files, (root) => {
    const hardware = { uuid: '4C4C4544-0051-3510-8052-B4C04F564433', serial: '7Q5RVD3', manufacturer: 'Dell Inc.' }
    assert.deepEqual({ ...readHardware(join(root, 'dmi'), []) }, { ...hardware, instance: undefined })
    assert.equal(readHardware(join(root, 'dmi'), [join(root, '.dockerenv')]), undefined)
    assert.deepEqual(Object.values(readHardware(join(root, 'none'), []) ?? {}).filter(Boolean), [])
    assert.equal(report({ root }).hardware, undefined, 'a folder that is looked at as if it were a machine is none')
  })
})

test('a large report is sent in parts, and only the last one closes', () => {
  withRoot({}, (root) => {
    const packages = Array.from({ length: 2_500 }, (_, i) => ({
      ecosystem: 'npm' as const,
      name: `p${i}`,
      version: '1.0.0',
      path: `/p${i}`,
      installedAtMs: 1,
      state: 'installed' as const,
    }))
    const records = toRecords({ ...scan(root), packages })
    assert.deepEqual(
      records.map(({ snapshot }) => [snapshot.part, snapshot.complete]),
      [
        [0, false],
        [1, false],
        [2, true],
      ],
    )
    assert.equal(records.flatMap(({ rows }) => rows.packages).length, 2_500)
    assert.equal(new Set(records.map(({ snapshot }) => snapshot.id)).size, 1)
  })
})
