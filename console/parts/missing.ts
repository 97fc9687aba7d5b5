import { h, type ComponentChild } from 'preact'

import { href } from '../route.ts'
import { Heading } from './heading.ts'

export const Missing = (): ComponentChild =>
  h(
    'section',
    null,
    h(Heading, { title: 'No such page' }),
    h(
      'p',
      null,
      'The address leads nowhere in this console. ',
      h('a', { href: href('sources') }, 'Go to the sources'),
      '.',
    ),
  )
