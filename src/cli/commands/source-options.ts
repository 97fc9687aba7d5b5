import { readFileSync } from 'node:fs'

import { isObject, parseJson } from '#kit'

import { CliError, type CliInput, type OptionSpec } from '../command.ts'

export const setOption: OptionSpec = {
  type: 'string',
  value: 'key=value',
  multiple: true,
  help: 'configuration of the connector, `logs.path=…` for a field inside, a list as JSON; may be repeated',
}
export const secretOptions: Record<'see' | 'contain', OptionSpec> = {
  see: {
    type: 'string',
    value: 'name=file:PATH',
    multiple: true,
    help: 'secret to look with, read from a file or env:NAME',
  },
  contain: { type: 'string', value: 'name=file:PATH', multiple: true, help: 'secret to act with' },
}

export const configOption = (input: CliInput): Record<string, unknown> => configFrom(pairsOption(input, 'set'))

export const secretsOption = (input: CliInput, name: 'see' | 'contain'): Record<string, string> =>
  Object.fromEntries(pairsOption(input, name).map(([key, where]) => [key, readSecret(where, input.io.env)]))

function pairsOption(input: CliInput, name: string): [string, string][] {
  const value = input.options[name]
  return (Array.isArray(value) ? value : []).map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new CliError('ERR_CLI_USAGE', `\`${pair}\` is no key=value`, { place: `--${name}` })
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
}

/** `logs.format=jsonlog` sets a field of an object, as in the configuration's own shape. */
function configFrom(pairs: readonly [string, string][]): Record<string, unknown> {
  const config: Record<string, unknown> = {}
  for (const [path, value] of pairs) {
    const parts = path.split('.')
    const last = parts.pop() ?? ''
    let at = config
    for (const part of parts) {
      const inner = isObject(at[part]) ? at[part] : {}
      at[part] = inner
      at = inner
    }
    at[last] = typedValue(value)
  }
  return config
}

/** What to set up at the sender, under a heading. */
export const setupLines = (setup: readonly string[]): string[] =>
  setup.length === 0 ? [] : ['', 'at the sender:', ...setup.map((line) => `  ${line}`)]

/** A list, as `places` and `successors` are, is its JSON; what only begins like one stays a text. */
function listOf(value: string): unknown[] | undefined {
  if (!value.startsWith('[')) return undefined
  try {
    const parsed = parseJson(value)
    return Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

const typedValue = (value: string): unknown => listOf(value) ?? plainValue(value)

const plainValue = (value: string): string | number | boolean =>
  /^\d{1,15}$/.test(value) ? Number(value) : value === 'true' ? true : value === 'false' ? false : value

export function readSecret(where: string, env: Readonly<Record<string, string | undefined>>): string {
  if (where.startsWith('file:')) return readFileSync(where.slice(5), 'utf8').trimEnd()
  const value = where.startsWith('env:') ? env[where.slice(4)] : undefined
  if (value === undefined)
    throw new CliError('ERR_CLI_USAGE', 'a secret is given as file:PATH or env:NAME, never on the command line')
  return value
}
