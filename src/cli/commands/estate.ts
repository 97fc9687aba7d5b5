import { createReadStream, readFileSync } from 'node:fs'

import { isObject, sha256, toHex } from '#kit'
import { entityKinds } from '#model'

import { uploadChunks } from '../chunks.ts'
import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { plural, table, wrap } from '../table.ts'

const refusedShownMax = 20

const ingest: CliCommand = {
  name: 'ingest',
  summary:
    'append events from a file or stdin (NDJSON or a JSON array, gzip too); a bad line names its line, column and reason',
  args: ['FILE.ndjson|-'],
  options: {
    source: { type: 'string', value: 'NAME', help: 'the source they belong to' },
    stream: { type: 'string', value: 'NAME', help: 'stream of the source (default log)' },
    partial: {
      type: 'string',
      value: 'reject|keep',
      help: 'with bad lines: keep nothing of the chunk (default), or keep the good ones',
    },
    ...serverOptions,
  },
  example: 'cordon ingest --source edge-proxy events.ndjson',
  async run(input) {
    const source = input.text('source')
    if (source === undefined)
      throw new CliError('ERR_CLI_USAGE', 'no source named', {
        place: '--source',
        hint: '`cordon source list` shows them',
      })
    const partial = input.text('partial') ?? 'reject'
    if (partial !== 'reject' && partial !== 'keep')
      throw new CliError('ERR_CLI_USAGE', `\`${partial}\` is neither reject nor keep`, { place: '--partial' })
    const client = connect(input)
    const total = {
      accepted: 0,
      duplicates: 0,
      conflicts: 0,
      refusedCount: 0,
      refused: [] as { line: number; column: number; reason: string }[],
    }
    let lineBase = 0
    const pieces = input.args[0] === '-' ? input.io.stdin() : fileChunks(input.args[0] ?? '')
    for await (const { bytes, contentType } of uploadChunks(pieces)) {
      const answer = await client
        .upload('event.ingest', {
          params: { source },
          query: { partial, stream: input.text('stream'), batch: toHex(sha256(bytes)).slice(0, 32) },
          bytes,
          contentType,
        })
        .catch((error: unknown) => {
          if (lineBase > 0)
            input.io.err(
              `${plural(total.accepted, 'event')} of the first ${plural(lineBase, 'line')} taken; what follows counts from there. Sent again, they are known already.`,
            )
          throw error
        })
      total.accepted += answer.accepted
      total.duplicates += answer.duplicates
      total.conflicts += answer.conflicts
      total.refusedCount += answer.refusedCount
      for (const { line, column, reason } of answer.refused)
        if (total.refused.length < refusedShownMax) total.refused.push({ line: line + lineBase, column, reason })
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lineBase++
    }
    if (input.flag('json')) input.io.out(JSON.stringify(total))
    else {
      input.io.out(
        `${plural(total.accepted, 'event')} accepted, ${total.duplicates} known already, ${total.refusedCount} refused`,
      )
      for (const { line, column, reason } of total.refused) input.io.err(`line ${line}, column ${column}: ${reason}`)
    }
    return total.refusedCount === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

async function* fileChunks(path: string): AsyncIterable<Uint8Array> {
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    if (piece instanceof Uint8Array) yield piece
  }
}

const sourceList: CliCommand = {
  name: 'source list',
  summary: 'sources, their health and what they cannot see',
  args: [],
  options: serverOptions,
  example: 'cordon source list',
  async run(input) {
    const { sources } = await connect(input).call('source.list')
    if (input.flag('json')) input.io.out(JSON.stringify({ sources }))
    else if (sources.length === 0) input.io.out('no sources yet: cordon source add')
    else
      input.io.out(
        [
          table(
            ['source', 'connector', 'authority', 'state', 'contains'],
            sources.map((s) => [s.id, s.connector, s.authority ?? '-', s.state, s.canContain ? 'yes' : 'no']),
          ),
          ...sources
            .filter((s) => s.says.length > 0)
            .flatMap((s) => ['', `${s.id} cannot see:`, ...s.says.flatMap((says) => listItem(says))]),
        ].join('\n'),
      )
    return exitCodes.ok
  },
}

const textColumns = 100
const listItem = (says: string): string[] =>
  wrap(says, textColumns).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`)

const sourceAdd: CliCommand = {
  name: 'source add',
  summary: 'connect a system; secrets are sealed for hands at once',
  args: ['NAME'],
  options: {
    connector: { type: 'string', value: 'postgres|oidc|host|keys|declared|ocsf|osv', help: 'which connector' },
    set: {
      type: 'string',
      value: 'key=value',
      multiple: true,
      help: 'configuration of the connector, `logs.path=…` for a field inside; may be repeated',
    },
    see: {
      type: 'string',
      value: 'name=file:PATH',
      multiple: true,
      help: 'secret to look with, read from a file or env:NAME',
    },
    contain: { type: 'string', value: 'name=file:PATH', multiple: true, help: 'secret to act with' },
    ...serverOptions,
  },
  example: 'cordon source add people-db --connector postgres --set host=127.0.0.1 --see password=file:./see.pw',
  async run(input) {
    const list = (name: string): [string, string][] => {
      const value = input.options[name]
      return (Array.isArray(value) ? value : []).map((pair) => {
        const at = pair.indexOf('=')
        if (at < 1) throw new CliError('ERR_CLI_USAGE', `\`${pair}\` is no key=value`, { place: `--${name}` })
        return [pair.slice(0, at), pair.slice(at + 1)]
      })
    }
    const secrets = (name: string): Record<string, string> =>
      Object.fromEntries(list(name).map(([key, where]) => [key, readSecret(where, input.io.env)]))
    const connector = input.text('connector')
    if (connector === undefined)
      throw new CliError('ERR_CLI_USAGE', 'no connector named', {
        place: '--connector',
        hint: 'postgres, oidc, host, keys or declared',
      })
    const body = {
      id: input.args[0] ?? '',
      connector,
      config: configFrom(list('set')),
      secrets: { see: secrets('see'), contain: secrets('contain') },
    }
    const added = await connect(input).call('source.add', { body })
    input.io.out(
      input.flag('json')
        ? JSON.stringify(added)
        : `${added.id}: ${added.state}${added.authority === null ? '' : ` (${added.authority})`}`,
    )
    return exitCodes.ok
  },
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

