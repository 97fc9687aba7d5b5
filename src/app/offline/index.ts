import type { CliCommand } from '#cli'

/** Words of which a server has commands, too. */
const shared: ReadonlySet<string> = new Set(['event', 'rule'])

/** By first word, in the order of the help. Loaded when asked for: a start must not pay for a host scanner. */
const groups: Readonly<Record<string, () => Promise<readonly CliCommand[]>>> = {
  start: async () => [(await import('./start.ts')).startCommand],
  init: async () => [(await import('./init.ts')).initCommand],
  whatif: async () => (await import('./host.ts')).hostCommands.filter(({ name }) => name === 'whatif'),
  host: async () => (await import('./host.ts')).hostCommands.filter(({ name }) => name !== 'whatif'),
  backup: async () => (await import('./backup.ts')).backupCommands.filter(({ name }) => name === 'backup'),
  restore: async () => (await import('./backup.ts')).backupCommands.filter(({ name }) => name !== 'backup'),
  ledger: async () => (await import('./ledger.ts')).ledgerCommands,
  policy: async () => (await import('./policy.ts')).policyCommands,
  event: async () => (await import('./event.ts')).eventCommands,
  rule: async () => (await import('./rule/index.ts')).ruleCommands,
  vault: async () => (await import('./vault.ts')).vaultCommands,
}

/** Commands that need no running server, or start one. */
export const offlineCommands = async (): Promise<readonly CliCommand[]> =>
  (await Promise.all(Object.values(groups).map((load) => load()))).flat()

/** Those that begin with this word, none when it is no such word; `all`: no server has another one that does. */
export async function offlineCommandsUnder(word: string): Promise<{ commands: readonly CliCommand[]; all: boolean }> {
  const load = Object.hasOwn(groups, word) ? groups[word] : undefined
  return load === undefined ? { commands: [], all: false } : { commands: await load(), all: !shared.has(word) }
}
