import { parseArgs } from 'node:util'

import { CordonError, parseDurationMs, type Clock } from '#kit'

/** Exit codes, the same for every command (docs/cli.md). */
export const exitCodes = {
  ok: 0,
  /** It worked, and the answer is not the good one: survivors remain, a ledger does not verify, lines were refused. */
  notClean: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  unavailable: 69,
  internal: 70,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export type OptionSpec = {
  type: 'string' | 'boolean'
  value?: string
  help: string
  short?: string
  multiple?: boolean
  default?: string | boolean
}

/** One verb. `run` prints results on stdout, talk on stderr, and answers with an exit code. */
export type CliCommand = {
  /** `incident list`: noun, then verb. */
  name: string
  summary: string
  /** Positional arguments as shown in help, for example `inc_…`; `?` at the end: may be left out; `DIR…`: one or more. */
  args: string[]
  options: Record<string, OptionSpec>
  example: string
  run(input: CliInput): Promise<ExitCode>
}

export type CliInput = {
  args: string[]
  options: Record<string, string | boolean | string[] | undefined>
  text(name: string): string | undefined
  flag(name: string): boolean
  io: CliIo
}

export type CliIo = {
  out(text: string): void
  err(text: string): void
  stdin(): AsyncIterable<Uint8Array>
  env: Readonly<Record<string, string | undefined>>
  clock: Clock
  isTty: boolean
  columns: number
}

export class CliError extends CordonError<
  'ERR_CLI_USAGE' | 'ERR_CLI_UNREACHABLE' | 'ERR_CLI_NO_TOKEN' | 'ERR_CLI_FILE'
> {}

/** Arguments that may be repeated. */
export const manyDirs = 'DIR…'
export const manyPeople = 'PERSON…'
export const manyIncidents = 'INCIDENT…'
export const manyFindings = 'FINDING…'
export const manyRights = 'RIGHT…'
export const manyItems = 'NUMBER…'
const many = [manyDirs, manyPeople, manyIncidents, manyFindings, manyRights, manyItems]

const commonOptions: Record<string, OptionSpec> = {
  json: { type: 'boolean', help: 'print the result as one JSON document' },
  help: { type: 'boolean', short: 'h', help: 'show this' },
}

/** Runs what `argv` names. Every error ends as one or two plain lines and an exit code, never as a stack. */
export async function runCli(
  program: { version: string; commands: readonly CliCommand[] },
  argv: readonly string[],
  io: CliIo,
): Promise<ExitCode> {
  if (argv[0] === 'help' && argv.length > 1) return runCli(program, [...argv.slice(1), '--help'], io)
  const words = argv.filter((word) => !word.startsWith('-'))
  if (argv[0] === '--version' || argv[0] === 'version') {
    io.out(program.version)
    return exitCodes.ok
  }
  const command = [...program.commands]
    .sort((a, b) => b.name.length - a.name.length)
    .find(({ name }) => name.split(' ').every((word, index) => words[index] === word && argv[index] === word))
  if (command === undefined) {
    if (argv.length > 0 && argv[0] !== '--help' && argv[0] !== '-h' && argv[0] !== 'help') {
      const inside = program.commands.filter(({ name }) => name.startsWith(`${argv[0]} `))
      if (inside.length > 0 && (argv[1] === '--help' || argv[1] === '-h')) {
        io.out(overview(inside))
        return exitCodes.ok
      }
      io.err(
        inside.length > 0
          ? `cordon: \`${argv[0]}\` needs a verb: ${inside.map(({ name }) => name).join(' · ')}`
          : argv[0]?.startsWith('-') === true
            ? `cordon: \`${argv[0]}\` stands before the command; options come after it`
            : `cordon: no command \`${argv[0]}\``,
      )
      io.err('        `cordon --help` lists them')
      return exitCodes.usage
    }
    io.out(overview(program.commands))
    return exitCodes.ok
  }
  try {
    const input = parse(command, argv.slice(command.name.split(' ').length), io)
    if (input === 'help') {
      io.out(help(command))
      return exitCodes.ok
    }
    return await command.run(input)
  } catch (error) {
    return explain(command, error, io, argv.includes('--json'))
  }
}

function parse(command: CliCommand, argv: string[], io: CliIo): CliInput | 'help' {
  const specs = { ...command.options, ...commonOptions }
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      allowNegative: true,
      options: Object.fromEntries(
        Object.entries(specs).map(([name, { type, short, multiple, default: fallback }]) => [
          name,
          {
            type,
            ...(short === undefined ? {} : { short }),
            ...(multiple === true ? { multiple: true } : {}),
            ...(fallback === undefined ? {} : { default: fallback }),
          },
        ]),
      ),
    })
    const options = mapValues(values)
    if (options['help'] === true) return 'help'
    const needed = command.args.filter((name) => !name.endsWith('?')).length
    const most = command.args.some((name) => many.some((repeated) => name.startsWith(repeated)))
      ? Infinity
      : command.args.length
    if (positionals.length < needed || positionals.length > most) {
      throw new CliError(
        'ERR_CLI_USAGE',
        `\`cordon ${command.name}\` takes ${command.args.length === 0 ? 'no argument' : command.args.join(' ')}`,
        { hint: `for example: ${command.example}` },
      )
    }
    return {
      args: positionals,
      options,
      text: (name) => {
        const value = options[name]
        return typeof value === 'string' ? value : undefined
      },
      flag: (name) => options[name] === true,
      io,
    }
  } catch (error) {
    if (error instanceof CliError) throw error
    const message = error instanceof Error ? error.message.split('. ')[0] : 'cannot be read'
    throw new CliError('ERR_CLI_USAGE', (message ?? '').toLowerCase().replaceAll("'", '`'), {
      hint: `cordon ${command.name} --help`,
    })
  }
}

