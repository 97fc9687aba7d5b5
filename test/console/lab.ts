import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { createHttp } from '#kit'
import { createClient, type Client } from '#cli'

const command = fileURLToPath(new URL('../../cordon', import.meta.url))
const storyWaitMs = 240_000

export type Lab = { url: string; token: string; admin: Client; stop(): Promise<void> }

/** What `npm start` starts, its story played to the end: a Cordon with sources, events, findings and an incident. */
export async function startLab(): Promise<Lab> {
  const child = spawn(process.execPath, [command, 'start', '--lab', '--seed', '1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<void>((done) => child.on('exit', () => done()))
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
  }
  const until = performance.now() + storyWaitMs
  for (;;) {
    const [, url, token] = /CORDON_URL=(\S+) CORDON_TOKEN=(\S+)/.exec(said) ?? []
    if (url !== undefined && token !== undefined) {
      return { url, token, admin: createClient({ url, token, user: 'lab-admin' }, createHttp([url])), stop }
    }
    if (child.exitCode !== null || performance.now() > until) {
      await stop()
      throw new Error(`the lab did not come to its end:\n${said}`)
    }
    await new Promise((done) => setTimeout(done, 100))
  }
}
