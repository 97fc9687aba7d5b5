import { h, type ComponentChild } from 'preact'

import type { Read } from '../read.ts'
import { ProblemBox } from './problem.ts'
import { Time } from './time.ts'

/** A page's reading: what is wrong with it, above what was read. */
export function readingOf<T>({
  read,
  what,
  show,
}: {
  read: Read<T>
  what: string
  show: (value: T) => ComponentChild
}): ComponentChild {
  const { value, atMs, problem, again } = read
  return h(
    'div',
    null,
    problem === null ? null : h(ProblemBox, { what: `${what} could not be read`, said: problem, again }),
    problem === null || atMs === null
      ? null
      : h('p', { class: 'dim' }, 'What follows is as of ', h(Time, { ms: atMs }), '.'),
    value === null ? (problem === null ? h('p', { class: 'dim' }, 'Reading …') : null) : show(value),
  )
}
