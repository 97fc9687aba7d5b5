import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { seededBytes, seededRandom, toBase64url, toHex } from '#kit'

import { isMachineMade, readHardware, report, toRecords, type HostReport } from './reporter/cordon-host-report.mjs'
import { renderWhatif, summarizeWhatif } from './whatif.ts'

const nowMs = Date.UTC(2026, 2, 24, 11)
const random = seededBytes(seededRandom(24))
const hash = (value: string): string => `sha256:${createHash('sha256').update(value).digest('hex')}`
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Random in the way a vendor's generator is. */
const made = (length: number): string => [...random(length)].map((byte) => alphabet[byte % 62]).join('')

/** A root directory made of the given files; a host that exists for one test. */
function withRoot(files: Record<string, string>, run: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'cordon-root-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    run(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
const scan = (root: string, more: Parameters<typeof report>[0] = {}): HostReport =>
  report({ root, nowMs: Date.now(), hostId: 'lab-host', ...more })
const at = (found: HostReport, path: string): HostReport['credentials'] =>
  found.credentials.filter((row) => row.path === path)
const what = (found: HostReport): string[] => found.truncated.map((entry) => entry.what).sort()

const jwt = (claims: object): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), random(64)]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

test('credential files are found by kind, with the hash of what a machine made', () => {
  const secret = {
    aws: made(40),
    npm: `npm_${made(36)}`,
    github: `ghp_${made(36)}`,
    cordon: `cdn_k7abcdef_${made(40)}`,
    hex: toHex(random(32)),
    serviceAccount: jwt({
      iss: 'https://kubernetes.default.svc',
      sub: 'system:serviceaccount:prod:api',
      jti: 'j-1',
      exp: 1_800_000_000,
    }),
    pem: `-----BEGIN PRIVATE KEY-----\n${Buffer.from(random(180))
      .toString('base64')
      .replace(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`,
    docker: `dckr_pat_${made(27)}`,
  }
  const basic = Buffer.from(`svc:${secret.docker}`).toString('base64')
  withRoot(
    {
      'etc/passwd': 'root:x:0:0::/root:/bin/sh\nci:x:1000:1000::/var/ci:/bin/sh\n',
      'home/ada/.aws/credentials': `[default]\naws_access_key_id=AKIAEXAMPLEEXAMPLE12\naws_secret_access_key=${secret.aws}\n`,
      'var/ci/.npmrc': `registry=https://registry.example/\n//registry.example/:_authToken=${secret.npm}\n`,
      'root/.config/gh/hosts.yml': `github.example:\n    user: someone\n    oauth_token: ${secret.github}\n`,
      'root/.ssh/id_ed25519': secret.pem,
      'root/.ssh/known_hosts': 'host ssh-ed25519 AAAA\n',
      'root/.git-credentials': 'https://user:pa=ssw0rd@git.example\n',
      'root/.pgpass': 'db:5432:app:app:hunter2\n',
      'root/.bash_history': `curl -H "Authorization: Bearer ${secret.github}" https://x\n`,
      'root/.docker/config.json': JSON.stringify({ auths: { 'https://registry.example/v1/': { auth: basic } } }),
      'srv/app/.env': `export CORDON_KEY="${secret.cordon}"\nAPI_TOKEN=${secret.hex} # rotated\nDB_PASSWORD=correct horse\nPORT=80\nPUBLIC_KEY=${secret.hex}\n`,
      'srv/app/.env.example': `API_TOKEN=${secret.hex}\n`,
      'var/run/secrets/kubernetes.io/serviceaccount/token': secret.serviceAccount,
      'srv/app/sa.json': '{}',
      'srv/app/service-account-prod.json': JSON.stringify({ private_key_id: secret.hex, private_key: secret.pem }),
      'etc/shadow': 'root:$6$EXAMPLE:1::\n',
    },
    (root) => {
      const found = scan(root)
      assert.equal(found.complete, true)
      assert.deepEqual(
        at(found, '/home/ada/.aws/credentials').map(({ accessKeyId, sha256 }) => [accessKeyId, sha256]),
        [['AKIAEXAMPLEEXAMPLE12', hash(secret.aws)]],
      )
      assert.equal(at(found, '/var/ci/.npmrc')[0]?.sha256, hash(secret.npm))
      assert.equal(at(found, '/root/.config/gh/hosts.yml')[0]?.sha256, hash(secret.github))
      assert.equal(at(found, '/root/.docker/config.json')[0]?.sha256, hash(secret.docker))
      assert.equal(at(found, '/root/.bash_history')[0]?.sha256, hash(secret.github))
      assert.deepEqual(at(found, '/root/.ssh/known_hosts'), [])
      assert.deepEqual(at(found, '/srv/app/.env.example'), [])
      const [key] = at(found, '/root/.ssh/id_ed25519')
      assert.match(key?.sha256 ?? '', /^sha256:[0-9a-f]{64}$/)
      assert.equal(at(found, '/srv/app/service-account-prod.json')[0]?.sha256, key?.sha256, 'the same key in two forms')
      assert.equal(at(found, '/srv/app/service-account-prod.json').length, 1)
      assert.deepEqual(
        at(found, '/srv/app/.env').map(({ name, keyId, sha256 }) => [name, keyId ?? sha256]),
        [
          ['CORDON_KEY', 'k7abcdef'],
          ['API_TOKEN', hash(secret.hex)],
          ['DB_PASSWORD', undefined],
        ],
      )
      assert.deepEqual(at(found, '/var/run/secrets/kubernetes.io/serviceaccount/token')[0]?.jwt, {
        selfContained: true,
        iss: 'https://kubernetes.default.svc',
        jti: 'j-1',
        sub: 'system:serviceaccount:prod:api',
        exp: 1_800_000_000,
      })
      for (const path of ['/root/.pgpass', '/etc/shadow', '/root/.git-credentials']) {
        assert.equal(at(found, path).length, 1, path)
        assert.equal(at(found, path)[0]?.sha256, undefined, path)
      }
      const text = JSON.stringify(found) + JSON.stringify(toRecords(found)) + renderWhatif(found, nowMs)
      for (const [name, value] of Object.entries(secret)) assert.ok(!text.includes(value), `${name} leaked`)
      assert.ok(
        !text.includes('hunter2') &&
          !text.includes('ssw0rd') &&
          !text.includes('correct horse') &&
          !text.includes('someone'),
      )
    },
  )
})

