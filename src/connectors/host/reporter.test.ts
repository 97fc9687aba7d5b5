import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { toBase64url, toHex } from '#kit'

import { isMachineMade, toRecords } from './reporter/cordon-host-report.mjs'
import { at, hash, jwt, made, nowMs, random, scan, withRoot } from './testing.ts'
import { renderWhatif, summarizeWhatif } from './whatif.ts'

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
