import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePort } from '../../lab/src/cordon/port.ts'

const oracles = process.env['CORDON_ORACLES'] ?? join(process.cwd(), '.cordon', 'oracles')
const command = join(oracles, 'litellm', 'bin', 'litellm')
/** Reason to skip, or false. */
export const skipProxy = existsSync(command) ? false : 'run test/systems/install-litellm.sh first'
/** Loading takes it half a minute on two busy cores. */
const startMsMax = 180_000
const lookEveryMs = 500

/** LiteLLM's own proxy on loopback, without a database. `config`: its YAML. */
export async function startProxy(config: string, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-litellm-'))
  const file = join(folder, 'config.yaml')
  writeFileSync(file, config, { mode: 0o600 })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { PATH = '' } = process.env
  const child = spawn(command, ['--config', file, '--host', '127.0.0.1', '--port', String(port)], {
    env: { PATH, HOME: folder, LITELLM_LOCAL_MODEL_COST_MAP: 'True', ...env },
    stdio: 'ignore',
  })
  const stop = (): void => {
    child.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  for (const endMs = Date.now() + startMsMax; Date.now() < endMs;) {
    const answer = await fetch(`${url}/health/liveliness`).catch(() => undefined)
    if (answer?.ok === true) return { url, stop }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  stop()
  throw new Error('the proxy does not start')
}
