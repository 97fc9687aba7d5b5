import { duration } from '#cli'
import type { Connector, CredentialUse, Role, Stream } from '#sources/contract'

import type { Registered } from '../src/app/connectors.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || 'none'
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')
const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n')

/** docs/connectors/<id>.md: what is promised of a vendor, out of what the connector declares and nothing else. */
export function connectorPage({ connector, actions, lends }: Registered): string {
  const config: unknown = connector.config.safeParse(connector.example ?? {}).data
  const parts = [
    `# ${connector.title} (\`${connector.id}\`)`,
    `Made by \`npm run docs:connectors\` from what the connector declares, with everything on. Settings and reasons: [README](../../src/connectors/${connector.id}/README.md).`,
    section('What is read', readTable(connector.streams)),
    ...(connector.output === undefined || config === undefined
      ? []
      : [section('What is sent', sent(connector.output.settings(config).sends))]),
    ...(connector.tracker === undefined
      ? []
      : [
          section(
            'What is sent',
            'Tasks that only people can do, each as one issue; closed on either side, closed on both: [outputs](../outputs.md).',
          ),
        ]),
    ...(connector.asker === undefined
      ? []
      : [
          section(
            'What is sent',
            'Questions to people, one by one: who answers for what; what they answer is read back: [identities](../identities.md).',
          ),
        ]),
    ...(config === undefined ? [] : roleSections(connector, actions, config)),
    section(
      'What can be contained',
      actions.length === 0
        ? [connector.output, connector.tracker, connector.asker].every((one) => one === undefined)
          ? 'Nothing: this source only tells.'
          : 'Nothing: it is written to.'
        : table(
            ['action', 'what it does', 'phase', 'proof', 'permissions'],
            actions.map(({ verb, title, phase, proofs, scopes, undo }) => [
              `\`${verb}\`${undo === undefined ? '' : ' (can be undone)'}`,
              title,
              phase,
              proofs.join(', '),
              code(scopes),
            ]),
          ),
    ),
    ...(lends.length === 0
      ? []
      : [
          section(
            'What can be lent for a time',
            table(
              ['action', 'what it does', 'permissions'],
              lends.map(({ verb, title, scopes }) => [`\`${verb}\``, title, code(scopes)]),
            ),
          ),
        ]),
    ...(config === undefined ? [] : [section('What cannot be seen', blind(connector, config))]),
    section(
      'What survives a revocation',
      (connector.survives ?? []).length === 0
        ? 'Nothing known.'
        : table(
            ['what', 'until'],
            (connector.survives ?? []).map(({ what, until }) => [what, until]),
          ),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

const section = (title: string, text: string): string => `## ${title}\n${text}`

const readTable = (streams: readonly Stream<unknown>[]): string =>
  streams.length === 0
    ? 'Nothing is pulled.'
    : table(
        ['stream', 'kind', 'shows', 'seen after, at worst', 'kept by the vendor', 'permissions'],
        // A stream may come in two ways that promise the same.
        distinct(
          streams.map(({ name, intake, kind, covers = [], delayMs, historyMs, scopes = [] }) => [
            intake === undefined ? `\`${name}\`` : `\`${name}\`, by \`intake.kind=${intake}\` instead`,
            kind,
            covers.join(', ') || 'not said',
            `${duration(delayMs.typical)}, ${duration(delayMs.worst)}`,
            historyMs === undefined ? 'not said' : historyMs === null ? 'without end' : duration(historyMs),
            code(scopes),
          ]),
        ),
      )

const sent = (feeds: readonly string[]): string =>
  `${code(feeds)}, as OCSF, at least once and in order: [outputs](../outputs.md) says what is in it, and what never is.`

const distinct = (rows: readonly (readonly string[])[]): string[][] => [
  ...new Map(rows.map((row) => [row.join('\0'), [...row]])).values(),
]

const outputsOf = <Config>({ output, tracker, asker }: Connector<Config>) =>
  [
    { name: 'out', of: output },
    { name: 'out.tasks', of: tracker },
    { name: 'out.questions', of: asker },
  ].flatMap(({ name, of }) => (of === undefined ? [] : [{ name, scopes: [...(of.scopes ?? [])] }]))

function roleSections<Config>(connector: Connector<Config>, actions: Registered['actions'], config: Config): string[] {
  const usedBy = (use: CredentialUse, scope: string): string => {
    const needers: readonly { name: string; scopes?: readonly string[] }[] =
      use === 'see'
        ? [...connector.streams, ...outputsOf(connector)]
        : actions.map(({ verb, scopes }) => ({ name: verb, scopes }))
    const names = needers.filter(({ scopes = [] }) => scopes.includes(scope)).map(({ name }) => name)
    return names.length === 0 ? 'check and proof' : code(names)
  }
  return (['see', 'contain'] as const).map((use) => {
    const title = use === 'see' ? 'Permissions to look' : 'Permissions to act'
    const role = connector.role?.(config, use)
    if (role === undefined) return section(title, 'No credential is held.')
    const text = roleText(role, (name) => usedBy(use, name))
    return section(title, use === 'see' ? text : [text, ...triesText(connector)].join('\n\n'))
  })
}

const triesText = <Config>({ rightTries }: Connector<Config>): string[] =>
  rightTries === undefined
    ? []
    : [
        `Whether they are there \`cordon source check NAME\` tries, once for each of ${code(rightTries.tries.map(({ verb }) => verb))}: it asks for the change with an id of all zeros, which can be nobody's, and only after the vendor itself said that it knows no such thing; so nothing is changed. ${rightTries.says}`,
      ]

const roleText = ({ scopes, text }: Role, usedBy: (scope: string) => string): string =>
  [
    table(
      ['permission', 'why', 'used by'],
      scopes.map(({ name, why }) => [`\`${name}\``, why, usedBy(name)]),
    ),
    `How to make it (\`cordon source role NAME\` prints it for your settings, \`--format json\` and \`--format terraform\` too):\n${list(text)}`,
  ].join('\n\n')

function blind<Config>({ coverage }: Connector<Config>, config: Config): string {
  const { blind: spots, logged } = coverage(config)
  const says = logged.length === 0 ? 'No use of anything is logged.' : `Logged per resource: ${logged.join(', ')}.`
  return spots.length === 0 ? says : `${says}\n\n${list(spots)}`
}
