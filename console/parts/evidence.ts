import { h, type ComponentChild } from 'preact'

import { href } from '../route.ts'

const shownMax = 5

/** Links to the records that a claim rests on. */
export function Evidence({ offsets, max = shownMax }: { offsets: readonly number[]; max?: number }): ComponentChild {
  if (offsets.length === 0) return h('span', { class: 'dim' }, '-')
  const more = offsets.length - max
  return h(
    'span',
    { class: 'evidence' },
    offsets
      .slice(0, max)
      .map((offset) => h('a', { key: offset, href: href('events', String(offset)) }, `event ${offset}`)),
    more > 0 ? h('span', { class: 'dim' }, `and ${more} more`) : null,
  )
}
