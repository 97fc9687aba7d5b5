import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'

import { isObject } from '#kit'
import { loadSigma, type SigmaRules, type SigmaSource } from '#detect/sigma'

const levels = ['informational', 'low', 'medium', 'high', 'critical']
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** What a runbook says, in this order. */
const headings = ['What happened', 'Look first', 'Contain', 'What it cannot see']
const isTest = (name: string): boolean => name.endsWith('.test.yml')

const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
const rulesIn = (pack: string): string[] => {
  const folder = join(pack, 'rules')
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

export const sourcesOf = (pack: string): SigmaSource[] =>
  rulesIn(pack)
    .filter((path) => !isTest(path))
    .map((place) => ({ place, text: readFileSync(place, 'utf8') }))

/** What is missing or wrong in the folder of a pack; `commands` are the names of Cordon's. */
export function packFaults(pack: string, commands: ReadonlySet<string>): string[] {
  const loaded = loadSigma(sourcesOf(pack))
  const faults = [
    ...loaded.refused.map(({ place, message }) => `${place}: ${message}`),
    ...aboutFaults(join(pack, 'pack.yml'), loaded),
    ...runbookFaults(join(pack, 'runbook.md'), commands),
    ...rulesIn(pack)
      .filter((path) => !isTest(path))
      .flatMap(ruleFaults),
  ]
  const strays = rulesIn(pack).filter((path) => isTest(path) && !existsSync(path.replace(/\.test\.yml$/, '.yml')))
  return [...faults, ...strays.map((path) => `${path}: there is no rule beside it`)]
}

function aboutFaults(path: string, { rules }: SigmaRules): string[] {
  const about: unknown = parse(read(path))
  if (!isObject(about)) return [`${path}: there is no map of title, story, needs and level`]
  const { title, story, needs, level, ...others } = about
  const used = new Set(rules.map(({ logsource: { product, service } }) => `${product}/${service}`))
  const checks: [boolean, string][] = [
    [typeof title === 'string' && title !== '', 'no title'],
    [typeof story === 'string' && story.split(/[.?!](?:\s|$)/).length >= 3, 'a story is two sentences or more'],
    [typeof level === 'string' && levels.includes(level), `level is one of ${levels.join(', ')}`],
    [Object.keys(others).length === 0, `not known: ${Object.keys(others).join(', ')}`],
    [
      Array.isArray(needs) && needs.join(' ') === [...used].toSorted().join(' '),
      `needs are the log sources of its rules: ${[...used].toSorted().join(', ')}`,
    ],
  ]
  return checks.filter(([holds]) => !holds).map(([, what]) => `${path}: ${what}`)
}

function runbookFaults(path: string, commands: ReadonlySet<string>): string[] {
  const text = read(path)
  const found = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
  const faults =
    found.join(' · ') === headings.join(' · ') ? [] : [`${path}: its headings are not ${headings.join(' · ')}`]
  const named = [...text.matchAll(/\bcordon ([a-z]+)(?: ([a-z][a-z-]*))?/g)].map(([said, first = '', second = '']) =>
    commands.has(first) || commands.has(`${first} ${second}`) ? '' : said,
  )
  if (!text.includes('cordon recall')) faults.push(`${path}: it does not say what to recall`)
  return [...faults, ...named.filter(Boolean).map((said) => `${path}: there is no command \`${said}\``)]
}

/** Its own id and name, a file of cases, and among them one that matches and one that does not. */
function ruleFaults(path: string): string[] {
  const rule: unknown = parse(read(path))
  if (!isObject(rule)) return [`${path}: no rule`]
  const { id, name, description, level } = rule
  const cases: unknown = parse(read(path.replace(/\.yml$/, '.test.yml')))
  const tests = isObject(cases) && cases['rule'] === name && Array.isArray(cases['tests']) ? cases['tests'] : []
  const wanted = tests.map((one: unknown) => (isObject(one) ? Number(one['matches']) : Number.NaN))
  const checks: [boolean, string][] = [
    [typeof id === 'string' && uuid.test(id), 'its id is no random UUID'],
    [typeof name === 'string' && /^[a-z0-9_]+$/.test(name), 'its name is not of small letters and underscores'],
    [typeof description === 'string' && description !== '', 'it does not say why it matters'],
    [typeof level === 'string' && levels.includes(level), 'it has no level'],
    [wanted.some((count) => count > 0), 'no case beside it matches'],
    [wanted.some((count) => count === 0), 'every case beside it matches'],
  ]
  return checks.filter(([holds]) => !holds).map(([, what]) => `${path}: ${what}`)
}
