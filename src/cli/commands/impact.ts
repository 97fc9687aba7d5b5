import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'

import { isId, systemRandom } from '#kit'
import { peopleSets, type IncidentId, type PeopleSet } from '#model'
import type { ResponseOf } from '#api/contract'

import { approverKeyPath, loadOrMakeApproverKey, signPeopleConsent } from '../approver.ts'
import { connect, serverOptions, type Client } from '../client.ts'
import { CliError, exitCodes, type CliCommand, type CliInput } from '../command.ts'
import { renderImpact } from '../report.ts'
import { plural, table } from '../table.ts'

/** As people say them. */
const setNames: Record<string, PeopleSet> = {
  reached: 'couldReach',
  touched: 'didTouch',
  changed: 'didChange',
  unknown: 'unknown',
}
const setOption = { type: 'string', value: Object.keys(setNames).join('|'), help: 'whose (default touched)' } as const

const exportImpact: CliCommand = {
  name: 'impact export',
  summary:
    'whose data was reachable, touched, changed or cannot be told; with --people who they are, once another approver agrees',
  args: ['inc_…'],
  options: {
    out: { type: 'string', value: 'FILE', help: 'write JSON there (mode 0600, never over a file) instead of printing' },
    people: {
      type: 'boolean',
      help: 'name, contact, state or country and data held, asked live in the systems of record; kept nowhere',
    },
    set: setOption,
    ...serverOptions,
  },
  example: 'cordon impact export inc_7k3p… --people --set touched --out people.json',
  async run(input) {
    const incident = incidentOf(input)
    if (!input.flag('people')) {
      if (input.text('set') !== undefined)
        throw new CliError('ERR_CLI_USAGE', 'a set is chosen for people only', { place: '--set', hint: 'add --people' })
      const client = connect(input)
      const body = await intoFile(input, () => client.call('incident.impact', { params: { incident } }))
      if (input.text('out') === undefined)
        input.io.out(input.flag('json') ? JSON.stringify(body) : renderImpact(body.impact).join('\n'))
      return exitCodes.ok
    }
    const people = setOf(input)
    const client = connect(input)
    const missing = await consent(client, input, incident, people, client.profile.user)
    if (missing > 0) {
      const next = `cordon impact approve ${incident} --for ${client.profile.user} --set ${nameOf(people)}`
      if (input.flag('json')) input.io.out(JSON.stringify({ missing, next }))
      else input.io.out(`Signed. Another approver must agree, then run this again:\n  ${next}`)
      return exitCodes.notClean
    }
    const body = await intoFile(input, () => client.call('people.export', { params: { incident }, body: { people } }))
    if (input.text('out') === undefined)
      input.io.out(input.flag('json') ? JSON.stringify(body) : renderPeople(body).join('\n'))
    return body.missing.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const approve: CliCommand = {
  name: 'impact approve',
  summary: 'agree, with your approval key, that somebody is told who the people of an incident are',
  args: ['inc_…'],
  options: {
    for: { type: 'string', value: 'USER', help: 'who asked, and is told' },
    set: setOption,
    ...serverOptions,
  },
  example: 'cordon impact approve inc_7k3p… --for ada --set touched',
  async run(input) {
    const incident = incidentOf(input)
    const requester = input.text('for')
    if (requester === undefined)
      throw new CliError('ERR_CLI_USAGE', 'say who is told', { place: '--for', hint: 'for example --for ada' })
    const people = setOf(input)
    const client = connect(input)
    if (requester === client.profile.user)
      throw new CliError('ERR_CLI_USAGE', 'it takes another person than the one who asks', {
        place: '--for',
        hint: `\`cordon impact export ${incident} --people\` signs for you`,
      })
    const missing = await consent(client, input, incident, people, requester)
    const next = `\`${requester}\` runs: cordon impact export ${incident} --people --set ${nameOf(people)}`
    input.io.out(
      input.flag('json')
        ? JSON.stringify({ missing })
        : missing === 0
          ? `Agreed. ${next}`
          : `Agreed; ${plural(missing, 'more signature')} needed. ${next}`,
    )
    return exitCodes.ok
  },
}

async function consent(
  client: Client,
  input: CliInput,
  incident: IncidentId,
  people: PeopleSet,
  requester: string,
): Promise<number> {
  const { key, publicKey } = loadOrMakeApproverKey(approverKeyPath(input.io.env))
  const approver = client.profile.user
  const { keyId } = await client.call('approver.enroll', { body: { name: approver, publicKey } })
  const about = { incident, people, requester, approver, atMs: input.io.clock.nowMs() }
  const body = signPeopleConsent(key, keyId, about, systemRandom)
  return (await client.call('people.consent', { params: { incident }, body })).missing
}

/**
 * Asks, and writes the answer where `--out` says. The file is made first: an answer that uses two signatures up must not
 * be lost to a file that cannot be written. Nothing of it stays when asking fails.
 */
async function intoFile<Body>(input: CliInput, ask: () => Promise<Body>): Promise<Body> {
  const out = input.text('out')
  if (out === undefined) return ask()
  const file = openSync(out, 'wx', 0o600)
  try {
    const body = await ask()
    writeFileSync(file, `${JSON.stringify(body, null, 2)}\n`)
    input.io.err(`wrote ${out}`)
    return body
  } catch (error) {
    rmSync(out, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

function renderPeople({ persons, missing, jurisdictions, says }: ResponseOf<'people.export'>): string[] {
  // Somebody may have called themselves something that a terminal would obey.
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  const text = (value: string | null): string => value?.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?') ?? '-'
  return [
    table(
      ['person', 'name', 'contact', 'state or country', 'data held'],
      persons.map(({ person, name, contact, jurisdiction, elements }) => [
        person,
        text(name),
        text(contact),
        text(jurisdiction),
        text(elements.join(', ')),
      ]),
    ),
    '',
    table(
      ['state or country', 'people'],
      jurisdictions.map(({ jurisdiction, people }) => [text(jurisdiction), String(people)]),
    ),
    ...(missing.length === 0 ? [] : ['', 'Not found:', ...missing.map((person) => `  ${person}`)]),
    ...(says.length === 0 ? [] : ['', ...says.map((line) => `  - ${line}`)]),
  ]
}

const nameOf = (people: PeopleSet): string =>
  Object.keys(setNames).find((known) => setNames[known] === people) ?? people

function setOf(input: CliInput): PeopleSet {
  const text = input.text('set') ?? 'touched'
  const people = Object.hasOwn(setNames, text) ? setNames[text] : peopleSets.find((set) => set === text)
  if (people !== undefined) return people
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no set of people`, {
    place: '--set',
    hint: Object.keys(setNames).join(', '),
  })
}

function incidentOf(input: CliInput): IncidentId {
  const [text = ''] = input.args
  if (isId('inc', text)) return text
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no incident id`, { hint: '`cordon incident list` shows them' })
}

export const impactCommands: readonly CliCommand[] = [exportImpact, approve]
