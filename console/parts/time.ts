import { h, type ComponentChild } from 'preact'

import { nowMs, zone } from '../clock.ts'
import { exactTime, shownTime, utc } from '../time.ts'

/** A time as people read it, and as programs do. */
export const Time = ({ ms, exact = false }: { ms: number; exact?: boolean }): ComponentChild =>
  h('time', { dateTime: utc(ms), title: utc(ms) }, exact ? exactTime(ms, zone) : shownTime(ms, nowMs(), zone))
