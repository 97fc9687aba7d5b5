import { writeFileSync } from 'node:fs'

import { isId, parseDurationMs, parseTimeMs } from '#kit'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand, type CliInput, type ExitCode, type OptionSpec } from '../command.ts'
import { markdownOf } from '../report-markdown.ts'
import { pageOf } from '../report-page.ts'
import type { ReportDocument } from '../report-words.ts'

const formOptions = {
  html: { type: 'boolean', help: 'one page that prints on A4 and needs nothing from elsewhere, instead of Markdown' },
  out: { type: 'string', value: 'FILE', help: 'write it there (mode 0600, never over a file) instead of printing' },
} as const satisfies Record<string, OptionSpec>
const customerOption = {
  type: 'string',
  value: 'CUSTOMER',
  help: 'an id, or a name; what is told is of theirs alone',
} as const

const audiences = ['board', 'customer', 'regulator'] as const
const questions = ['how-stored', 'third-parties', 'audits'] as const

const report: CliCommand = {
  name: 'report',
  summary: `one page for ${audiences.join(', ')}: what happened, what is closed, what is open; each number with its evidence`,
  args: ['AUDIENCE', 'inc_…?'],
  options: {
    since: { type: 'string', value: 'TIME', help: 'all incidents opened since then, for example 30d, a page each' },
    customer: customerOption,
    ...formOptions,
    ...serverOptions,
  },
  example: 'cordon report customer inc_7k3p… --customer aurora --html --out aurora.html',
  async run(input) {
    const [asked = '', incident] = input.args
    const audience = oneOf(audiences, asked, 'audience')
    if (incident !== undefined && !isId('inc', incident))
      throw new CliError('ERR_CLI_USAGE', `\`${incident}\` is no incident id`, {
        hint: '`cordon incident list` shows them',
      })
    const since = input.text('since')
    if ((incident === undefined) === (since === undefined))
      throw new CliError('ERR_CLI_USAGE', 'name one incident, or say since when', {
        place: '--since',
        hint: 'for example --since 30d',
      })
    if ((audience === 'customer') === (input.text('customer') === undefined))
      throw new CliError('ERR_CLI_USAGE', 'a customer’s report, and no other, is for one customer', {
        place: '--customer',
        hint: '`cordon entity find customer` shows them',
      })
    const sinceMs = since === undefined ? undefined : timeOf(input, since)
    const query = {
      audience,
      customer: input.text('customer'),
      ...(incident === undefined ? {} : { incident }),
      ...(sinceMs === undefined ? {} : { sinceMs: String(sinceMs) }),
    }
    return told(input, await connect(input).call('report.make', { query }))
  },
}

const answer: CliCommand = {
  name: 'answer',
  summary: `customers’ questions answered from ledger, estate and controls: ${questions.join(', ')}; what is not known is said`,
  args: ['QUESTION'],
  options: { customer: customerOption, ...formOptions, ...serverOptions },
  example: 'cordon answer how-stored --customer aurora',
  async run(input) {
    const [asked = ''] = input.args
    const question = oneOf(questions, asked, 'question')
    return told(
      input,
      await connect(input).call('answer.make', { query: { question, customer: input.text('customer') } }),
    )
  },
}

function oneOf<Word extends string>(words: readonly Word[], text: string, what: string): Word {
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no ${what}`, { hint: `one of ${words.join(', ')}` })
}

function timeOf(input: CliInput, text: string): number {
  const age = parseDurationMs(text)
  const ms = age === undefined ? parseTimeMs(text) : input.io.clock.nowMs() - age
  if (ms !== undefined && ms >= 0) return ms
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no time`, {
    place: '--since',
    hint: 'for example 30d, or 2026-03-24',
  })
}

function told(input: CliInput, body: { documents: ReportDocument[] }): ExitCode {
  if (input.flag('json') && input.flag('html'))
    throw new CliError('ERR_CLI_USAGE', 'it is printed as JSON or as a page', {
      place: '--html',
      hint: 'leave one out',
    })
  const text = input.flag('json')
    ? `${JSON.stringify(body)}\n`
    : input.flag('html')
      ? pageOf(body.documents)
      : markdownOf(body.documents)
  const out = input.text('out')
  if (out === undefined) input.io.out(text.slice(0, -1))
  else {
    writeFileSync(out, text, { mode: 0o600, flag: 'wx' })
    input.io.err(`wrote ${out}`)
  }
  return exitCodes.ok
}

export const reportCommands: readonly CliCommand[] = [report, answer]
