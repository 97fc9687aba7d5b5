import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'

import { isObject } from '#kit'
import { loadSigma, type SigmaRules } from '#detect/sigma'

import { outcomeOf, readCases } from '../../src/app/offline/rule/cases.ts'

const levels = ['informational', 'low', 'medium', 'high', 'critical']
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** What a runbook says, in this order. */
const headings = ['What happened', 'Look first', 'Contain', 'What it cannot see']
const testEnd = '.test.yml'

const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')

export type Pack = { folder: string; loaded: SigmaRules; sources: ReadonlyMap<string, string>; tests: string[] }

export function readPack(folder: string): Pack {
  const rules = join(folder, 'rules')
  const files = existsSync(rules) ? readdirSync(rules).map((name) => join(rules, name)) : []
  const sources = new Map(files.filter((path) => !path.endsWith(testEnd)).map((path) => [path, read(path)]))
  const loaded = loadSigma([...sources].map(([place, text]) => ({ place, text })))
  return { folder, loaded, sources, tests: files.filter((path) => path.endsWith(testEnd)) }
}

/** What is missing or wrong in a pack; `commands` are the names of Cordon's. */
export function packFaults({ folder, loaded, sources, tests }: Pack, commands: ReadonlySet<string>): string[] {
  const orphans = tests.filter((path) => !sources.has(path.replace(testEnd, '.yml')))
  return [
    ...loaded.refused.map(({ place, message }) => `${place}: ${message}`),
    ...aboutFaults(join(folder, 'pack.yml'), loaded),
    ...runbookFaults(join(folder, 'runbook.md'), commands),
    ...[...sources].flatMap(([path, text]) => ruleFaults(path, text, loaded)),
    ...orphans.map((path) => `${path}: there is no rule beside it`),
  ]
}

function aboutFaults(path: string, { rules }: SigmaRules): string[] {
  const about: unknown = parse(read(path))
  if (!isObject(about)) return [`${path}: there is no map of title, story, needs and level`]
  const { title, story, needs, level, ...others } = about
  const used = new Set(rules.map(({ logsource: { product, service } }) => `${product}/${service}`))
  const wanted = [...used].toSorted().join(', ')
  return named(path, [
    [typeof title === 'string' && title !== '', 'no title'],
    [typeof story === 'string' && story.split(/[.?!](?:\s|$)/).length >= 3, 'a story is two sentences or more'],
    [typeof level === 'string' && levels.includes(level), `level is one of ${levels.join(', ')}`],
    [Object.keys(others).length === 0, `not known: ${Object.keys(others).join(', ')}`],
    [Array.isArray(needs) && needs.join(', ') === wanted, `needs are the log sources of its rules: ${wanted}`],
  ])
}

function runbookFaults(path: string, commands: ReadonlySet<string>): string[] {
  const text = read(path)
  const found = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
  const unknown = [...text.matchAll(/\bcordon ([a-z]+)(?: ([a-z][a-z-]*))?/g)].flatMap(
    ([said, first = '', second = '']) => (commands.has(first) || commands.has(`${first} ${second}`) ? [] : [said]),
  )
  return named(path, [
    [found.join() === headings.join(), `its headings are not ${headings.join(' · ')}`],
    [text.includes('cordon recall'), 'it does not say what to recall'],
    ...unknown.map((said): [boolean, string] => [false, `there is no command \`${said}\``]),
  ])
}

/** Its own id and name, a file of cases that all hold, and among them one that matches and one that does not. */
function ruleFaults(path: string, text: string, loaded: SigmaRules): string[] {
  const rule = [...loaded.rules, ...loaded.correlations].find(({ place }) => place.startsWith(`${path}:`))
  if (rule === undefined) return []
  const tests = path.replace(/\.yml$/, testEnd)
  const cases = existsSync(tests) ? readCases(tests).filter((one) => one.rule === rule.name) : []
  const broken = cases.filter((one) => outcomeOf(one, loaded) !== one.expect)
  return named(path, [
    [uuid.test(rule.id), 'its id is no random UUID'],
    [/^[a-z0-9_]+$/.test(rule.name ?? ''), 'its name is not of small letters and underscores'],
    [/^description: ./m.test(text), 'it does not say why it matters'],
    [rule.level !== null, 'it has no level'],
    [cases.some(({ expect }) => expect > 0), 'no case beside it matches'],
    [cases.some(({ expect }) => expect === 0), 'every case beside it matches'],
    ...broken.map(({ name }): [boolean, string] => [false, `the case does not hold: ${name}`]),
  ])
}

const named = (path: string, checks: readonly [holds: boolean, what: string][]): string[] =>
  checks.filter(([holds]) => !holds).map(([, what]) => `${path}: ${what}`)
