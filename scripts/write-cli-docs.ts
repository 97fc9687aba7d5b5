// Rewrites the command sections of docs/cli.md from the commands themselves. Run: npm run docs:cli
import { readFileSync, writeFileSync } from 'node:fs'

import { serverCommands, type CliCommand } from '#cli'

import { offlineCommands } from '../src/app/offline/index.ts'

const page = 'docs/cli.md'
const head = readFileSync(page, 'utf8').split('\n## ')[0]?.trimEnd() ?? ''
const section = (title: string, commands: readonly CliCommand[]): string =>
  [
    `## ${title}`,
    ...commands.map(({ name, args, summary, example, options }) =>
      [
        `### \`cordon ${name}${args.map((arg) => ` ${arg}`).join('')}\``,
        summary,
        '',
        '```',
        example,
        '```',
        ...Object.entries(options).map(
          ([option, { value, help }]) => `- \`--${option}${value === undefined ? '' : ` ${value}`}\`: ${help}`,
        ),
      ].join('\n'),
    ),
  ].join('\n\n')
writeFileSync(
  page,
  `${head}\n\n${section('Without a server', await offlineCommands())}\n\n${section('With a server', await serverCommands())}\n`,
)
