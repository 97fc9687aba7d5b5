import { h, type ComponentChildren, type ComponentChild } from 'preact'

/** Names and what they are, in two columns that line up. */
export const Facts = ({
  facts,
}: {
  facts: readonly (readonly [name: string, is: ComponentChildren])[]
}): ComponentChild =>
  h(
    'dl',
    { class: 'facts' },
    facts.map(([name, is]) => h('div', { key: name }, h('dt', null, name), h('dd', null, is))),
  )
