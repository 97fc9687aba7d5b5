import { h, type ComponentChild } from 'preact'

import type { Said } from '../problem.ts'
import { WithCode } from './with-code.ts'

/** What failed, where, and the way out. */
export const ProblemBox = ({ what, said, again }: { what: string; said: Said; again?: () => void }): ComponentChild =>
  h(
    'div',
    { class: 'problem', role: 'alert' },
    h('p', { class: 'what' }, `${what}: `, h(WithCode, { text: said.detail })),
    said.place === undefined ? null : h('p', null, `Where: ${said.place}`),
    said.hint === undefined ? null : h('p', null, 'Way out: ', h(WithCode, { text: said.hint })),
    h('p', { class: 'dim' }, said.code),
    again === undefined ? null : h('button', { type: 'button', onClick: again }, 'Try again'),
  )
