import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { systemClock } from '#kit'

import { freePort } from '../../lab/src/cordon/port.ts'
import { vaultChecks } from '../conformance/vault/checks.ts'
import { ask, type Vault } from '../conformance/vault/company.ts'

const oracles = process.env['CORDON_ORACLES'] ?? fileURLToPath(new URL('../../.cordon/oracles', import.meta.url))
const program = join(oracles, 'vault-kv')
const skip = existsSync(program) ? false : 'no KV engine: run test/systems/install-vault-kv.sh (needs Go)'
const startMsMax = 10_000

/** Vault's own KV engine: what the twin's tests say of the twin is said here of the vendor's code. */
suite("against Vault's own KV engine", { skip }, () => {
  let vault: Vault
  before(async () => {
    const port = await freePort()
    const [cluster, root] = ['0b1c7a52-aaaa-4c0e-9f53-0d6f6f6b1c2a', 'EXAMPLE-root']
    const child = spawn(program, [String(port), cluster, root], { stdio: ['ignore', 'ignore', 'inherit'] })
    const url = `http://127.0.0.1:${port}`
    vault = {
      url,
      cluster,
      root,
      clock: systemClock,
      async token(name, policy) {
        const paths = Object.fromEntries(Object.entries(policy).map(([path, list]) => [path, [...list]]))
        const { status } = await ask(vault, 'POST', 'sys/policy-token', { token: name, paths })
        assert.equal(status, 204)
      },
      close: async () => void child.kill(),
    }
    const deadline = Date.now() + startMsMax
    for (;;) {
      const isUp = await fetch(`${url}/v1/sys/health`).then(
        () => true,
        () => false,
      )
      if (isUp) break
      assert.ok(Date.now() < deadline, 'it starts in time')
      await wait(50)
    }
  })
  after(() => vault.close())
  for (const { name, run } of vaultChecks) test(name, () => run(vault))
})
