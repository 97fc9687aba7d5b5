import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { assert, newId, systemClock, systemRandom } from '#kit'
import { defaultTenant } from '#model'
import { createLedger } from '#ledger'
import { raiseFenceEpoch } from '#respond'
import { backup, openReader, restore, type Tx } from '#store'
import { openCoreVault } from '#vault'
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
    const { manifest, fenceEpoch } = await restore({
      from: input.args[0] ?? '',
      dataDir: paths(config).data,
      keysDir: paths(config).keys,
      nowMs,
      modules,
      afterRestore: [(tx: Tx) => void reconcile.run(tx, { restore: newId('rst', systemRandom), atMs: nowMs })],
    })
    const at = makeDataDir(config)
    const contradictions = existsSync(at.keys) ? checkLedger(at.store, at.keys, input.options['witness']) : []
    input.io.out(
      input.flag('json')
        ? JSON.stringify({ fenceEpoch, facts: manifest.facts, contradictions })
        : `restored: log at ${manifest.facts['logHead']}, ledger of ${manifest.facts['ledgerSize']} leaves, fence epoch ${fenceEpoch}. Open intents are read back before anything runs.`,
    )
    for (const says of contradictions) input.io.err(`THE LEDGER CONTRADICTS A WITNESS: ${says}`)
    return contradictions.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

/** What outside checkpoints say against this ledger. A restored ledger may be shorter than a witness knows: that is said, too. */
function checkLedger(store: string, keys: string, dirs: unknown): string[] {
  if (!Array.isArray(dirs)) return []
  const reader = openReader(store)
  try {
    const writer = { submit: () => Promise.reject(new Error('reading writes nothing')) }
    const ledger = createLedger({ reader, writer, keys: openCoreVault(keys).ledgerKeys, clock: systemClock })
    return dirs.map(String).flatMap((dir) =>
      readdirSync(dir, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.checkpoint'))
        .flatMap((name) => {
          const size = Number(/(\d+)\.[0-9a-f]{16}/.exec(name)?.[1])
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