/** Ways in which a secret lies in a file; `$` stands for it. */
const places: readonly (readonly [string, string])[] = [
  ['root/.aws/credentials', '[a]\naws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = $\n'],
  ['root/.npmrc', '//r.example/:_password=$\n_auth=$\n//r.example/:_authToken=$'],
  ['root/.netrc', 'machine x login y password $\n'],
  ['root/.git-credentials', 'https://user:$@git.example\n'],
  ['root/.pypirc', '[pypi]\nusername: __token__\npassword: $\n'],
  ['root/.pgpass', 'h:5432:d:u:$\n'],
  ['root/.docker/config.json', '{"auths":{"$":{"auth":"$","identitytoken":"$"}}}'],
  ['root/.kube/config', 'users:\n- name: a\n  user:\n    token: $\n    client-key-data: $\n'],
  ['root/.bash_history', 'mysql -p$\nexport TOKEN=$\n$\n'],
  ['root/.ssh/id_rsa', '-----BEGIN RSA PRIVATE KEY-----\n$\n$==\n-----END RSA PRIVATE KEY-----\n'],
  ['root/.vault-token', '$'],
  ['srv/.env', 'A_SECRET=$\n$=1\nPASSWORD="$"\nURL=postgres://u:$@h/d\n  $=\nKEY: $\nauth$=$\n'],
  ['srv/secrets.json', '{"token":"$","$":{"password":"$"},"list":["$"]}'],
  ['srv/.env.local', '{"broken": "$'],
  ['run/secrets/db', '$\n'],
  ['srv/node_modules/a/package.json', '{"name":"a","version":"1.0.0","token":"$"}'],
]

test('whatever the secret and wherever it lies, no byte of it leaves', () => {
  const secrets = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9]{14,40}$/),
    fc.stringMatching(/^[A-Za-z0-9+/=:@-]{14,60}$/),
    fc.uuid({ version: 4 }),
    fc.constantFrom(...[32, 20, 48].map((size) => toBase64url(random(size)))),
    fc.constantFrom(`ghp_${made(36)}`, `sk-ant-${made(80)}`, `xoxb-123456789012-${made(24)}`, `cdn_kabcd_${made(32)}`),
  )
  fc.assert(
    fc.property(secrets, fc.subarray([...places], { minLength: 4 }), (secret, chosen) => {
      const files = Object.fromEntries(chosen.map(([path, text]) => [path, text.replaceAll('$', () => secret)]))
      withRoot(files, (root) => {
        const found = scan(root, { env: { SOME_SECRET: secret, [`T_${secret}`]: secret } })
        const text =
          JSON.stringify([found, toRecords(found), summarizeWhatif(found, nowMs)]) + renderWhatif(found, nowMs)
        for (const form of [
          secret,
          Buffer.from(secret).toString('base64').slice(0, 16),
          toHex(Buffer.from(secret)).slice(0, 24),
        ]) {
          assert.ok(!text.includes(form), `${form} leaked`)
        }
        assert.ok(!text.includes(secret.slice(-12)), `the end of ${secret} leaked`)
      })
    }),
    { numRuns: 40 },
  )
})

test('machine-made means at least 128 bits; people do not make it', () => {
  for (let i = 0; i < 300; i++) {
    assert.ok(isMachineMade(toHex(random(16))) && isMachineMade(toHex(random(32))))
    assert.ok(isMachineMade(randomUUID()))
  }
  const tries = 2_000
  let recognised = 0
  for (let i = 0; i < tries; i++) if (isMachineMade(made(40))) recognised++
  assert.ok(recognised > tries * 0.99, `${recognised} of ${tries} random keys recognised`)
  for (const human of [
    'hunter2',
    'correct-horse-battery-staple',
    'CorrectHorseBatteryStaple2024!',
    'P4ssW0rdP4ssW0rdP4ssW0rd',
    'Summer2024Summer2024Summer',
    'MyCompanyProductionDatabase1',
    'ThisIsMyVeryLongPassphrase99',
    'TheQuickBrownFoxJumpsOverTheLazyDogAgainAndAgain7',
    'qwertyuiopasdfghjklzxcvbnm12',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '0123456701234567012345670123456701234567',
    'deadbeefdeadbeefdeadbeefdeadbeef',
    '00000000-0000-4000-8000-000000000000',
    'c232ab00-9414-11ec-b3c8-9f6bdeced846',
  ]) {
    assert.equal(isMachineMade(human), false, human)
  }
})

test('a name that says password is never hashed, but for a token of known shape', () => {
  const hex = toHex(random(32))
  const token = `pypi-${made(80)}`
  withRoot(
    {
      'root/.pypirc': `[a]\npassword = ${hex}\n[b]\npassword = ${token}\n`,
      'srv/.env': `ADMIN_PASSWORD=${hex}\nPASSPHRASE=${hex}\n`,
    },
    (root) => {
      const found = scan(root)
      assert.deepEqual(
        found.credentials.map(({ sha256 }) => sha256).filter((sha) => sha !== undefined),
        [hash(token)],
      )
      assert.ok(!JSON.stringify(found).includes(hash(hex)))
    },
  )
})

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
