import { formatTime, sha256, toHex } from '#kit'
import type { ResponseOf } from '#api/contract'

import { renderControls, renderHistory } from './controls.ts'
import { csv } from './csv.ts'

/** All that a pack is made of, as the API told it. */
export type PackParts = {
  controls: ResponseOf<'control.list'>
  shown: readonly ResponseOf<'control.show'>['control'][]
  history: ResponseOf<'control.history'>
  findings: readonly ResponseOf<'posture.list'>['findings'][number][]
  exceptions: readonly ResponseOf<'posture.exceptions'>['exceptions'][number][]
  incidents: ResponseOf<'incident.list'>['incidents']
  sources: ResponseOf<'source.list'>['sources']
  checkpoint: ResponseOf<'ledger.checkpoint'>
}

const day = (ms: number | null): string => (ms === null ? '' : formatTime(ms))

/** The files of a pack by name; the last one, `SHA256SUMS`, is of all others, for `sha256sum --check`. Pure. */
export function packFiles(parts: PackParts): Map<string, string> {
  const files = new Map([
    ['README.txt', readme(parts)],
    ['controls.csv', controlsCsv(parts)],
    ['evidence.csv', evidenceCsv(parts)],
    ['history.csv', historyCsv(parts)],
    ['days.csv', daysCsv(parts)],
    ['days.ndjson', parts.history.days.map(({ day: on, rows }) => `${JSON.stringify({ day: on, rows })}\n`).join('')],
    ['findings.csv', findingsCsv(parts)],
    ['exceptions.csv', exceptionsCsv(parts)],
    ['incidents.csv', incidentsCsv(parts)],
    ['sources.csv', sourcesCsv(parts)],
    ['checkpoint.txt', parts.checkpoint.note],
    ['pack.json', `${JSON.stringify(parts, null, 2)}\n`],
  ])
  const sums = [...files].map(([name, text]) => `${toHex(sha256(text))}  ${name}\n`)
  return files.set('SHA256SUMS', sums.join(''))
}

const readme = ({ controls, history, findings, exceptions, checkpoint }: PackParts): string =>
  [
    `Audit pack of ${formatTime(controls.atMs)}`,
    '',
    'What Cordon saw by itself, live, in the connected systems. Each control is held against checks that bear on a part of',
    'what the framework asks; it is evidence, and no certificate. What no source tells is said to be unsaid, never met.',
    '',
    `${findings.length} findings, ${exceptions.length} exceptions with owner, reason and end. ${renderHistory(history)}`,
    '',
    renderControls(controls),
    '',
    'To check it: `sha256sum --check SHA256SUMS`. The digest of a day in days.csv is the SHA-256 of its rows in days.ndjson,',
    'as JSON without spaces; a leaf `control.noted` of the ledger states the same one from that day on. checkpoint.txt signs',
    `the first ${checkpoint.size} leaves; \`cordon ledger export\` gives them, and \`cordon ledger verify\` checks them without`,
    'this Cordon. The signing key, to be got from somewhere else as well:',
    checkpoint.publicKey,
    '',
  ].join('\n')

const controlsCsv = ({ controls }: PackParts): string =>
  csv(
    ['framework', 'control', 'state', 'against', 'excepted', 'asks that'],
    controls.controls.map(({ framework, control, state, open, excepted, asks }) => [
      framework,
      control,
      state,
      open,
      excepted,
      asks,
    ]),
  )

const evidenceCsv = ({ shown }: PackParts): string =>
  csv(
    ['framework', 'control', 'evidence', 'state', 'against', 'excepted', 'rule', 'why'],
    shown.flatMap(({ framework, control, evidence }) =>
      evidence.map(({ evidence: name, state, open, excepted, rule, why }) => [
        framework,
        control,
        name,
        state,
        open,
        excepted,
        rule,
        why.join('; '),
      ]),
    ),
  )

const historyCsv = ({ history }: PackParts): string =>
  csv(
    ['day', 'framework', 'control', 'from', 'to'],
    history.changes.map(({ day: on, framework, control, from, to }) => [on, framework, control, from, to]),
  )

const daysCsv = ({ history }: PackParts): string =>
  csv(
    ['day', 'met', 'excepted', 'partly', 'unsaid', 'unmet', 'sha256'],
    history.days.map(({ day: on, digest, counts }) => [
      on,
      counts.met,
      counts.excepted,
      counts.partly,
      counts.unsaid,
      counts.unmet,
      digest,
    ]),
  )

const findingsCsv = ({ findings }: PackParts): string =>
  csv(
    ['finding', 'severity', 'kind', 'on', 'owner', 'since', 'why', 'excepted until'],
    findings.map(({ id, severity, kind, on, owner, sinceMs, why, exception }) => [
      id,
      severity,
      kind,
      on,
      owner,
      day(sinceMs),
      why,
      day(exception?.untilMs ?? null),
    ]),
  )

const exceptionsCsv = ({ exceptions }: PackParts): string =>
  csv(
    ['finding', 'kind', 'on', 'answers for it', 'reason', 'decided by', 'at', 'until', 'state'],
    exceptions.map(({ finding, kind, on, owner, reason, by, atMs, untilMs, state }) => [
      finding,
      kind,
      on,
      owner,
      reason,
      by,
      day(atMs),
      day(untilMs),
      state,
    ]),
  )

const incidentsCsv = ({ incidents }: PackParts): string =>
  csv(
    ['incident', 'severity', 'state', 'opened', 'title', 'plan'],
    incidents.map(({ id, severity, state, openedAtMs, title, plan }) => [
      id,
      severity,
      state,
      day(openedAtMs),
      title,
      plan,
    ]),
  )

const sourcesCsv = ({ sources }: PackParts): string =>
  csv(
    ['source', 'connector', 'stream', 'newest whole read', 'error', 'may not be read'],
    sources.flatMap(({ id, connector, streams }) =>
      streams.map(({ name, lastSuccessAtMs, error, blind }) => [
        id,
        connector,
        name,
        day(lastSuccessAtMs),
        error,
        blind.map(({ of }) => of).join('; '),
      ]),
    ),
  )
