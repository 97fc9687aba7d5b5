import { existsSync } from 'node:fs'

import { systemClock } from '#kit'
import { defaultTenant, type Receipt } from '#model'
import { createLedger, exportLedger, formatNoteKey, verifyLedgerDir } from '#ledger'
import { openReader } from '#store'
import { openCoreVault } from '#vault'
import {
  CliError,
  countOption,
  exitCodes,
  listOptions,
  printList,
  table,
  timeCell,
  type CliCommand,
  type Columns,
} from '#cli'

import { paths, type Paths } from '../paths.ts'
import { configOf, configOptions } from './start.ts'

const openStore = (at: Paths): ReturnType<typeof openReader> => {
  if (!existsSync(at.store))
    throw new CliError('ERR_CLI_FILE', `there is no store in \`${at.data}\``, {
      hint: 'name the data directory with --data, or the configuration with --config',
    })
  return openReader(at.store)
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

const verify: CliCommand = {
  name: 'ledger verify',
  summary: 'check an exported ledger with nothing but its files: every leaf, the tree, every checkpoint',
  args: ['DIR'],
  options: {
    witness: {
      type: 'string',
      value: 'DIR',
      multiple: true,
      help: 'checkpoints kept outside; a tree that contradicts one is refused. May be repeated',
    },
    key: {
      type: 'string',
      value: 'TEXT',
      multiple: true,
      help: "the ledger's public key, got from somewhere else than the export",
    },
  },
  example: 'cordon ledger verify ./ledger-export --witness /mnt/auditor/cordon',
  run(input) {
    const keys = listOf(input.options['key'])
    const report = verifyLedgerDir(input.args[0] ?? '', {
      witnessDirs: listOf(input.options['witness']),
      ...(keys.length === 0 ? {} : { publicKey: keys }),
    })
    if (input.flag('json')) input.io.out(JSON.stringify(report))
    else {
      input.io.out(
        `${report.ok ? 'The ledger verifies' : 'THE LEDGER DOES NOT VERIFY'}: ${report.size} leaves, root ${report.rootHash}, ${report.checkpoints} checkpoints, ${report.witnessed} of them from outside`,
      )
      for (const { index, what } of report.faults) input.io.out(`${index === null ? 'tree' : `leaf ${index}`}: ${what}`)
      if (report.ok && report.witnessed === 0) {
        input.io.out(
          'No checkpoint from outside was given: whoever holds the signing key could have rewritten all of it. Name one with --witness.',
        )
      }
    }
    return Promise.resolve(report.ok ? exitCodes.ok : exitCodes.notClean)
  },
}

const exportCommand: CliCommand = {
  name: 'ledger export',
  summary: 'write the ledger as files that anybody can verify (C2SP tlog-tiles)',
  args: ['DIR'],
  options: configOptions,
  example: 'cordon ledger export ./ledger-export --data /var/lib/cordon',
  async run(input) {
    const at = paths(configOf(input))
    const reader = openStore(at)
    try {
      // Where core died before it signed its last leaves, the export alone holds their checkpoint.
      const keys = openCoreVault(at.keys).ledgerKeys
      const ledger = createLedger({ reader, writer: null, keys, clock: systemClock })
      await exportLedger({ reader, ledger, tenant: defaultTenant, dir: input.args[0] ?? '' })
      const publicKeys = ledger.publicKeys(defaultTenant).map(formatNoteKey)
      input.io.out(
        input.flag('json')
          ? JSON.stringify({ dir: input.args[0], size: ledger.size(defaultTenant), publicKeys })
          : `wrote ${ledger.size(defaultTenant)} leaves. Public key, to be given by another way than the export: ${publicKeys.join(' ')}`,
      )
      return exitCodes.ok
    } finally {
      reader.close()
    }
  },
}

type Shown = Omit<Receipt, 'sealed'> & { sealed: string[]; hash: string }
const receiptColumns: Columns<Shown> = [
  ['at', ({ atMs }) => timeCell(atMs)],
  ['what', ({ what }) => what],
  ['customer', ({ customer }) => customer],
  ['facts', ({ facts }) => JSON.stringify(facts)],
  ['sealed', ({ sealed }) => sealed.join(' ')],
  ['hash', ({ hash }) => hash],
]

const list: CliCommand = {
  name: 'ledger list',
  summary: 'the newest receipts',
  args: [],
  options: { ...configOptions, max: { type: 'string', value: 'N', help: 'how many (default 20)' }, ...listOptions },
  example: 'cordon ledger list --max 50',
  run(input) {
    const at = paths(configOf(input))
    const reader = openStore(at)
    try {
      const keys = openCoreVault(at.keys).ledgerKeys
      const ledger = createLedger({ reader, writer: null, keys, clock: systemClock })
      const size = ledger.size(defaultTenant)
      const max = Math.min(size, countOption(input, 'max', 20))
      const leaves = Array.from({ length: max }, (_, back) => ledger.leaf(defaultTenant, size - 1 - back)).filter(
        (leaf) => leaf !== undefined,
      )
      const receipts = leaves.map(({ receipt, hash }) => ({ ...receipt, sealed: Object.keys(receipt.sealed), hash }))
      const text = (): void =>
        input.io.out(
          table(
            ['at', 'what', 'facts'],
            leaves.map(({ receipt }) => [
              new Date(receipt.atMs).toISOString(),
              receipt.what,
              Object.entries(receipt.facts)
                .map(([name, value]) => `${name}=${String(value)}`)
                .join(' '),
            ]),
          ),
        )
      printList(input, { json: () => ({ size, receipts }), rows: receipts, columns: receiptColumns, text })
      return Promise.resolve(exitCodes.ok)
    } finally {
      reader.close()
    }
  },
}

export const ledgerCommands: readonly CliCommand[] = [verify, exportCommand, list]
