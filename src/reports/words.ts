import { formatTime } from '#kit'
import type { Trigger } from '#model'

/** To the minute, as people write it down. */
export const moment = (ms: number): string => `${formatTime(ms).slice(0, 16).replace('T', ' ')} UTC`

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`
export const between = ({ atLeast, atMost }: { atLeast: number; atMost: number | null }): string => {
  const least = atLeast.toLocaleString('en-US')
  if (atMost === null) return `at least ${least}`
  return atLeast === atMost ? least : `${least} to ${atMost.toLocaleString('en-US')}`
}

/** What went bad, without names: titles are free text that somebody wrote. */
const triggers: Readonly<Record<Trigger['kind'], string>> = {
  artefact: 'a software package that was tampered with',
  host: 'a machine that somebody else controlled',
  credential: 'a credential in the hands of somebody else',
  identity: 'an account that somebody else took over',
  app: 'an app or a vendor that went bad',
  resource: 'something done to a system by somebody whom no source names',
  offboarding: 'accounts of people whose work has ended',
  weakness: 'a weakness, before anything happened',
  trim: 'rights that nobody used',
  lease: 'a right given for a time',
  pause: 'access that was paused because somebody asked for it',
}
export const triggerInWords = ({ kind }: Trigger): string => triggers[kind]

/** Of what began and ended within one minute, that minute. */
export const span = (fromMs: number, toMs: number): string =>
  moment(fromMs) === moment(toMs) ? moment(fromMs) : `${moment(fromMs)} to ${moment(toMs)}`