const typedValue = (value: string): string | number | boolean =>
  /^\d{1,15}$/.test(value) ? Number(value) : value === 'true' ? true : value === 'false' ? false : value

function readSecret(where: string, env: Readonly<Record<string, string | undefined>>): string {
  if (where.startsWith('file:')) return readFileSync(where.slice(5), 'utf8').trimEnd()
  const value = where.startsWith('env:') ? env[where.slice(4)] : undefined
  if (value === undefined)
    throw new CliError('ERR_CLI_USAGE', 'a secret is given as file:PATH or env:NAME, never on the command line')
  return value
}

const sourceRemove: CliCommand = {
  name: 'source remove',
  summary: 'disconnect a system; its events stay, its sealed secrets go, its name is not given again',
  args: ['NAME'],
  options: serverOptions,
  example: 'cordon source remove people-db',
  async run(input) {
    await connect(input).call('source.remove', { params: { source: input.args[0] ?? '' } })
    input.io.out(input.flag('json') ? '{"ok":true}' : 'disconnected')
    return exitCodes.ok
  },
}

const sourceCheck: CliCommand = {
  name: 'source check',
  summary: 'ask the vendor what this source may see and do: missing and excess rights',
  args: ['NAME'],
  options: serverOptions,
  example: 'cordon source check people-db',
  async run(input) {
    const result = await connect(input).call('source.check', { params: { source: input.args[0] ?? '' } })
    if (input.flag('json')) input.io.out(JSON.stringify(result))
    else {
      input.io.out(`authority ${result.authority}`)
      for (const says of result.missing) input.io.out(`missing: ${says}`)
      for (const says of result.excess) input.io.out(`more than needed: ${says}`)
      for (const says of result.says) input.io.out(says)
    }
    return result.missing.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const sourceToken: CliCommand = {
  name: 'source token',
  summary: 'a write-only ingest token bound to one source, or to one host of it',
  args: ['NAME'],
  options: {
    host: { type: 'string', value: 'ID', help: 'only about this host; needed where hosts report' },
    ...serverOptions,
  },
  example: 'cordon source token ci-hosts --host runner-7',
  async run(input) {
    const host = input.text('host')
    const made = await connect(input).call('ingest-token.create', {
      params: { source: input.args[0] ?? '' },
      body: host === undefined ? {} : { host },
    })
    input.io.out(input.flag('json') ? JSON.stringify(made) : made.token)
    return exitCodes.ok
  },
}

const eventShow: CliCommand = {
  name: 'event show',
  summary: 'one event by its log offset: the evidence behind a claim',
  args: ['OFFSET'],
  options: serverOptions,
  example: 'cordon event show 4711',
  async run(input) {
    const event = await connect(input).call('event.show', { params: { offset: input.args[0] ?? '' } })
    input.io.out(JSON.stringify(event, null, input.flag('json') ? 0 : 2))
    return exitCodes.ok
  },
}

const entityFind: CliCommand = {
  name: 'entity find',
  summary: 'entities of a kind by name: where the id for recall, contain and protection comes from',
  args: [entityKinds.join('|')],
  options: {
    name: { type: 'string', value: 'NAME', help: 'exactly this name; all of the kind when left out' },
    ...serverOptions,
  },
  example: 'cordon entity find identity --name labeller',
  async run(input) {
    const kind = entityKinds.find((known) => known === input.args[0])
    if (kind === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${input.args[0] ?? ''}\` is no kind of entity`, {
        hint: entityKinds.join(', '),
      })
    const found = await connect(input).call('estate.find', { query: { kind, name: input.text('name') } })
    if (input.flag('json')) input.io.out(JSON.stringify(found))
    else
      input.io.out(
        found.entities.length === 0
          ? 'none'
          : table(
              ['entity', 'name', 'kind'],
              found.entities.map(({ entity, attributes }) => [
                entity,
                String(attributes['name'] ?? '-'),
                String(attributes['kind'] ?? '-'),
              ]),
            ),
      )
    return found.entities.length === 0 ? exitCodes.notFound : exitCodes.ok
  },
}

export const estateCommands: readonly CliCommand[] = [
  entityFind,
  ingest,
  sourceAdd,
  sourceList,
  sourceCheck,
  sourceRemove,
  sourceToken,
  eventShow,
]
