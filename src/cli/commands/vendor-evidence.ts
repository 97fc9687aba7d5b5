import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

import { parseTimeMs } from '#kit'
import type { BodyOf, ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand, type CliInput } from '../command.ts'
import { listOptions, printList, refuseTwoForms, timeCell, type Columns } from '../listing.ts'
import { plural } from '../table.ts'
import { renderClaim } from '../vendors.ts'

const kinds = ['soc2', 'iso27001', 'dpa', 'questionnaire', 'pen-test', 'rotation', 'other'] as const

const add: CliCommand = {
  name: 'vendor evidence add',
  summary: 'take in what a vendor has shown, as a claim: what it says, by whom, until when; the file stays where it is',
  args: ['VENDOR', 'FILE'],
  options: {
    kind: { type: 'string', value: kinds.join('|'), help: 'what it is' },
    says: { type: 'string', value: 'TEXT', help: 'what it says, in one line of at most 500 characters' },
    issuer: { type: 'string', value: 'WHO', help: 'who says so: the vendor, or its auditor' },
    until: { type: 'string', value: 'DATE', help: 'until when it is believed (UTC; a day alone: at its start)' },
    ...serverOptions,
  },
  example:
    'cordon vendor evidence add openai soc2-2026.pdf --kind soc2 --issuer "their auditor" --says "type 2, no exception" --until 2027-03-01',
  async run(input) {
    const [vendor = '', file = ''] = input.args
    const told = { kind: kindOf(input), says: needed(input, 'says'), issuer: needed(input, 'issuer') }
    const validUntilMs = parseTimeMs(needed(input, 'until'))
    if (validUntilMs === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${input.text('until')}\` is no date`, {
        place: '--until',
        hint: 'for example 2027-02-01',
      })
    const body = { vendor, ...told, validUntilMs, digest: await digestOf(file) }
    const made = await connect(input).call('vendor.claim', { body })
    input.io.out(
      input.flag('json')
        ? JSON.stringify({ ...made, digest: body.digest })
        : `claim ${made.number} of ${made.vendor}: sha256 ${body.digest}; keep the file, Cordon has not taken it`,
    )
    return exitCodes.ok
  },
}

function kindOf(input: CliInput): BodyOf<'vendor.claim'>['kind'] {
  const kind = kinds.find((one) => one === input.text('kind'))
  if (kind !== undefined) return kind
  throw new CliError('ERR_CLI_USAGE', '--kind says what the document is', { place: '--kind', hint: kinds.join(', ') })
}

function needed(input: CliInput, name: string): string {
  const text = input.text(name)
  if (text !== undefined && text.trim() !== '') return text
  throw new CliError('ERR_CLI_USAGE', `--${name} is needed`, {
    place: `--${name}`,
    hint: `for example: ${add.example}`,
  })
}

/** Read by the piece: a report may be large, and none of it leaves this machine. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file)) hash.update(piece)
  return hash.digest('hex')
}

type Claim = ResponseOf<'vendor.claims'>['claims'][number]
const columns: Columns<Claim> = [
  ['claim', ({ number }) => number],
  ['vendor', ({ vendor }) => vendor],
  ['kind', ({ kind }) => kind],
  ['state', ({ state }) => state],
  ['says', ({ says }) => says],
  ['issuer', ({ issuer }) => issuer],
  ['valid_until', ({ validUntilMs }) => timeCell(validUntilMs)],
  ['sha256', ({ digest }) => digest],
  ['by', ({ by }) => by],
  ['at', ({ atMs }) => timeCell(atMs)],
]

const list: CliCommand = {
  name: 'vendor evidence list',
  summary: 'what vendors claim of themselves, and until when; exit 1 while one has run out',
  args: ['VENDOR?'],
  options: { all: { type: 'boolean', help: 'with claims that were withdrawn' }, ...listOptions, ...serverOptions },
  example: 'cordon vendor evidence list --csv',
  async run(input) {
    refuseTwoForms(input)
    const [vendor] = input.args
    const state = input.flag('all') ? 'all' : 'standing'
    const answer = await connect(input).call('vendor.claims', { query: { state, vendor } })
    const text = (): void => {
      for (const claim of answer.claims) input.io.out(`${claim.vendor}  ${renderClaim(claim)}`)
      input.io.out(`${plural(answer.claims.length, 'claim')}: what somebody says of them, and no fact`)
    }
    printList(input, { json: () => answer, rows: answer.claims, columns, text })
    return answer.claims.some((one) => one.state === 'lapsed') ? exitCodes.notClean : exitCodes.ok
  },
}

const withdraw: CliCommand = {
  name: 'vendor evidence withdraw',
  summary: 'a claim counts no more; it stays in the history',
  args: ['NUMBER'],
  options: serverOptions,
  example: 'cordon vendor evidence withdraw 3',
  async run(input) {
    const [text = ''] = input.args
    if (!/^[1-9]\d{0,8}$/.test(text))
      throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no number of a claim`, {
        hint: '`cordon vendor evidence list` shows them',
      })
    const claim = Number(text)
    await connect(input).call('vendor.withdraw', { body: { claim } })
    input.io.out(input.flag('json') ? JSON.stringify({ claim }) : `claim ${claim} counts no more`)
    return exitCodes.ok
  },
}

export const vendorEvidenceCommands: readonly CliCommand[] = [add, list, withdraw]
