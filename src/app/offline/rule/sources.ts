import { readFileSync } from 'node:fs'

import { loadSigma, type EventLogsource, type SigmaRules, type SigmaSource } from '#detect/sigma'
import { CliError, type CliInput, type OptionSpec } from '#cli'

import { ruleFilesIn } from '../../rule-places.ts'

export const loadOptions: Record<string, OptionSpec> = {
  placeholder: {
    type: 'string',
    value: 'NAME=VALUE',
    multiple: true,
    help: 'what `%NAME%` under `expand` stands for; may be repeated, also for one name',
  },
  'allow-backtracking': {
    type: 'boolean',
    help: 'let regular expressions through that cannot run in linear time (trusted rules only)',
  },
}

export const listOf = (value: CliInput['options'][string]): string[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? [value] : []

export function loadRules(input: CliInput, places: readonly string[]): SigmaRules {
  const files = places.flatMap(ruleFilesIn)
  if (files.length === 0)
    throw new CliError('ERR_CLI_FILE', `there is no rule file in ${places.map((place) => `\`${place}\``).join(', ')}`, {
      hint: 'name a directory or a file of `.yml` rules',
    })
  return loadSigma(files.map(readSource), {
    placeholders: placeholdersOf(input),
    allowBacktracking: input.flag('allow-backtracking'),
  })
}

export const readSource = (place: string): SigmaSource => ({ place, text: readFileSync(place, 'utf8') })

function placeholdersOf(input: CliInput): Record<string, string[]> {
  const out: Record<string, string[]> = {}
  for (const text of listOf(input.options['placeholder'])) {
    const [, name, value] = /^%?([A-Za-z0-9_-]+)%?=(.*)$/s.exec(text) ?? []
    if (name === undefined || value === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no NAME=VALUE`, { place: '--placeholder' })
    out[name] = [...(out[name] ?? []), value]
  }
  return out
}

/** `product=…,category=…,service=…`; undefined when it is not said. */
export function logsourceOf(input: CliInput): EventLogsource {
  const out: EventLogsource = {}
  for (const part of (input.text('logsource') ?? '').split(',').filter((text) => text !== '')) {
    const [name = '', value] = part.split('=', 2)
    if ((name !== 'product' && name !== 'category' && name !== 'service') || value === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${part}\` is no part of a log source`, {
        place: '--logsource',
        hint: 'product=windows,category=process_creation',
      })
    out[name] = value.trim()
  }
  return out
}

export const logsourceOption: OptionSpec = {
  type: 'string',
  value: 'product=…,category=…,service=…',
  help: 'where the events come from (default: unknown, so every rule is tried)',
}
