import { createReadStream } from 'node:fs'

import { sha256, toHex } from '#kit'
import { entityKinds } from '#model'

import { uploadChunks } from '../chunks.ts'
import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { plural, table } from '../table.ts'

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
    ...listOptions,
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
    const text = (): void =>
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
    const columns = columnsBy(routes['estate.find'].response.shape.entities.element.shape)
    printList(input, { json: () => found, rows: found.entities, columns, text })
    return found.entities.length === 0 ? exitCodes.notFound : exitCodes.ok
  },
}

export const estateCommands: readonly CliCommand[] = [entityFind, ingest, eventShow]
