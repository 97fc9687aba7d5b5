import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { assert, newId, systemClock, systemRandom } from '#kit'
import { defaultTenant } from '#model'
import { appendReceiptIn, createLedger, receiptArgs, restartLedger } from '#ledger'
import { raiseFenceEpoch } from '#respond'
import { backup, openReader, restore, type Tx, type WriterModule } from '#store'
import { isKeyDirectoryEmpty, openCoreVault } from '#vault'
import { exitCodes, plural, type CliCommand } from '#cli'

import { makeDataDir, paths } from '../paths.ts'
import { writerModules } from '../writer-modules.ts'
import { configOf, configOptions } from './start.ts'

const make: CliCommand = {
  name: 'backup',
  summary: 'copy a running store as of one moment; keys stay out unless asked for',
  args: ['DIR'],
  options: {
    ...configOptions,
    'with-keys': { type: 'boolean', help: 'take the keys along: the backup then opens everything' },
  },
  example: 'cordon backup /mnt/backup/cordon-2026-03-24',
  async run(input) {
    const at = paths(configOf(input))
    const manifest = await backup({
      dataDir: at.data,
      out: input.args[0] ?? '',
      nowMs: systemClock.nowMs(),
      facts: (reader) => ({
        logHead:
          reader.get<{ last: number | null }>(
            'SELECT max(last_offset) AS last FROM log_segment WHERE tenant = ?',
            defaultTenant,
          )?.last ?? 0,
        ledgerSize:
          reader.get<{ n: number }>('SELECT count(*) AS n FROM ledger_leaf WHERE tenant = ?', defaultTenant)?.n ?? 0,
      }),
      ...(input.flag('with-keys') ? { keysDir: at.keys } : {}),
    })
    input.io.out(
      input.flag('json')
        ? JSON.stringify(manifest)
        : `backed up ${plural(manifest.files.length, 'file')}: log at ${manifest.facts['logHead']}, ledger of ${manifest.facts['ledgerSize']} leaves${manifest.holdsKeys ? '; WITH KEYS, keep it like the machine itself' : '; without keys: keep those elsewhere'}`,
    )
    return exitCodes.ok
  },
}

const bring: CliCommand = {
  name: 'restore',
  summary:
    'bring a backup into an empty data directory; raises the fence, and every open intent is read back before anything runs',
  args: ['DIR'],
  options: {
    ...configOptions,
    witness: {
      type: 'string',
      value: 'DIR',
      multiple: true,
      help: 'checkpoints kept outside, to prove the ledger against',
    },
  },
  example: 'cordon restore /mnt/backup/cordon-2026-03-24 --data /var/lib/cordon',
  async run(input) {
    const config = configOf(input)
    const modules = writerModules()
    const nowMs = systemClock.nowMs()
    const reconcile = modules.flatMap(({ handlers }) => handlers).find(({ name }) => name === raiseFenceEpoch.command)
    assert(reconcile !== undefined, 'respond can reconcile after a restore')
    const from = input.args[0] ?? ''
    const outside = largestOutside(input.options['witness'])
    const lost: { had: number; witnessed: number }[] = []
    const { manifest, fenceEpoch } = await restore({
      from,
      dataDir: paths(config).data,
      keysDir: paths(config).keys,
      nowMs,
      modules,
      afterRestore: [
        (tx: Tx) => {
          const had =
            tx.get<{ n: number }>('SELECT count(*) AS n FROM ledger_leaf WHERE tenant = ?', defaultTenant)?.n ?? 0
          if (outside <= had) return
          lost.push({ had, witnessed: outside })
          restartLedgerIn(modules, tx, { had, witnessed: outside }, nowMs)
        },
        (tx: Tx) => void reconcile.run(tx, { restore: newId('rst', systemRandom), atMs: nowMs }),
      ],
    })
    const at = makeDataDir(config)
    const contradictions = !isKeyDirectoryEmpty(at.keys)
      ? checkLedger(at.store, at.keys, input.options['witness'], lost[0]?.had)
      : []
    input.io.out(
      input.flag('json')
        ? JSON.stringify({ fenceEpoch, facts: manifest.facts, lost: lost[0] ?? null, contradictions })
        : `restored: log at ${manifest.facts['logHead']}, ledger of ${manifest.facts['ledgerSize']} leaves, fence epoch ${fenceEpoch}. Open intents are read back before anything runs.`,
    )
    for (const { had, witnessed } of lost) {
      input.io.err(
        `A WITNESS KNOWS ${witnessed} RECEIPTS, THIS BACKUP HAS ${had}: those between are lost. The ledger goes on under a new origin, and a receipt says so; give its public key and the old checkpoints to whoever verifies it.`,
      )
    }
    for (const says of contradictions) input.io.err(`THE LEDGER CONTRADICTS A WITNESS: ${says}`)
    return contradictions.length === 0 && lost.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const checkpointName = /(?:^|[/\\])(\d{1,15})\.[0-9a-f]{16}(?:\.\d)?\.checkpoint$/

/** Leaves in the largest checkpoint that lies in these directories; 0 without one. */
function largestOutside(dirs: unknown): number {
  if (!Array.isArray(dirs)) return 0
  const names = dirs.map(String).flatMap((dir) => readdirSync(dir, { recursive: true, encoding: 'utf8' }))
  return names.reduce((most, name) => Math.max(most, Number(checkpointName.exec(name)?.[1] ?? 0)), 0)
}

/** The old tree may never be signed again: it would contradict what lies outside, and nothing would be signed any more. */
function restartLedgerIn(
  modules: readonly WriterModule[],
  tx: Tx,
  facts: { had: number; witnessed: number },
  atMs: number,
): void {
  const restart = modules.flatMap(({ handlers }) => handlers).find(({ name }) => name === restartLedger.command)
  assert(restart !== undefined, 'the ledger can go on under a new origin')
  restart.run(tx, { tenant: defaultTenant })
  const receipt = { tenant: defaultTenant, what: 'ledger.restarted', atMs, customer: null, facts, sealed: {} }
  const { receipt: whole, ...salts } = receiptArgs(receipt, systemRandom)
  appendReceiptIn(tx, whole, salts)
}

/** What outside checkpoints say against the leaves that this ledger has. */
function checkLedger(store: string, keys: string, dirs: unknown, had?: number): string[] {
  if (!Array.isArray(dirs)) return []
  const reader = openReader(store)
  try {
    const writer = { submit: () => Promise.reject(new Error('reading writes nothing')) }
    const ledger = createLedger({ reader, writer, keys: openCoreVault(keys).ledgerKeys, clock: systemClock })
    return dirs.map(String).flatMap((dir) =>
      readdirSync(dir, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.checkpoint'))
        .flatMap((name) => {
          const size = Number(checkpointName.exec(name)?.[1])
          // More than this ledger ever had: said before, as what is lost.
          if (size > (had ?? ledger.size(defaultTenant))) return []
          const root = rootOf(join(dir, name))
          const says =
            root === undefined ? `\`${name}\` is no checkpoint` : ledger.contradiction(defaultTenant, size, root)
          return says === undefined ? [] : [says]
        }),
    )
  } finally {
    reader.close()
  }
}

function rootOf(path: string): string | undefined {
  const [, , root] = readFileSync(path, 'utf8').split('\n')
  return root === undefined ? undefined : Buffer.from(root, 'base64').toString('hex')
}

export const backupCommands: readonly CliCommand[] = [make, bring]
