import { coverageOf, type Carrier, type RuleCoverage } from '#detect/sigma'
import { CliError, exitCodes, manyDirs, plural, type CliCommand, type CliInput } from '#cli'

import { createRegistry } from '../../registry.ts'
import { carriersOf } from '../../sigma-streams.ts'
import { listOf, loadOptions, loadRules } from './sources.ts'

export const coverageCommand: CliCommand = {
  name: 'rule coverage',
  summary: 'which Sigma rules can never match, because no source carries the log source or a field they need',
  args: [`${manyDirs}?`],
  options: {
    rules: { type: 'string', value: 'DIR', multiple: true, help: 'rules to load; may be repeated' },
    source: {
      type: 'string',
      value: 'CONNECTOR',
      multiple: true,
      help: 'take these for the sources there are; may be repeated (default: every connector)',
    },
    ...loadOptions,
  },
  example: 'cordon rule coverage --rules ./rules --source okta --source aws',
  run(input) {
    const { rules, correlations, refused } = loadRules(input, [...listOf(input.options['rules']), ...input.args])
    const covered = coverageOf(rules, correlations, carriersFor(listOf(input.options['source'])))
    const never = covered.filter(({ why }) => why !== null)
    tell(input, covered, never)
    const told = refused.length === 0 ? '' : `; ${plural(refused.length, 'rule')} REFUSED, see \`cordon rule lint\``
    input.io.err(`${covered.length - never.length} of ${plural(covered.length, 'rule')} can match${told}`)
    return Promise.resolve(never.length + refused.length === 0 ? exitCodes.ok : exitCodes.notClean)
  },
}

function carriersFor(wanted: readonly string[]): Carrier[] {
  const registry = createRegistry(undefined)
  return (wanted.length === 0 ? registry.ids : wanted).flatMap((id) => {
    const found = registry.find(id)
    if (found !== undefined) return carriersOf(found.connector)
    throw new CliError('ERR_CLI_USAGE', `there is no connector \`${id}\``, {
      place: '--source',
      hint: `one of ${registry.ids.join(', ')}`,
    })
  })
}

function tell(input: CliInput, covered: readonly RuleCoverage[], never: readonly RuleCoverage[]): void {
  if (input.flag('json')) {
    for (const { rule, title, place, on, why } of covered) {
      const { lacks = null, says = null, fields = [] } = why ?? {}
      input.io.out(JSON.stringify({ rule, title, place, canMatch: why === null, on, lacks, says, missing: fields }))
    }
    return
  }
  for (const { rule, title, place, why } of never)
    input.io.out(`NEVER ${rule}  ${title}  (${place}): ${why?.says ?? ''}`)
}
