import { h, type ComponentChild } from 'preact'
import { useState } from 'preact/hooks'

import type { ResponseOf } from '#api/contract'

import { ProblemBox } from '../parts/problem.ts'
import { Time } from '../parts/time.ts'
import { WithCode } from '../parts/with-code.ts'
import { nowMs } from '../clock.ts'
import { saidOf, type Said } from '../problem.ts'
import { useDesk } from '../read.ts'
import { duration } from '../time.ts'

type Checked = ResponseOf<'source.check'>
type State = { is: 'idle' | 'asking' } | { is: 'failed'; said: Said } | { is: 'done'; checked: Checked; atMs: number }

/** Asks the vendor what the source may see and do. It costs the vendor a few calls, so only when a person wants it. */
export function RightsCheck({ id }: { id: string }): ComponentChild {
  const { api } = useDesk()
  const [state, setState] = useState<State>({ is: 'idle' })
  const ask = (): void => {
    setState({ is: 'asking' })
    void api.call('source.check', { params: { source: id } }).then(
      (checked) => setState({ is: 'done', checked, atMs: nowMs() }),
      (error: unknown) => setState({ is: 'failed', said: saidOf(error) }),
    )
  }
  return h(
    'section',
    { 'aria-labelledby': 'rights' },
    h('h2', { id: 'rights' }, 'Rights'),
    h(
      'p',
      null,
      h('button', { type: 'button', onClick: ask, disabled: state.is === 'asking' }, 'Check rights now'),
      ' ',
      h('span', { class: 'dim' }, 'asks the vendor which rights are missing, and which it does not need'),
    ),
    h(
      'div',
      { 'aria-live': 'polite' },
      state.is === 'asking' ? h('p', { class: 'dim' }, 'Asking the vendor …') : null,
      state.is === 'failed' ? h(ProblemBox, { what: 'The vendor could not be asked', said: state.said }) : null,
      state.is === 'done' ? h(Result, state) : null,
    ),
  )
}

function Result({ checked, atMs }: { checked: Checked; atMs: number }): ComponentChild {
  const { missing, excess, says, delays } = checked
  return h(
    'div',
    null,
    h('p', null, 'As of ', h(Time, { ms: atMs }), ':'),
    h(Group, { title: 'Missing rights', items: missing, empty: 'No right is missing.' }),
    h(Group, { title: 'More rights than it needs', items: excess, empty: 'It has no right that it does not need.' }),
    says.length === 0 ? null : h(Group, { title: 'The vendor also tells', items: says, empty: '' }),
    h(Group, {
      title: 'How late it is told',
      items: delays.map(
        ({ stream, typicalMs, worstMs }) => `${stream}: after ${duration(typicalMs)}, at worst ${duration(worstMs)}`,
      ),
      empty: 'It is told at once.',
    }),
  )
}

const Group = ({ title, items, empty }: { title: string; items: readonly string[]; empty: string }): ComponentChild =>
  h(
    'div',
    { class: 'group' },
    h('h3', null, title),
    items.length === 0
      ? h('p', { class: 'empty' }, empty)
      : h(
          'ul',
          { class: 'plain-list' },
          items.map((text) => h('li', { key: text }, h(WithCode, { text }))),
        ),
  )