/** What an option says as a length of time, in ms, `leastMs` or more. */
export function durationOf(text: string, name: string, example: string, leastMs = 0): number {
  const ms = parseDurationMs(text)
  if (ms !== undefined && ms >= leastMs) return ms
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no length of time`, {
    place: `--${name}`,
    hint: `for example ${example}`,
  })
}

/** What an option without a default says. */
export function neededOption(input: CliInput, name: string, hint: string): string {
  const text = input.text(name)
  if (text !== undefined && text !== '') return text
  throw new CliError('ERR_CLI_USAGE', `say --${name}`, { place: `--${name}`, hint })
}

/** A whole number from 0 on, from an option. */
export function countOption(input: CliInput, name: string, fallback: number): number {
  const text = input.text(name)
  if (text === undefined) return fallback
  if (!/^\d{1,9}$/.test(text))
    throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no whole number`, { place: `--${name}` })
  return Number(text)
}

function mapValues(values: Record<string, unknown>): CliInput['options'] {
  const out: CliInput['options'] = {}
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string' || typeof value === 'boolean') out[name] = value
    else if (Array.isArray(value)) out[name] = value.map(String)
  }
  return out
}

function explain(command: CliCommand, caught: unknown, io: CliIo, json: boolean): ExitCode {
  const error = caught instanceof CordonError ? caught : fromSystem(caught)
  if (error === undefined) {
    const message = `something failed inside Cordon: ${caught instanceof Error ? caught.message : String(caught)}`
    io.err(json ? JSON.stringify({ code: 'ERR_INTERNAL', message }) : `cordon ${command.name}: ${message}`)
    return exitCodes.internal
  }
  if (json) {
    io.err(JSON.stringify({ code: error.code, message: error.message, place: error.place, hint: error.hint }))
  } else {
    // What tells of many places begins with the first of them.
    const place = error.place === undefined || error.message.startsWith(`${error.place}: `) ? '' : `${error.place}: `
    io.err(`cordon ${command.name}: ${place}${error.message}`)
    if (error.hint !== undefined) io.err(`        ${error.hint}`)
  }
  return exitOf(error)
}

const systemSays: Record<string, [says: string, hint: string]> = {
  ENOENT: ['there is no such file or directory', 'check the path'],
  EACCES: ['this user may not do that there', 'check who owns it, or run as the user it belongs to'],
  EPERM: ['this user may not do that there', 'check who owns it, or run as the user it belongs to'],
  EROFS: ['this file system is read-only', 'name a place that can be written'],
  ENOTDIR: ['a part of this path is a file, not a directory', 'check the path'],
  EISDIR: ['this is a directory, not a file', 'name a file'],
  EEXIST: ['it exists already, and nothing is overwritten', 'name another place, or move that one away'],
  ENOSPC: ['the disk is full', 'make room, then run it again; what was acknowledged is kept'],
}

/** What the operating system refused, by the path it names; undefined for everything that is no such refusal. */
function fromSystem(error: unknown): CliError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined
  const known = systemSays[String(error.code)]
  if (known === undefined) return undefined
  const [says, hint] = known
  return new CliError('ERR_CLI_FILE', says, { place: String(error.path), hint, cause: error })
}

function exitOf(error: CordonError): ExitCode {
  if (/FORBIDDEN|SIGN_IN|REFUSED|NO_TOKEN|APPROVAL/.test(error.code)) return exitCodes.refused
  if (/NOT_FOUND|UNKNOWN/.test(error.code)) return exitCodes.notFound
  if (/UNREACHABLE|STORE_|RPC_|HTTP_|_CONNECT$|_LISTEN$/.test(error.code)) return exitCodes.unavailable
  if (error.code === 'ERR_INTERNAL') return exitCodes.internal
  return exitCodes.usage
}

function overview(commands: readonly CliCommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'cordon: when a package, key, app or vendor goes bad, contain it and prove it',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Every command takes --json and --help. Exit codes: 0 good · 1 worked, answer not clean · 2 usage · 3 refused · 4 not found · 69 unavailable · 70 internal',
  ].join('\n')
}

export function help(command: CliCommand): string {
  const options = Object.entries({ ...command.options, ...commonOptions })
  const left = options.map(
    ([name, { short, value }]) =>
      `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
  )
  const width = Math.max(...left.map((text) => text.length))
  return [
    `cordon ${command.name}${command.args.map((arg) => ` ${arg}`).join('')}`,
    `    ${command.summary}`,
    '',
    'Options',
    ...options.map(([, { help: text }], index) => `  ${(left[index] ?? '').padEnd(width)}  ${text}`),
    '',
    'Example',
    `  ${command.example}`,
    '',
    'Exit codes: 0 good · 1 worked, answer not clean · 2 usage · 3 refused · 4 not found · 69 unavailable · 70 internal',
  ].join('\n')
}
