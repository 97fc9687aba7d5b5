import type { SigmaRules } from '#detect/sigma'

import { tallyAttacks } from './attacks.ts'
import { pantherCases } from './cases.ts'
import { compare, correlate, isLoud, isOpening, type Verdict } from './compare.ts'
import { oursAlone, theirsAlone } from './reasons.ts'

type Loaded = Pick<SigmaRules, 'rules' | 'correlations'>

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly string[]): string =>
  [row(...head), `|${'---|'.repeat(head.length)}`, ...rows].join('\n')

/** The page of Cordon's packs beside Panther's rules, from the corpus alone. Throws where a difference has no reason. */
export function pantherPage(loaded: Loaded): string {
  const verdicts = compare(loaded, pantherCases())
  const vendors = [...new Set(verdicts.map(({ vendor }) => vendor))].toSorted()
  const benign = verdicts.filter(({ expected }) => !expected)
  const alarms = benign.filter(({ alerting }) => alerting.some(isLoud))
  return `# Cordon's packs beside Panther's rules

Written by \`npm run docs:panther\`; change \`packs/\` or \`test/packs/panther/reasons.ts\` and run it again. The events are the tests of
[panther-analysis](https://github.com/panther-labs/panther-analysis) (Apache-2.0), each with what one rule of that project says of it
(\`exp\`). They are held against all of Cordon's rules, so an event whose tested rule is silent may well be a finding of another rule. Here
"tells" means a rule alerts, at any level; \`low\` is for correlations and for looking around and wakes nobody.

${table(
  ['log', 'events', 'both', 'only theirs', 'of these counted', 'only ours', 'of these medium and above', 'neither'],
  [
    ...vendors.map((vendor) =>
      totals(
        vendor,
        verdicts.filter((one) => one.vendor === vendor),
      ),
    ),
    totals('all', verdicts),
  ],
)}

"Counted": a rule that only feeds a correlation matches, which tells once there are enough of them. Salesforce is not
connected yet: its rules hold for records that are handed in. The tests for Kubernetes that are written as Google's or
Azure's own log are left out.

## False alarms
Of ${benign.length} events on which Panther's tested rule is silent, ${alarms.length} alert at medium or above (the target is at most 5), ${alarms.filter(({ alerting }) => alerting.some(isOpening)).length} at high or above, and correlations find ${correlate(loaded, benign).length} things among them:

${table(['line', "Panther's rule", "Cordon's rule", 'why'], alarms.map(alarmRow))}

## Recorded attacks
${attackText(loaded)}

## Every difference
By Panther's rule. The numbers are lines of the corpus, from 0. \`npm run docs:panther -- --events\` prints every event with both verdicts.

${vendors
  .map((vendor) =>
    differences(
      vendor,
      verdicts.filter((one) => one.vendor === vendor),
      loaded,
    ),
  )
  .join('\n\n')}
`
}

function totals(name: string, verdicts: readonly Verdict[]): string {
  const theirs = verdicts.filter(({ expected, alerting }) => expected && alerting.length === 0)
  const ours = verdicts.filter(({ expected, alerting }) => !expected && alerting.length > 0)
  return row(
    name,
    verdicts.length,
    verdicts.filter(({ expected, alerting }) => expected && alerting.length > 0).length,
    theirs.length,
    theirs.filter(({ counted }) => counted.length > 0).length,
    ours.length,
    ours.filter(({ alerting }) => alerting.some(isLoud)).length,
    verdicts.filter(({ expected, alerting }) => !expected && alerting.length === 0).length,
  )
}

const alarmRow = ({ line, rule, alerting }: Verdict): string =>
  row(
    line,
    `\`${rule}\``,
    alerting
      .filter(isLoud)
      .map(({ title }) => title)
      .join('; '),
    reasonOf(oursAlone, rule),
  )

function reasonOf(reasons: Readonly<Record<string, string>>, rule: string): string {
  const reason = reasons[rule]
  if (reason === undefined) throw new Error(`no reason for \`${rule}\` in test/packs/panther/reasons.ts`)
  return reason
}

function differences(vendor: string, verdicts: readonly Verdict[], loaded: Loaded): string {
  const differing = verdicts.filter(({ expected, alerting }) => expected !== alerting.length > 0)
  if (differing.length === 0) return `### ${vendor}\nNone.`
  const groups = Map.groupBy(differing, ({ rule, expected }) => `${expected ? 'theirs' : 'ours'} ${rule}`)
  const rows = [...groups]
    .toSorted(([a], [b]) => (a < b ? 1 : -1))
    .flatMap(([, group]) => (group[0]?.expected === true ? theirRows(group, loaded) : ourRow(group)))
  return `### ${vendor}\n${table(['who', "Panther's rule", 'lines', 'why'], rows)}`
}

const lines = (group: readonly Verdict[]): string => group.map(({ line }) => line).join(', ')

/** What is counted says so by itself; the rest has a reason written down. */
function theirRows(group: readonly Verdict[], { correlations }: Loaded): string[] {
  const { true: counted = [], false: silent = [] } = Object.groupBy(group, (one) => String(one.counted.length > 0))
  const rows: string[] = []
  const ids = new Set(counted.flatMap((one) => one.counted.map(({ id }) => id)))
  const titles = correlations.filter(({ rules }) => rules.some((id) => ids.has(id))).map(({ title }) => title)
  const rule = group[0]?.rule ?? ''
  if (counted.length > 0)
    rows.push(row('theirs', `\`${rule}\``, lines(counted), `counted for: ${[...new Set(titles)].join('; ')}`))
  if (silent.length > 0) rows.push(row('theirs', `\`${rule}\``, lines(silent), reasonOf(theirsAlone, rule)))
  return rows
}

function ourRow(group: readonly Verdict[]): string[] {
  const found = group.flatMap(({ alerting }) => alerting)
  const rule = group[0]?.rule ?? ''
  const titles = [...new Set(found.map(({ level, title }) => `${level ?? 'no level'}: ${title}`))].join('; ')
  const reason = found.some(isLoud) ? ` (${reasonOf(oursAlone, rule)})` : ''
  return [row('ours', `\`${rule}\``, lines(group), `${titles}${reason}`)]
}

function attackText(loaded: Loaded): string {
  const { events, told, loud, counted, runs, runsLoud, silent } = tallyAttacks(loaded)
  return `[Stratus Red Team](https://github.com/DataDog/stratus-red-team) (Apache-2.0) plays techniques against AWS; CloudTrail's ${events} records of it are
labelled by run. Cordon's rules tell of ${told} records and match ${counted}; ${loud} are in an alert or correlation at medium or above. Of ${runs} runs
${runsLoud} are caught at medium or above. No rule looks at the tool's own name. Silent are the runs of: ${silent.map((names) => `\`${names}\``).join(' · ')}.`
}
