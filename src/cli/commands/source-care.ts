import { formatTime, parseDurationMs, parseTimeMs } from '#kit'
import type { BodyInput, ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand, type CliInput } from '../command.ts'
import { duration, plural, table } from '../table.ts'
import { configOption, secretOptions, secretsOption, setOption, setupLines } from './source-options.ts'

const sourceShow: CliCommand = {
  name: 'source show',
  summary: 'one source: its streams, until when they are blind, what they missed, how far back history goes',
  args: ['NAME'],
  options: serverOptions,
  example: 'cordon source show people-db',
  async run(input) {
    const shown = await connect(input).call('source.show', { params: { source: input.args[0] ?? '' } })
    input.io.out(input.flag('json') ? JSON.stringify(shown) : renderSource(shown))
    return shown.source.streams.every(({ error, blind }) => error === null && blind.length === 0)
      ? exitCodes.ok
      : exitCodes.notClean
  },
}

function renderSource({ source, gaps, backfillSinceMs, logged }: ResponseOf<'source.show'>): string {
  const at = (ms: number | null): string => (ms === null ? '-' : formatTime(ms))
  return [
    `${source.id}: ${source.connector}, ${source.authority ?? 'no authority yet'}, ${source.state}`,
    `logged per resource: ${logged.join(', ') || 'nothing'}`,
    `history: ${backfillSinceMs === null ? 'none asked for' : `from ${formatTime(backfillSinceMs)} on`}`,
    '',
    source.streams.length === 0
      ? 'no streams'
      : table(
          ['stream', 'kind', 'last read', 'last event', 'blind until', 'under way, or its error'],
          source.streams.map(({ name, kind, lastSuccessAtMs, lastEventAtMs, blindUntilMs, error, progress }) => [
            name,
            kind,
            at(lastSuccessAtMs),
            at(lastEventAtMs),
            blindUntilMs === null ? 'nobody can say' : formatTime(blindUntilMs).slice(11, 16),
            error ?? progress ?? '',
          ]),
        ),
    ...source.streams.flatMap(({ blind }) => blind.map(({ says }) => `blind: ${says}`)),
    ...renderRefused(source.streams, at),
    ...renderUnknown(source.unknown),
    ...(gaps.length === 0
      ? []
      : [
          '',
          table(
            ['gap in', 'from', 'to', 'because', 'read again', 'event'],
            gaps.map(({ stream, fromMs, toMs, reason, recovered, evidence }) => [
              stream,
              formatTime(fromMs),
              formatTime(toMs),
              reason,
              recovered ? 'yes' : 'no',
              String(evidence),
            ]),
          ),
        ]),
  ].join('\n')
}

/** Since the start: what was turned away tells of a sender to mend, or of somebody who tries. */
function renderRefused(streams: ResponseOf<'source.show'>['source']['streams'], at: (ms: number) => string): string[] {
  const rows = streams.flatMap(({ name, refused }) =>
    refused.map(({ reason, count, place, atMs }) => [name, String(count), reason, place, at(atMs)]),
  )
  return rows.length === 0 ? [] : ['', table(['refused in', 'times', 'because', 'last at', 'when'], rows)]
}

/** The connector's debt: kept raw, told as the base event, and understood once somebody teaches it the type. */
function renderUnknown({ records, types }: ResponseOf<'source.show'>['source']['unknown']): string[] {
  if (records === 0) return []
  const rows = types.map(({ type, count }) => [type, String(count)])
  return [
    '',
    `not understood: ${plural(records, 'record')} of types that the connector does not know; each is kept as it came`,
    ...(rows.length === 0 ? [] : [table(['type', 'since the start'], rows)]),
  ]
}

const forms = ['text', 'json', 'terraform'] as const
type Form = (typeof forms)[number]
type Role = NonNullable<ResponseOf<'source.role'>['see']>

const sourceRole: CliCommand = {
  name: 'source role',
  summary: 'the exact least role of a source, to look and to act: as steps, as the vendor takes it, or as Terraform',
  args: ['NAME?'],
  options: {
    connector: { type: 'string', value: 'ID', help: 'of a connector that is not added yet, with --set' },
    set: setOption,
    use: { type: 'string', value: 'see|contain', help: 'only the credential to look, or the one to act' },
    format: { type: 'string', value: forms.join('|'), help: 'default text' },
    ...serverOptions,
  },
  example: 'cordon source role --connector postgres --set host=db.internal --set user=cordon_see --format terraform',
  async run(input) {
    const form = forms.find((known) => known === (input.text('format') ?? 'text'))
    const use = input.text('use')
    if (form === undefined || (use !== undefined && use !== 'see' && use !== 'contain')) {
      throw new CliError('ERR_CLI_USAGE', 'no such form or use', {
        hint: `--format ${forms.join('|')}, --use see|contain`,
      })
    }
    const role = await connect(input).call('source.role', { body: roleOf(input) })
    const uses = (['see', 'contain'] as const).filter((one) => use === undefined || use === one)
    if (input.flag('json')) input.io.out(JSON.stringify(role))
    else input.io.out(uses.map((one) => renderRole(one, role[one], form)).join('\n\n'))
    return uses.some((one) => role[one] !== null) ? exitCodes.ok : exitCodes.notFound
  },
}

