import { authorityOf, type EntityId } from '#model'
import type { Question } from '#sources/contract'

import type { ShownIdentity } from './identity-look.ts'

const dayMs = 86_400_000
const nameCharsMax = 80
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
const kindWords: Record<ShownIdentity['kind'], string> = {
  human: 'an account',
  service: 'a service account',
  agent: 'an AI agent',
  app: 'an app',
  vendor: 'another company’s app',
  unknown: 'an account of a kind that no source tells',
}

/** What one person is asked: what it is, how old, when used, what it reaches, and why they of all people. Pure. */
export function questionText(
  one: ShownIdentity,
  { why, round, atMs }: { why: string; round: 1 | 2; atMs: number },
): Pick<Question, 'title' | 'lines'> {
  const { means, createdAtMs, lastUsedAtMs } = one
  const name = (one.name ?? one.identity).slice(0, nameCharsMax)
  const age =
    createdAtMs === null
      ? 'No source tells when it was made.'
      : `It was made on ${dayOf(createdAtMs)}, ${count(Math.max(0, Math.floor((atMs - createdAtMs) / dayMs)), 'day')} ago.`
  const use = lastUsedAtMs === null ? 'No source tells when it was last used.' : `Last used on ${dayOf(lastUsedAtMs)}.`
  const endless = means.endless === 0 ? '' : `, ${means.endless} of them without an end`
  const { resources, dataSets, people } = means.reach
  const again = round === 2 ? 'You were asked this before, and nobody has answered yet.' : undefined
  return {
    title: `${round === 2 ? 'Once more: do' : 'Do'} you answer for ${name}?`,
    lines: [
      ...(again === undefined ? [] : [again]),
      `${name} is ${kindWords[one.kind]} at ${authorityOf(one.identity)} (${one.identity}). Nobody who works here answers for it.`,
      `${age} ${use}`,
      `It logs in by ${count(means.credentials, 'credential')}${endless}. It reaches at most ${count(resources, 'resource')}, among them ${count(dataSets, 'data set')} with what is held about ${count(people, 'person', 'people')}.`,
      `You are asked as somebody who ${why}.`,
      `To say so in Cordon instead: ${commandFor(one.identity)}`,
    ],
  }
}

const commandFor = (identity: EntityId): string => `cordon identity own ${identity} --owner YOU --purpose "…"`
