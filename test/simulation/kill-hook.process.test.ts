import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { Webhook } from 'standardwebhooks'

import { seededInt, seededRandom } from '#kit'
import { logWriter, openEventLog, readEventsMax } from '#log'
import { defaultTenant } from '#model'
import { openLocalStore, storeFile } from '#store'

import { hookSecret } from './hook-program.ts'
import { logKeysOf } from './log-keys.ts'

/** 1 in every run; `CORDON_KILL_ROUNDS=100` for more. */
const rounds = Number(process.env['CORDON_KILL_ROUNDS'] ?? 1)
const callsAtOnce = 4
const program = join(import.meta.dirname, 'hook-program.ts')
const hook = new Webhook(hookSecret)

function start(
  dataDir: string,
  crashAt: string,
): Promise<{ child: ChildProcess; port: number; dead: Promise<unknown> }> {
  const child = spawn(process.execPath, ['--conditions=source', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning', CORDON_CRASH_AT: crashAt },
  })
  const dead = new Promise((done) => child.once('close', (_, signal) => done(signal)))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    void dead.then(() => reject(new Error('the program ended before it was up')))
    child.stdout.once('data', (text: Buffer) => resolve({ child, port: Number(String(text).slice(5)), dead }))
  })
}

type Sender = { port: number; next: () => string; retry: string[]; onAck: (id: string) => void }

/** Calls until one is not answered, as a sender does who keeps the id until somebody says 2xx. */
async function callUntilDead({ port, next, retry, onAck }: Sender): Promise<void> {
  for (;;) {
    const id = retry.pop() ?? next()
    const body = JSON.stringify([
      { id, line: 1 },
      { id, line: 2 },
    ])
    const now = new Date()
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': hook.sign(id, now, body),
    }
    const answer = await fetch(`http://127.0.0.1:${port}/v1/hooks/crm`, { method: 'POST', headers, body }).catch(
      () => null,
    )
    if (answer === null) {
      retry.push(id)
      return
    }
    assert.equal(answer.status, 200, await answer.text())
    onAck(id)
  }
}

test('killed between receive and acknowledgement, a webhook is neither lost nor doubled', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cordon-kill-hook-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const random = seededRandom(Number(process.env['CORDON_KILL_SEED'] ?? 1))
  const [acked, retry]: [Set<string>, string[]] = [new Set(), []]
  let made = 0
  const next = (): string => `msg_${++made}`
  const deaths = ['log.before-ack:3', 'store.before-commit:4', ...Array.from({ length: rounds }, () => '')]
  let doubled = 0
  for (const crashAt of deaths) {
    const { child, port, dead } = await start(dataDir, crashAt)
    let timer: NodeJS.Timeout | undefined
    const onAck = (id: string): void => {
      acked.add(id)
      // From the first answer on, however long a busy machine takes to come to it.
      if (crashAt === '') timer ??= setTimeout(() => child.kill('SIGKILL'), seededInt(random, 200))
    }
    doubled += retry.length
    await Promise.all(Array.from({ length: callsAtOnce }, () => callUntilDead({ port, next, retry, onAck })))
    assert.equal(await dead, 'SIGKILL', 'the program was killed, it did not end')
  }
  const store = openLocalStore([logWriter()], join(dataDir, storeFile))
  const log = openEventLog({ ...store, keys: logKeysOf('example') })
  const lines = new Map<string, number>()
  for (let after = 0; ;) {
    const page = await log.read(defaultTenant, after, readEventsMax)
    if (page.length === 0) break
    after = page.at(-1)?.offset ?? after
    for (const { raw } of page) lines.set(raw, (lines.get(raw) ?? 0) + 1)
  }
  store.close()
  assert.ok(acked.size > 0 && doubled > 0, `calls were answered (${acked.size}) and sent again (${doubled})`)
  assert.deepEqual(
    [...lines].filter(([, times]) => times !== 1),
    [],
    'nothing is doubled',
  )
  const there = new Set([...lines.keys()].map((raw) => /"id":"(\w+)","line":2/.exec(raw)?.[1]))
  assert.deepEqual(
    [...acked].filter((id) => !there.has(id)),
    [],
    'nothing acknowledged is lost',
  )
})