function roleOf(input: CliInput): BodyInput<'source.role'> {
  const [source] = input.args
  const connector = input.text('connector')
  if (connector !== undefined && source === undefined) return { connector, config: configOption(input) }
  if (source !== undefined && connector === undefined) return { source }
  throw new CliError('ERR_CLI_USAGE', 'name a source, or a connector with its settings', { hint: sourceRole.example })
}

function renderRole(use: 'see' | 'contain', role: Role | null, form: Form): string {
  const comment = form === 'terraform' ? '# ' : ''
  const title = use === 'see' ? 'to look' : 'to act'
  if (form === 'json') return JSON.stringify(role === null ? null : role.json, null, 2)
  if (role === null) return `${comment}${title}: no credential is needed, or none is configured`
  if (form === 'terraform') return role.terraform ?? `# ${title}: there is no Terraform for it; see --format text`
  return [
    `${title}:`,
    ...role.scopes.map(({ name, why }) => `  ${name}: ${why}`),
    '',
    ...role.text.map((line) => `  ${line}`),
  ].join('\n')
}

const sourceRotate: CliCommand = {
  name: 'source rotate',
  summary:
    'replace the secrets of a running source; what is given replaces all of that use, and a refused one is put back',
  args: ['NAME'],
  options: {
    ...secretOptions,
    make: { type: 'boolean', help: 'Cordon makes the new secret of an intake itself, and tells it once' },
    ...serverOptions,
  },
  example: 'cordon source rotate people-db --see password=file:./see.pw',
  async run(input) {
    const secrets = { see: secretsOption(input, 'see'), contain: secretsOption(input, 'contain') }
    const body = { ...secrets, make: input.flag('make') }
    const rotated = await connect(input).call('source.rotate', { params: { source: input.args[0] ?? '' }, body })
    if (input.flag('json')) input.io.out(JSON.stringify(rotated))
    else {
      input.io.out(`${rotated.source}: replaced what it has to ${rotated.replaced.join(' and ')}`)
      for (const says of rotated.missing) input.io.out(`missing: ${says}`)
      for (const line of setupLines(rotated.setup)) input.io.out(line)
    }
    return rotated.missing.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const sourceBackfill: CliCommand = {
  name: 'source backfill',
  summary: 'read history from a time on, beside the live feeds and slower than them; it starts no response',
  args: ['NAME'],
  options: { since: { type: 'string', value: 'TIME', help: 'RFC 3339, or an age such as 30d' }, ...serverOptions },
  example: 'cordon source backfill people-db --since 30d',
  async run(input) {
    const text = input.text('since') ?? ''
    const age = parseDurationMs(text)
    const sinceMs = age === undefined ? parseTimeMs(text) : input.io.clock.nowMs() - age
    if (sinceMs === undefined) {
      throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no time`, { place: '--since', hint: sourceBackfill.example })
    }
    const params = { source: input.args[0] ?? '' }
    const asked = await connect(input).call('source.backfill', { params, body: { sinceMs } })
    if (input.flag('json')) input.io.out(JSON.stringify(asked))
    else {
      for (const { stream, fromMs } of asked.streams) {
        const short = fromMs !== null && fromMs > sinceMs ? `, ${duration(fromMs - sinceMs)} less than asked for` : ''
        const from = fromMs === null ? 'as far as the vendor keeps it' : `from ${formatTime(fromMs)} on${short}`
        input.io.out(`${stream}: ${from}`)
      }
    }
    return exitCodes.ok
  },
}

const recallSelf: CliCommand = {
  name: 'recall self',
  summary: "Cordon's own blast radius: what a thief of this Cordon would hold, and what to revoke where",
  args: [],
  options: serverOptions,
  example: 'cordon recall self',
  async run(input) {
    const self = await connect(input).call('recall.self')
    input.io.out(input.flag('json') ? JSON.stringify(self) : renderSelf(self))
    return exitCodes.ok
  },
}

function renderSelf({ sources, reach }: ResponseOf<'recall.self'>): string {
  const kinds = Object.entries(reach.byKind).map(([kind, count]) => `${count.toLocaleString('en-US')} ${kind}`)
  const held = sources.filter(({ see, contain }) => see || contain)
  return [
    `This Cordon holds credentials of ${plural(held.length, 'source')} of ${sources.length}. By its own logins one reaches: ${kinds.join(', ') || 'nothing that the estate knows'}.`,
    ...sources.flatMap((one) => [
      '',
      `${one.source} (${one.connector}${one.authority === null ? '' : `, ${one.authority}`})`,
      `  looks: ${one.see ? one.reads.join(', ') || 'yes' : 'no credential held'}`,
      `  acts: ${one.actions.map(({ verb, reversible }) => (reversible ? verb : `${verb} (for good)`)).join(', ') || 'not at all'}`,
      ...one.permissions.map(({ name, use, why }) => `  revoke there: ${name} (${use}: ${why})`),
      ...one.own.map((entity) => `  is there: ${entity}`),
      ...one.survives.map(({ what, until }) => `  outlives a revocation: ${what}, until ${until}`),
    ]),
  ].join('\n')
}

export const sourceCareCommands: readonly CliCommand[] = [
  sourceShow,
  sourceRole,
  sourceRotate,
  sourceBackfill,
  recallSelf,
]
