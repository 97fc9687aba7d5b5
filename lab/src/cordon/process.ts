import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createCordonClient, type CordonClient } from './client.ts'
import { freePort } from './port.ts'

export type CordonProcess = { url: string; pid: number; bootstrapToken: string; stop(): Promise<void>; log(): string }

export const startWaitMs = 90_000
export const stopWaitMs = 8000
const logCharsMax = 100_000

/** Starts this checkout's `cordon start` on a fresh data directory and a free loopback port, and waits until it answers. */
export async function startCordon(setup: {
  dataDir: string
  configFile: string
  signal: AbortSignal
}): Promise<CordonProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const command = fileURLToPath(new URL('../../../cordon', import.meta.url))
  const args = ['start', '--config', setup.configFile, '--data', setup.dataDir, '--listen', `127.0.0.1:${port}`]
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString('utf8')).slice(-logCharsMax)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 70)))
  let hasEnded = false
  void ended.then(() => (hasEnded = true))
  const stop = async (): Promise<void> => {
    if (hasEnded) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWaitMs)
    await ended
    clearTimeout(timer)
  }
  const deadlineMs = performance.now() + startWaitMs
  for (;;) {
    if (hasEnded) throw new Error(`Cordon did not start:\n${text.slice(-2000)}`)
    if (setup.signal.aborted || performance.now() > deadlineMs) {
      await stop()
      throw new Error(
        setup.signal.aborted ? 'stopped' : `Cordon did not answer within ${startWaitMs} ms:\n${text.slice(-2000)}`,
      )
    }
    if (await isUp(createCordonClient(url, ''))) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    url,
    pid: child.pid ?? 0,
    bootstrapToken: readFileSync(join(setup.dataDir, 'bootstrap-token'), 'utf8').trim(),
    stop,
    log: () => text,
  }
}

const isUp = (client: CordonClient): Promise<boolean> =>
  client.call('system.health').then(
    (health) => health.hands,
    () => false,
  )
