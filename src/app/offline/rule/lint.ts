import { exitCodes, manyDirs, plural, type CliCommand } from '#cli'

import { loadOptions, loadRules } from './sources.ts'

export const lint: CliCommand = {
  name: 'rule lint',
  summary: 'read Sigma rules, correlations and filters; name each one that is refused, where, why, and the way out',
  args: [manyDirs],
  options: loadOptions,
  example: 'cordon rule lint ./rules --placeholder Administrators=adm_*',
  run(input) {
    const { rules, correlations, filters, refused } = loadRules(input, input.args)
    const loaded = { rules: rules.length, correlations: correlations.length, filters: filters.length }
    if (input.flag('json')) input.io.out(JSON.stringify({ ...loaded, refused }))
    else {
      for (const { code, place, rule, message, hint } of refused) {
        input.io.out(`${place}: ${rule}: ${message} (${code})`)
        input.io.out(`        ${hint}`)
      }
      input.io.out(
        `${plural(loaded.rules, 'rule')}, ${plural(loaded.correlations, 'correlation')}, ${plural(loaded.filters, 'filter')} loaded; ${refused.length} refused`,
      )
    }
    return Promise.resolve(refused.length === 0 ? exitCodes.ok : exitCodes.notClean)
  },
}
