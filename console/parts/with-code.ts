import { h, type ComponentChild } from 'preact'

/** Cordon's own sentences put commands and input into backticks. */
export const WithCode = ({ text }: { text: string }): ComponentChild =>
  h(
    'span',
    null,
    text.split('`').map((part, index) => (index % 2 === 1 ? h('code', { key: index }, part) : part)),
  )
