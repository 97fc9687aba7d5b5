import { assert, newId, systemClock, systemRandom } from '#kit'
import { defaultTenant } from '#model'
import {
  appendReceiptIn,
  createLedger,
  readOutside,
  receiptArgs,
  restartLedger,
  type OutsideCheckpoints,
} from '#ledger'
import { raiseFenceEpoch } from '#respond'
import { backup, openReader, restore, type Tx, type WriterModule } from '#store'
import { isKeyDirectoryEmpty, openCoreVault, type LedgerKeys } from '#vault'
import { exitCodes, plural, type CliCommand } from '#cli'

import type { Config } from '../config.ts'
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
    const given = input.options['witness']
    const dirs = Array.isArray(given) ? given.map(String) : []
    let outside: OutsideCheckpoints = { checkpoints: [], faults: [] }
    const lost: { had: number; witnessed: number }[] = []
    const { manifest, fenceEpoch } = await restore({
      from,
      dataDir: paths(config).data,
      keysDir: paths(config).keys,
      nowMs,
      modules,
      afterRestore: [
        (tx: Tx) => {
          // Keys of the backup are in place by now; kept elsewhere, they come only after this.
          outside = readOutside(dirs, defaultTenant, ledgerKeysIn(config))
          const witnessed = outside.checkpoints.reduce((most, { size }) => Math.max(most, size), 0)
          const had =
            tx.get<{ n: number }>('SELECT count(*) AS n FROM ledger_leaf WHERE tenant = ?', defaultTenant)?.n ?? 0
          if (witnessed <= had) return
          lost.push({ had, witnessed })
          restartLedgerIn(modules, tx, { had, witnessed }, nowMs)
        },
        (tx: Tx) => void reconcile.run(tx, { restore: newId('rst', systemRandom), atMs: nowMs }),
      ],
    })
    const at = makeDataDir(config)
    const keys = ledgerKeysIn(config)
    const isUnsigned = keys === undefined && outside.checkpoints.length > 0
    const contradictions = keys === undefined ? [] : checkLedger(at.store, keys, outside, lost[0]?.had)
    input.io.out(
      input.flag('json')
        ? JSON.stringify({
            fenceEpoch,
            facts: manifest.facts,
            lost: lost[0] ?? null,
            contradictions,
            notBelieved: outside.faults,
          })
        : `restored: log at ${manifest.facts['logHead']}, ledger of ${manifest.facts['ledgerSize']} leaves, fence epoch ${fenceEpoch}. Open intents are read back before anything runs.`,
    )
    for (const { had, witnessed } of lost) {
      input.io.err(
        `A WITNESS KNOWS ${witnessed} RECEIPTS, THIS BACKUP HAS ${had}: those between are lost. The ledger goes on under a new origin, and a receipt says so; give its public key and the old checkpoints to whoever verifies it.`,
      )
    }
    for (const says of contradictions) input.io.err(`THE LEDGER CONTRADICTS A WITNESS: ${says}`)
    for (const says of outside.faults) input.io.err(`NOT BELIEVED, of what lies at a witness: ${says}`)
    if (isUnsigned) {
      input.io.err(
        'The keys are not here, so nobody looked whether the checkpoints are signed: bring the keys, start, and run `cordon ledger verify` with the same --witness.',
      )
    }
    const isClean = contradictions.length + lost.length + outside.faults.length === 0
    return isClean ? exitCodes.ok : exitCodes.notClean
  },
}

const ledgerKeysIn = ({ keysDir }: Config) =>
  isKeyDirectoryEmpty(keysDir) ? undefined : openCoreVault(keysDir).ledgerKeys

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

/** What outside checkpoints say against the leaves that this ledger has. More than it ever had: said before, as lost. */
function checkLedger(store: string, keys: LedgerKeys, { checkpoints }: OutsideCheckpoints, had?: number): string[] {
  const reader = openReader(store)
  try {
    const ledger = createLedger({ reader, writer: null, keys, clock: systemClock })
    const sizeMax = had ?? ledger.size(defaultTenant)
    return checkpoints.flatMap(({ size, rootHash }) => {
      const says = size > sizeMax ? undefined : ledger.contradiction(defaultTenant, size, rootHash)
      return says === undefined ? [] : [says]
    })
  } finally {
    reader.close()
  }
}

export const backupCommands: readonly CliCommand[] = [make, bring]
