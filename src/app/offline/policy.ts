import { readFileSync } from 'node:fs'

import { isObject, parseJson } from '#kit'
import { builtInPolicies, createPolicy, type PolicyText, type StepRequest } from '#policy'
import { isEntityId, phases, severities } from '#model'
import { CliError, countOption, exitCodes, table, type CliCommand, type CliInput } from '#cli'

function policiesOf(input: CliInput): PolicyText[] {
  return [builtInPolicies, ...input.args.map((place) => ({ place, text: readFileSync(place, 'utf8') }))]
}

const check: CliCommand = {
  name: 'policy check',
  summary: 'check policy files against the schema and list what is in force',
  args: ['FILE.cedar?'],
  options: {},
  example: 'cordon policy check ours.cedar',
  run(input) {
    const policy = createPolicy({ policies: policiesOf(input) })
    const rows = policy.list()
    if (input.flag('json')) input.io.out(JSON.stringify({ version: policy.version, policies: rows }))
    else {
      input.io.out(
        table(
          ['policy', 'effect', 'from', 'says'],
          rows.map(({ id, effect, place, says }) => [id, effect, place, says ?? '']),
        ),
      )
      input.io.out(`\nversion ${policy.version}`)
    }
    return Promise.resolve(exitCodes.ok)
  },
}

const explain: CliCommand = {
  name: 'policy explain',
  summary: 'which policy decides a step, and how many approvals it needs',
  args: ['FILE.cedar?'],
  options: {
    verb: { type: 'string', value: 'VERB', help: 'for example postgres.role.disable' },
    target: { type: 'string', value: 'ENTITY', help: 'entity id of the target' },
    phase: { type: 'string', value: phases.join('|'), help: 'default revoke' },
    severity: { type: 'string', value: severities.join('|'), help: 'default high' },
    ladder: { type: 'string', value: 'observe|recommend|ask|auto', help: 'rung the verb stands on (default auto)' },
    irreversible: { type: 'boolean', help: 'the step cannot be undone' },
    'cuts-off': { type: 'string', value: 'N', help: 'identities and people cut off (default 0)' },
    attributes: { type: 'string', value: 'JSON', help: 'facts of the target, for example {"breakGlass":true}' },
    outside: { type: 'boolean', help: 'the target lies outside what the finding could be forged from' },
  },
  example:
    'cordon policy explain --verb postgres.role.disable --target identity:7301:role/16384 --attributes \'{"breakGlass":true}\'',
  run(input) {
    const policy = createPolicy({ policies: policiesOf(input) })
    const request = stepOf(input)
    const lines = policy.explain({ step: request })
    const decision = policy.decideStep(request)
    input.io.out(input.flag('json') ? JSON.stringify({ ...decision, says: lines }) : lines.join('\n'))
    return Promise.resolve(decision.level === null ? exitCodes.notClean : exitCodes.ok)
  },
}

function stepOf(input: CliInput): StepRequest {
  const target = input.text('target') ?? ''
  const verb = input.text('verb') ?? ''
  if (!isEntityId(target))
    throw new CliError('ERR_CLI_USAGE', `\`${target}\` is no entity id`, {
      place: '--target',
      hint: '`kind:authority:native`',
    })
  if (!/^[a-z]+(\.[a-z-]+)+$/.test(verb))
    throw new CliError('ERR_CLI_USAGE', `\`${verb}\` is no verb`, { place: '--verb', hint: '`vendor.noun.verb`' })
  const one = <T extends string>(name: string, known: readonly T[], fallback: T): T => {
    const text = input.text(name) ?? fallback
    const found = known.find((value) => value === text)
    if (found === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${text}\` is not one of ${known.join(', ')}`, { place: `--${name}` })
    return found
  }
  return {
    connector: verb.split('.')[0] ?? '',
    verb,
    phase: one('phase', phases, 'revoke'),
    target,
    targetAttributes: attributesOf(input.text('attributes')),
    reversible: !input.flag('irreversible'),
    cutsOff: countOption(input, 'cuts-off', 0),
    recentOfVerb: 1,
    severity: one('severity', severities, 'high'),
    trust: { origin: 'vendor', sources: [], confinedTo: null },
    insideConfinement: !input.flag('outside'),
    ladder: one('ladder', ['observe', 'recommend', 'ask', 'auto'], 'auto'),
  }
}

function attributesOf(text: string | undefined): StepRequest['targetAttributes'] {
  if (text === undefined) return {}
  let value
  try {
    value = parseJson(text)
  } catch (error) {
    throw new CliError('ERR_CLI_USAGE', `not JSON: ${error instanceof Error ? error.message : 'unreadable'}`, {
      place: '--attributes',
      hint: 'for example {"breakGlass":true}',
    })
  }
  const out: StepRequest['targetAttributes'] = {}
  if (!isObject(value)) throw new CliError('ERR_CLI_USAGE', 'attributes are one JSON object', { place: '--attributes' })
  for (const [name, fact] of Object.entries(value)) {
    if (typeof fact === 'string' || typeof fact === 'number' || typeof fact === 'boolean' || fact === null)
      out[name] = fact
  }
  return out
}

export const policyCommands: readonly CliCommand[] = [check, explain]
